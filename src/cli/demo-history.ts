// The past of `tokenwatch demo --history`: its records, the A/B test and the ratings that go with them, and budgets.

import { capturedFacts } from '../archive/captured-facts.ts';
import { openArchivist } from '../archive/open-archivist.ts';
import { systemClock } from '../core/clock.ts';
import { formatUsd, NANO_USD_PER_USD } from '../core/money.ts';
import { BudgetBook } from '../ledger/book/budget-book.ts';
import type { ExperimentDefinition } from '../policy/rules.ts';
import { loadPriceBook } from '../pricing/price-book.ts';
import type { Settings } from '../settings.ts';
import {
  HISTORY_JUDGE,
  HISTORY_TEST,
  historyOf,
  historyTestBeganMs,
  type PastRequest,
} from '../simulator/demo/history.ts';
import { pastPrompts } from '../simulator/demo/history-prompts.ts';
import { importRecords } from '../storage/loading/import-records.ts';
import type { Rooms } from '../storage/store.ts';

const DAYS_PER_MONTH = 30;
const PROMPTS_STORED = 300;

/** Says what was done. */
export async function fillHistory(settings: Settings, days: number): Promise<string> {
  const prices = loadPriceBook(settings.TOKENWATCH_PRICES, settings.TOKENWATCH_DATA_DIR);
  const span = { days, nowMs: systemClock.now() };
  const warn = (message: string): void => void process.stderr.write(`tokenwatch: ${message}\n`);
  let costNanoUsd = 0;
  let prompts = 0;
  const count = await importRecords(settings, historyOf({ ...span, prices }), warn, async (rooms, past) => {
    costNanoUsd = past.reduce((sum, { end }) => sum + (end.costNanoUsd ?? 0), 0);
    await addTest(rooms, past, historyTestBeganMs(span));
    await addBudgets(rooms, settings, costNanoUsd / days);
    prompts = await addPrompts(rooms, settings, past);
  });
  return `A past of ${days} days: ${count.toLocaleString('en-US')} requests, ${formatUsd(costNanoUsd)}, an A/B test and two budgets; the newest ${prompts} have their prompts stored.
Try: tokenwatch cost by-session · cost by-tag --facet team · ab report ${HISTORY_TEST.name} · budget status · prompts list · replay --target gpt-4o-mini --sample 5 --dry-run\n`;
}

async function addTest(
  { rules, feedback }: Rooms,
  past: readonly PastRequest[],
  beganMs: number,
): Promise<void> {
  const { name, modelA, modelB } = HISTORY_TEST;
  const scope = { app: 'support-chat', tag: null, sticky: 'session', anyModel: false } as const;
  const definition: ExperimentDefinition = {
    modelA,
    modelB,
    ...scope,
    split: 50,
    minSamples: 100,
    state: 'active',
  };
  await rules.addRule({ kind: 'experiment', name, definition, createdAtMs: beganMs });
  for (const { start, end, rating, grade } of past) {
    const atMs = start.startedAtMs + end.latencyMs;
    if (rating !== null) await feedback.rate(start.id, { rating, atMs });
    if (grade !== null) await feedback.grade(start.id, { grade, judge: HISTORY_JUDGE, atMs });
  }
}

/** One that lasts the month, and one that does not. They warn, so that the demo's own traffic goes on. */
async function addBudgets(
  { budgets: bank }: Rooms,
  settings: Settings,
  nanoUsdPerDay: number,
): Promise<void> {
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  const book = new BudgetBook({ bank, clock: systemClock, timeZone });
  const monthly = (share: number): string =>
    String(Math.max(1, Math.ceil((share * DAYS_PER_MONTH * nanoUsdPerDay) / NANO_USD_PER_USD)));
  await book.set({ name: 'everything', limit: monthly(1.3), period: 'monthly', action: 'warn' });
  await book.set({
    name: 'claude-code',
    app: 'claude-code',
    limit: monthly(0.75),
    period: 'monthly',
    action: 'warn',
  });
}

/** The newest alone: a month of texts would take longer than anybody wants to wait for a demo. */
async function addPrompts(
  { prompts: archive }: Rooms,
  settings: Settings,
  past: readonly PastRequest[],
): Promise<number> {
  const archivist = await openArchivist(archive, {
    redacts: settings.TOKENWATCH_REDACT_STORED_PROMPTS,
    itemBytesMax: settings.TOKENWATCH_PROMPT_MAX_BYTES,
    keys: settings.TOKENWATCH_PROMPT_KEY,
  });
  let stored = 0;
  for (const { past: of, request, answer } of pastPrompts(past.slice(-PROMPTS_STORED))) {
    const facts = capturedFacts(of.start, of.end);
    const body = Buffer.from(JSON.stringify(answer));
    const captured = {
      facts,
      request: Buffer.from(JSON.stringify(request)),
      answer: { protocol: facts.protocol, path: facts.path, form: 'document' as const, body },
    };
    if ((await archivist.keep(captured)) === null) stored += 1;
  }
  return stored;
}
