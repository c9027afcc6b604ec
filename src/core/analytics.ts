// Questions about past requests, and the shapes of their answers. CLI, JSON API and stores share these.

import type { ExperimentFigures } from './experiment-figures.ts';
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
  'rule',
  'key',
] as const;
/**
 * `rule` is the routing rule that decided; `key` is the access key that a request came with. `tag:NAME` is the value
 * of the facet NAME of tags such as `feature=search,team=growth`.
 */
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

export interface DearestSessions<Item = BreakdownRow> {
  readonly rows: readonly Item[];
  /**
   * Of very many sessions that a filter narrows, those that cost most as a whole are looked at, so many: another one may
   * have spent more of what matches. Null where all were.
   */
  readonly ofDearest: number | null;
}

/** What has one session's id: a conversation, or an agent's run. */
export interface SessionRow {
  readonly session: string;
  /** The application of its first request. */
  readonly app: string;
  /** Other applications that used the same session. */
  readonly otherApps: number;
  /** The model of its last request; null where that has none. */
  readonly model: string | null;
  /** Other models that answered in it. */
  readonly otherModels: number;
  readonly startedAtMs: number;
  /** When the last of its ended requests ended, or began where none has. */
  readonly endedAtMs: number;
  /** Requests. */
  readonly turns: number;
  readonly failedTurns: number;
  readonly inputTokens: number;
  /** Read from the provider's prompt cache; part of the input. */
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: NanoUsd;
  /** Ended turns of unknown cost. */
  readonly unpricedTurns: number;
  /** What answers from our own cache would have cost; null where that is not known of any of them. */
  readonly savedNanoUsd: NanoUsd | null;
  /** Turns that our own cache answered. */
  readonly cachedTurns: number;
  /**
   * What the provider's prompt cache saved: the discount on what was read, less the surcharge on what was written. Null
   * where the price of none of its turns is known.
   */
  readonly promptCacheSavedNanoUsd: NanoUsd | null;
  /** Turns with the provider's prompt cache of which nobody knows what it saved. */
  readonly promptCacheUnknownTurns: number;
}

/** Ended requests whose price was unknown, by what was asked for. */
export interface UnpricedRow {
  /** Null where no model is known: the endpoint tells. */
  readonly model: string | null;
  readonly endpoint: string;
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface SeriesPoint extends UsageTotals {
  /** Start of the bucket, epoch milliseconds, a multiple of the bucket's length. */
  readonly bucketMs: number;
}

/** How long requests took, in one bucket. */
export interface TimingPoint {
  readonly bucketMs: number;
  readonly latencyMs: Percentiles | null;
  readonly timeToFirstByteMs: Percentiles | null;
}

/** One key's part of a series: a figure for each bucket with a request of it. */
export interface SeriesStack {
  readonly key: string | null;
  readonly points: readonly {
    readonly bucketMs: number;
    readonly requests: number;
    readonly tokens: number;
    readonly costNanoUsd: NanoUsd;
  }[];
}

/** What requests may be narrowed by. */
export const FILTER_NAMES = ['app', 'tag', 'model', 'session', 'upstream', 'outcome', 'key', 'text'] as const;

/**
 * Which requests a question is about: the parts that are set must all match.
 * - `model`: asked for, sent, or answering
 * - `tag`: the whole tag, or a facet of it such as `team=growth`
 * - `upstream`: by its name or its address
 * - `outcome`: one of the outcomes, or `failed` for every one that is no success
 * - `key`: by the name of the access key that it came with
 * - `text`: anywhere in the names, ids and codes of the record, in any case
 */
export type RequestFilter = Readonly<Partial<Record<(typeof FILTER_NAMES)[number], string>>>;

export const REQUEST_SORTS = ['time', 'cost', 'latency', 'tokens'] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];

export interface RequestsQuery {
  readonly range: TimeRange;
  readonly filter: RequestFilter;
  /** The newest, dearest, slowest, or those with the longest answers first. */
  readonly sort: RequestSort;
  readonly limit: number;
  /** Where the page before ended; null for the first. */
  readonly cursor: string | null;
}

export interface RequestsPage {
  readonly records: readonly RequestRecord[];
  /** Null where nothing follows. */
  readonly nextCursor: string | null;
  /**
   * Of very many requests a text is looked for from the newest back, whatever they are to be sorted by, and so far at once
   * that nobody waits: to this moment. The next page goes on from there. Null where the search did not stop.
   */
  readonly searchedBackToMs: number | null;
}

export interface RecentQuery {
  readonly limit: number;
  /** Only records that started before this id, newest first: for paging. */
  readonly beforeId?: string;
}

export interface ChangedLines {
  readonly lines: string;
  readonly count: number;
  readonly cursor: number;
}

export interface Analytics extends ExperimentFigures {
  summary(range: TimeRange, filter?: RequestFilter): Promise<UsageSummary>;
  /** Most expensive first. */
  breakdown(
    range: TimeRange,
    by: BreakdownDimension,
    limit: number,
    filter?: RequestFilter,
  ): Promise<readonly BreakdownRow[]>;
  /** The breakdown by session, and how far it looked. */
  dearestSessions(range: TimeRange, limit: number, filter?: RequestFilter): Promise<DearestSessions>;
  /** Buckets without requests are left out. */
  series(range: TimeRange, bucketMs: number, filter?: RequestFilter): Promise<readonly SeriesPoint[]>;
  /** Buckets without an ended request are left out. */
  timings(range: TimeRange, bucketMs: number, filter?: RequestFilter): Promise<readonly TimingPoint[]>;
  /** The `limit` dearest keys of the range, most expensive first. */
  stacks(
    range: TimeRange,
    bucketMs: number,
    by: BreakdownDimension,
    limit: number,
    filter?: RequestFilter,
  ): Promise<readonly SeriesStack[]>;
  /** Throws `invalid_argument` for a cursor that is none. */
  requests(query: RequestsQuery): Promise<RequestsPage>;
  /**
   * From when on figures of a text are: of very many requests it is looked for among the newest only. 0: in the whole range.
   */
  searchedFromMs(range: TimeRange, filter: RequestFilter): Promise<number>;
  /** Of the requests in the range that have one, most expensive first. */
  sessions(range: TimeRange, limit: number, filter?: RequestFilter): Promise<DearestSessions<SessionRow>>;
  /** The most frequent first. */
  unpriced(range: TimeRange, limit: number): Promise<readonly UnpricedRow[]>;
  request(id: string): Promise<RequestRecord | null>;
  /** Newest first. */
  recent(query: RecentQuery): Promise<readonly RequestRecord[]>;
  /** Records that started or changed after `cursor` (0 at first), oldest change first, with the next cursor. */
  changes(cursor: number, limit: number): Promise<{ records: readonly RequestRecord[]; cursor: number }>;
  /** The same of all records but this owner's, each as JSON in a line of its own: to be handed on without a look. */
  changesOfOthers(owner: string, cursor: number, limit: number): Promise<ChangedLines>;
  /** The cursor behind which only later changes lie. */
  lastChange(): Promise<number>;
  /** Of requests that began before there are sums and no more records, for they were old; 0: none was deleted. */
  rowsFromMs(): Promise<number>;
}
