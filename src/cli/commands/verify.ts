// `tokenwatch verify`: recomputes from the records what every hard budget held, and what every request cost.

import { AuditLog, type AuditVerdict } from '../../access/audit/audit-log.ts';
import { counted } from '../../core/counted.ts';
import { exactUsd } from '../../core/money.ts';
import { printable } from '../../core/shown-text.ts';
import { LedgerReplay, type ReplayedPeriod } from '../../ledger/check/ledger-replay.ts';
import { removedBudgets } from '../../ledger/check/logged-budgets.ts';
import { loadPriceBook } from '../../pricing/price-book.ts';
import { visitStore } from '../../storage/registry.ts';
import { type Command, type CommandContext, JSON_OPTION, SINCE_OPTIONS } from '../command.ts';
import { CostCheck, type CostCheckResult } from '../cost-check.ts';
import { allRecords, rangeOf } from '../records.ts';
import { formatCount, tableLines } from '../table.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'recompute hard budgets and costs from the records, and say whether they hold',
  options: [...SINCE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch verify', 'tokenwatch verify --since 30d', 'tokenwatch verify --json'],
  more: () => [
    '',
    'Ends with 1 where a budget was over its limit, a cost is not what the prices make of it, or the audit',
    'log, which tells what budgets that were removed allowed, is not as it was written.',
  ],
  async run(context) {
    const { name, range } = rangeOf(context.options, Date.now(), 'all');
    const settings = context.settings();
    const costs = new CostCheck(loadPriceBook(settings.TOKENWATCH_PRICES, settings.TOKENWATCH_DATA_DIR));
    const visit = await visitStore(settings, 'refuse');
    try {
      const { budgets } = await visit.budgets.budgetRules();
      const log = new AuditLog(settings.TOKENWATCH_DATA_DIR);
      const audit = log.verify();
      const removed = removedBudgets(log.recent(Number.POSITIVE_INFINITY).toReversed(), budgets);
      const replay = new LedgerReplay(budgets, settings.TOKENWATCH_BUDGET_TIMEZONE, range.fromMs, removed);
      for await (const record of allRecords(visit.analytics, context.signal, {
        ...range,
        fromMs: replay.fromMs,
      })) {
        replay.add(record);
        if (record.startedAtMs >= range.fromMs && record.outcome !== 'in_flight') costs.add(record);
      }
      const rowsFromMs = await visit.analytics.rowsFromMs();
      for (const opening of replay.openings(rowsFromMs)) {
        const [spent] = await visit.budgets.spentSoFar([opening.query]);
        if (spent !== undefined) replay.opened(opening, spent);
      }
      const periods = replay.periods();
      const cost = costs.result();
      const isOver = periods.some(({ over }) => over !== null);
      const holds = !isOver && cost.differing === 0 && audit.fault === null;
      if (context.options.json === true)
        context.print(JSON.stringify({ holds, periods, costs: cost, rowsFromMs, audit }, null, 2));
      else {
        print(context, periods, cost, name);
        if (range.fromMs < rowsFromMs) context.print(deletedLine(periods, rowsFromMs));
        context.print(auditWords(audit));
      }
      if (!holds) process.exitCode = 1;
    } finally {
      await visit.close();
    }
  },
};

function print(
  context: CommandContext,
  periods: readonly ReplayedPeriod[],
  costs: CostCheckResult,
  range: string,
): void {
  if (periods.length === 0)
    context.print(`No hard budget was used ${range === 'all' ? 'yet' : `in ${range}`}.`);
  else {
    const columns = [
      { title: 'BUDGET' },
      { title: 'PERIOD FROM' },
      ...['REQUESTS', 'LIMIT', 'SPENT', 'HELD AT MOST', 'OVERRUNS'].map((title) => ({
        title,
        alignRight: true,
      })),
    ];
    const rows = periods.map((period) => [
      shareName(period),
      period.periodStartMs === 0
        ? 'the beginning'
        : new Date(period.periodStartMs).toISOString().slice(0, 16),
      formatCount(period.requests),
      `$${exactUsd(period.limitNanoUsd)}`,
      `$${exactUsd(period.spentNanoUsd)}`,
      `$${exactUsd(period.mostHeldNanoUsd)}`,
      formatCount(period.overruns),
    ]);
    for (const line of tableLines(columns, rows, context.columns)) context.print(line);
  }
  for (const line of budgetWords(periods)) context.print(line);
  for (const line of costWords(costs)) context.print(line);
}

