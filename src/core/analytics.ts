// Questions about past requests, and the shapes of their answers. CLI, JSON API and stores share these.

import type { NanoUsd } from './money.ts';
import type { RequestRecord } from './record.ts';

/** Half-open, in epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface UsageTotals {
  readonly requests: number;
  /** Ended, and not `completed`. */
  readonly failedRequests: number;
  readonly inFlightRequests: number;
  /** Everything read, cached or not. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Sum over the requests with a known price. */
  readonly costNanoUsd: NanoUsd;
  /** Ended requests of unknown cost. Where it is all of them, the sum is unknown, not 0. */
  readonly unpricedRequests: number;
  /** Requests whose figures our tokenizer estimated. */
  readonly estimatedRequests: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface UsageSummary extends UsageTotals {
  /** Null without an ended request. */
  readonly latencyMs: Percentiles | null;
  readonly timeToFirstByteMs: Percentiles | null;
}

export const BREAKDOWN_DIMENSIONS = [
  'model',
  'app',
  'tag',
  'session',
  'protocol',
  'upstream',
  'outcome',
] as const;
/** `tag:NAME` is the value of the facet NAME of tags such as `feature=search,team=growth`. */
export type BreakdownDimension = (typeof BREAKDOWN_DIMENSIONS)[number] | `tag:${string}`;

/** Null for what is none. */
export function parseDimension(text: string): BreakdownDimension | null {
  if (/^tag:[^=,\s]{1,100}$/.test(text)) return text as `tag:${string}`;
  return BREAKDOWN_DIMENSIONS.find((dimension) => dimension === text) ?? null;
}

/** What one may break down by, for people. */
export const DIMENSION_FORM = `one of ${BREAKDOWN_DIMENSIONS.join(', ')}, or tag:NAME for a facet of tags`;

export interface BreakdownRow extends UsageTotals {
  /** Null for requests without one (no tag, no model). */
  readonly key: string | null;
}

export interface SeriesPoint extends UsageTotals {
  /** Start of the bucket, epoch milliseconds, a multiple of the bucket's length. */
  readonly bucketMs: number;
}

export interface RecentQuery {
  readonly limit: number;
  /** Only records that started before this id, newest first: for paging. */
  readonly beforeId?: string;
}

/** One variant of an A/B test. Means and variances are over ended requests; null without one. */
export interface VariantRow {
  readonly variant: string;
  readonly requests: number;
  readonly failedRequests: number;
  readonly unpricedRequests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: NanoUsd;
  /** Of requests with a known price. */
  readonly meanCostNanoUsd: number | null;
  readonly varianceCost: number | null;
  readonly meanLatencyMs: number | null;
  readonly varianceLatency: number | null;
}

export interface Analytics {
  summary(range: TimeRange): Promise<UsageSummary>;
  /** Most expensive first. */
  breakdown(range: TimeRange, by: BreakdownDimension, limit: number): Promise<readonly BreakdownRow[]>;
  /** Buckets without requests are left out. */
  series(range: TimeRange, bucketMs: number): Promise<readonly SeriesPoint[]>;
  /** Newest first. */
  recent(query: RecentQuery): Promise<readonly RequestRecord[]>;
  /** Every variant with a request, `a` first. */
  variants(experiment: string): Promise<readonly VariantRow[]>;
  /** Records that started or changed after `cursor` (0 at first), oldest change first, with the next cursor. */
  changes(cursor: number, limit: number): Promise<{ records: readonly RequestRecord[]; cursor: number }>;
  /** The cursor behind which only later changes lie. */
  lastChange(): Promise<number>;
}
