// The span of time that a report is about: a named range up to now, or from one moment to another; the span before it;
// and how long the buckets of its series are.

import type { Analytics, SeriesPoint, TimeRange } from '../../core/analytics.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { RangeName } from '../../core/range-names.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far back, and how long a bucket of the chart is. `all` depends on the oldest record. */
const RANGES: Readonly<Record<RangeName, { lengthMs: number; bucketMs: number } | null>> = {
  '1h': { lengthMs: HOUR_MS, bucketMs: MINUTE_MS },
  '24h': { lengthMs: DAY_MS, bucketMs: 15 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, bucketMs: 2 * HOUR_MS },
  '30d': { lengthMs: 30 * DAY_MS, bucketMs: 6 * HOUR_MS },
  all: null,
};
const BUCKETS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
];
const BUCKETS_MAX = 120;

export interface ReportRange {
  /** Null for a span that was given by its ends. */
  readonly name: RangeName | null;
  /** What is asked of the records. */
  readonly asked: TimeRange;
  /** Where the last bucket of a series lies; not ahead of now. */
  readonly endMs: number;
}

export interface SpanInput {
  readonly range?: RangeName | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** `from` and `to`, or a named span. Throws `invalid_argument` for ends in the wrong order. */
export function readRange({ range: name = '24h', from, to }: SpanInput, nowMs: number): ReportRange {
  if (from !== undefined || to !== undefined) {
    const [fromMs, toMs] = [from ?? 0, to ?? nowMs];
    if (fromMs < toMs) return { name: null, asked: { fromMs, toMs }, endMs: Math.min(toMs - 1, nowMs) };
    throw new TokenWatchError('invalid_argument', `from="${fromMs}" does not lie before to="${toMs}".`);
  }
  const range = RANGES[name];
  // The end lies ahead, so that a record of this very moment is in.
  const asked = { fromMs: range === null ? 0 : nowMs - range.lengthMs, toMs: nowMs + HOUR_MS };
  return { name, asked, endMs: nowMs };
}

/** From when on a span's requests are there; 0: from its begin. */
export async function rowsFrom(
  analytics: Pick<Analytics, 'rowsFromMs'>,
  { fromMs }: TimeRange,
): Promise<number> {
  const rowsFromMs = await analytics.rowsFromMs();
  return fromMs < rowsFromMs ? rowsFromMs : 0;
}

/** As long, and just before it; null where there is no before. */
export function rangeBefore({ name, asked, endMs }: ReportRange): TimeRange | null {
  if (name === 'all') return null;
  const lengthMs = endMs - asked.fromMs;
  return { fromMs: Math.max(0, asked.fromMs - lengthMs), toMs: asked.fromMs };
}

export function bucketOf(
  { name, asked, endMs }: ReportRange,
  oldestMs: number | null,
): {
  readonly fromMs: number;
  readonly bucketMs: number;
} {
  const fromMs = name === 'all' ? (oldestMs ?? endMs) : asked.fromMs;
  const known = name === null ? null : RANGES[name];
  const spanMs = endMs - fromMs;
  const fitting = BUCKETS_MS.find((bucketMs) => spanMs / bucketMs <= BUCKETS_MAX) ?? 30 * DAY_MS;
  return { fromMs, bucketMs: known?.bucketMs ?? fitting };
}

/** The start of every bucket from one moment to another. */
export function bucketStarts(fromMs: number, endMs: number, bucketMs: number): readonly number[] {
  const first = Math.floor(fromMs / bucketMs) * bucketMs;
  const length = Math.max(0, Math.floor((endMs - first) / bucketMs) + 1);
  return Array.from({ length }, (_, index) => first + index * bucketMs);
}

export const NO_TOTALS: Omit<SeriesPoint, 'bucketMs'> = Object.freeze({
  requests: 0,
  failedRequests: 0,
  inFlightRequests: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 0,
  unpricedRequests: 0,
  estimatedRequests: 0,
});
