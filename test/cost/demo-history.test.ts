// The demo's past: by the way that every record takes, and with what each report needs to have something to say.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fillHistory } from '../../src/cli/demo-history.ts';
import { experimentAnswer } from '../../src/dashboard/handlers/experiment-handlers.ts';
import { loadPriceBook } from '../../src/pricing/price-book.ts';
import { readSettings } from '../../src/settings.ts';
import { HISTORY_TEST, historyOf } from '../../src/simulator/demo/history.ts';
import type { Interval } from '../../src/statistics/mean-sequence.ts';
import { visitStore } from '../../src/storage/registry.ts';
import type { Visit } from '../../src/storage/store.ts';

const DAY_MS = 86_400_000;
const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-history-'));
const settings = readSettings({ TOKENWATCH_DATA_DIR: folder });
let store: Visit;
before(async () => {
  assert.match(await fillHistory(settings, 30), /A past of 30 days: \d,\d{3} requests, \$\d+/);
  store = await visitStore(settings, 'refuse');
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the same seed tells the same past, with ids that sort by time', () => {
  const prices = loadPriceBook('');
  const tell = () => [...historyOf({ days: 3, nowMs: Date.UTC(2026, 10, 25, 12), prices })];
  const past = tell();
  assert.deepEqual(tell(), past);
  assert.equal(new Set(past.map(({ start }) => start.id)).size, past.length);
  const byId = past.toSorted((a, b) => (a.start.id < b.start.id ? -1 : 1));
  const times = byId.map(({ start }) => start.startedAtMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('working days are busier than weekends, and what it holds is varied', async () => {
  const days = await store.analytics.series(ALL, DAY_MS);
  // The first and the last of them may be parts of a day, or nothing yet.
  assert.ok(days.length >= 29 && days.length <= 31, String(days.length));
  const mean = (isWanted: (day: number) => boolean): number => {
    const wanted = days.slice(0, 28).filter(({ bucketMs }) => isWanted(new Date(bucketMs).getUTCDay()));
    return wanted.reduce((sum, { requests }) => sum + requests, 0) / wanted.length;
  };
  assert.ok(mean((day) => day > 0 && day < 6) > 1.8 * mean((day) => day === 0 || day === 6));
  for (const by of ['app', 'model', 'tag:team', 'outcome'] as const)
    assert.ok((await store.analytics.breakdown(ALL, by, 20)).length >= 4, by);
  const summary = await store.analytics.summary(ALL);
  assert.ok(summary.unpricedRequests > 0 && summary.failedRequests > 0 && summary.cacheReadTokens > 0);
  assert.ok((await store.analytics.sessions(ALL, 1000)).rows.length > 500);
});

test('its A/B test has shown something', async () => {
  const { entries } = await store.rules.rules();
  const entry = entries.find(({ name }) => name === HISTORY_TEST.name);
  assert.ok(entry !== undefined);
  const { comparisons, variants, sampleRatio } = await experimentAnswer(store.analytics, entry, null);
  assert.equal(comparisons.cost.finding, 'different');
  assert.ok(((comparisons.cost.ratio as Interval).high ?? 1) < 0.6);
  assert.equal(sampleRatio.isWrong, false);
  assert.ok(variants.every(({ ratedRequests, gradedRequests }) => ratedRequests > 20 && gradedRequests > 20));
  assert.equal((await store.budgets.budgetRules()).budgets.length, 2);
});

test('the newest requests have their prompts stored: conversations, redacted, and ready to be replayed', async () => {
  const { items, bytes, rawBytes, skipped } = await store.prompts.archiveState();
  assert.ok(items > 200 && bytes < rawBytes / 2, `${items} items, ${bytes} of ${rawBytes} bytes`);
  assert.deepEqual(skipped, {});
  const newest = await store.prompts.items({ order: 'newest', limit: 300 });
  assert.ok(newest.some(({ parentId }) => parentId !== null));
  assert.ok(newest.every(({ endpoint }) => endpoint === 'messages' || endpoint === 'chat/completions'));
  assert.equal((await store.prompts.searchItems(['corp.example'], 5))?.length, 0);
  assert.ok(((await store.prompts.searchItems(['nightly', 'import'], 5))?.length ?? 0) > 0);
});