/** With whose allowance it is, of a budget that each session, user, key or application has for itself. */
function shareName({ budget, of, per }: ReplayedPeriod): string {
  if (of === null) return budget;
  return `${budget} (${of === '' ? `without a ${per}` : of})`;
}

function budgetWords(periods: readonly ReplayedPeriod[]): readonly string[] {
  if (periods.length === 0) return [];
  const words = periods.flatMap((period) => {
    const { limitNanoUsd, over } = period;
    if (over === null) return [];
    const { atMs, requestId, costNanoUsd, isLeast, spentNanoUsd, reservedNanoUsd } = over;
    const held = reservedNanoUsd === null ? 'nothing' : `$${exactUsd(reservedNanoUsd)}`;
    return [
      `Over: "${printable(shareName(period))}" at ${new Date(atMs).toISOString()}. Request ${printable(requestId)} had set aside, or paid while it ran, ${held}`,
      `and cost ${isLeast ? 'at least ' : ''}$${exactUsd(costNanoUsd)}: $${exactUsd(spentNanoUsd)} were spent then, of $${exactUsd(limitNanoUsd)}.`,
    ];
  });
  if (words.length > 0) return ['', ...words];
  const isHeld = periods.every(({ mostHeldNanoUsd, limitNanoUsd }) => mostHeldNanoUsd <= limitNanoUsd);
  const held = isHeld ? ', nor was what was spent and set aside together' : '';
  const unpriced = periods.reduce((sum, period) => sum + period.unpriced, 0);
  const unknown =
    unpriced === 0
      ? ''
      : ` ${counted(unpriced, 'request of unknown cost counts', 'requests of unknown cost count', formatCount(unpriced))} with what is known of it alone.`;
  return ['', `Never over: no hard budget was${held}.${unknown}`];
}

function deletedLine(periods: readonly ReplayedPeriod[], rowsFromMs: number): string {
  const nanoUsd = periods.reduce((sum, period) => sum + period.deletedNanoUsd, 0);
  const at = new Date(rowsFromMs).toISOString().slice(0, 16).replace('T', ' ');
  return `Requests from before ${at} UTC were deleted: what they spent, $${exactUsd(nanoUsd)} in the periods above, counts as it stands.`;
}

/** What limits were is told by it for budgets that are gone: it must be as it was written. */
function auditWords({ entries, fault }: AuditVerdict): string {
  if (fault === null) return `Changes: ${formatCount(entries)} in the audit log, as they were written.`;
  return `Changes: the audit log is not as it was written: line ${fault.line}: ${fault.what}.`;
}

function costWords({ agreed, differing, examples, leftOut }: CostCheckResult): readonly string[] {
  const words = `Costs: ${formatCount(agreed)} are what the prices of their day make of them, ${formatCount(differing)} are not`;
  const rest = leftOut === 0 ? '.' : ` (${formatCount(leftOut)} have none to compute).`;
  const shown = examples.map(({ requestId, model, recordedNanoUsd, computedNanoUsd }) => {
    const now = computedNanoUsd === null ? 'no price is known now' : `$${exactUsd(computedNanoUsd)} now`;
    return `  ${printable(requestId)} ${printable(model ?? 'no model')}: $${exactUsd(recordedNanoUsd)} recorded, ${now}`;
  });
  return [words + rest, ...shown];
}
