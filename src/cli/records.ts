// What the reporting commands share: ranges, costs, and a record as a line.

import { setImmediate } from 'node:timers/promises';
import type { Analytics, RequestFilter, RequestsPage, TimeRange, UsageTotals } from '../core/analytics.ts';
import { formatUsd } from '../core/money.ts';
import type { RangeName } from '../core/range-names.ts';
import type { RequestRecord } from '../core/record.ts';
import { allInputTokens } from '../core/usage.ts';
import { type Column, formatCount, formatMs, tableLine } from './table.ts';

const HOUR_MS = 3_600_000;
const RANGE_MS: Readonly<Record<string, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};

/** What was chosen of the ranges that the option offers. */
export function rangeNameOf(
  options: Readonly<Record<string, unknown>>,
  standard: RangeName = '24h',
): RangeName {
  return (options.since ?? options.timeframe ?? standard) as RangeName;
}

export function rangeOf(
  options: Readonly<Record<string, unknown>>,
  nowMs: number,
  standard: RangeName = '24h',
): { name: RangeName; range: TimeRange } {
  const name = rangeNameOf(options, standard);
  const length = RANGE_MS[name];
  return { name, range: { fromMs: length === undefined ? 0 : nowMs - length, toMs: nowMs + HOUR_MS } };
}

/** `$1.23`, `unknown`, or `$1.23 + 4 unpriced`. */
export function formatCost(totals: UsageTotals): string {
  if (totals.unpricedRequests === 0) return formatUsd(totals.costNanoUsd);
  if (totals.costNanoUsd === 0) return 'unknown';
  return `${formatUsd(totals.costNanoUsd)} + ${totals.unpricedRequests} unpriced`;
}

const PAGE_RECORDS = 1000;

/** Every record of a range, newest first, a page at a time; an `AbortError` once `signal` is aborted. */
export async function* allRecords(
  analytics: Pick<Analytics, 'requests'>,
  signal: AbortSignal,
  range: TimeRange,
  filter: RequestFilter = {},
): AsyncGenerator<RequestRecord> {
  let cursor: string | null = null;
  do {
    // A database in this process answers at once: without a turn neither Ctrl-C is heard nor that a pipe was closed.
    await setImmediate();
    signal.throwIfAborted();
    const page: RequestsPage = await analytics.requests({
      range,
      filter,
      sort: 'time',
      limit: PAGE_RECORDS,
      cursor,
    });
    yield* page.records;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export const RECORD_COLUMNS: readonly Column[] = [
  { title: 'TIME' },
  { title: 'APP' },
  { title: 'MODEL' },
  { title: 'IN', alignRight: true },
  { title: 'OUT', alignRight: true },
  { title: 'COST', alignRight: true },
  { title: 'TOOK', alignRight: true },
  { title: 'RESULT' },
];

export function recordCells(record: RequestRecord): string[] {
  const running = record.outcome === 'in_flight';
  const estimated = record.usageSource === 'estimate' ? '~' : '';
  const tries = record.attempts ? ` ${record.attempts.length} tries` : '';
  const unread = record.unplanned === null ? '' : ' no rule';
  return [
    new Date(record.startedAtMs).toLocaleTimeString('en-GB'),
    record.app,
    record.modelUsed ?? record.modelRequested ?? record.endpoint,
    running ? '' : estimated + formatCount(allInputTokens(record.usage)),
    running ? '' : estimated + formatCount(record.usage.outputTokens),
    running ? '' : costText(record),
    running ? '' : formatMs(record.latencyMs),
    record.outcome === 'completed'
      ? `${record.status ?? ''}${tries || unread}`
      : `${record.outcome} ${record.status ?? ''}`.trim(),
  ];
}

/** Of an unknown cost what is known: it was that at least. */
function costText({ costNanoUsd, listCostNanoUsd, costDoubt }: RequestRecord): string {
  if (costNanoUsd === null && listCostNanoUsd !== null) return `>${formatUsd(listCostNanoUsd)}`;
  return (costDoubt === null ? '' : '~') + formatUsd(costNanoUsd);
}

/** Together with the blanks between them 80 columns. */
const LINE_WIDTHS: readonly number[] = [8, 9, 18, 7, 6, 8, 6, 11];

/** A record as a line of its own, aligned with those before it. */
export function recordLine(record: RequestRecord): string {
  return tableLine(RECORD_COLUMNS, LINE_WIDTHS, recordCells(record), ' ');
}
