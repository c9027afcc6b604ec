// What the dashboard's JSON API and WebSocket say. Shared with the browser app in web/, which imports nothing
// else of src/. All times are epoch milliseconds, all money integer nano-dollars; an unknown price is null.

import type {
  BreakdownDimension,
  BreakdownRow,
  Percentiles,
  UnpricedRow,
  UsageSummary,
  UsageTotals,
} from '../core/analytics.ts';
import type { CacheReport, SemanticReport } from '../core/cache-report.ts';
import type { Explanation } from '../core/explanation.ts';
import { RANGE_NAMES, type RangeName } from '../core/range-names.ts';
import type { RequestRecord } from '../core/record.ts';
import type { StoredConversation, StoredPart, StoredTurn } from '../core/stored-conversation.ts';
import type { ExperimentReport } from '../statistics/experiment-report.ts';

export type {
  BudgetForecast,
  CostAnswer,
  ForecastAnswer,
  ForecastSum,
  RoutingAnswer,
  SessionCostAnswer,
} from './cost-contract.ts';
export type {
  BreakdownDimension,
  BreakdownRow,
  CacheReport,
  Explanation,
  RangeName,
  RequestRecord,
  SemanticReport,
  StoredConversation,
  StoredPart,
  StoredTurn,
  UnpricedRow,
  UsageSummary,
};
export { RANGE_NAMES };

/**
 * `GET /api/stats?range=24h&by=model&limit=10`. Any span: `from` and `to` instead of `range`. Filters: `app`, `tag`,
 * `model`, `session`, `upstream`, `outcome`, `text`.
 */
export interface StatsAnswer {
  /** Null for a span given by its ends. */
  readonly range: RangeName | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly summary: UsageSummary;
  /** Of the span just before, as long; null for all time. */
  readonly previous: UsageSummary | null;
  readonly by: BreakdownDimension;
  /** Most expensive first. */
  readonly rows: readonly BreakdownRow[];
}

export interface SeriesPoint extends UsageTotals {
  /** Start of the bucket, epoch milliseconds, a multiple of the bucket's length. */
  readonly bucketMs: number;
  /** Null without an ended request. */
  readonly latencyMs: Percentiles | null;
  readonly timeToFirstByteMs: Percentiles | null;
}

/** One key's part of each bucket, in the points' order. */
export interface StackedSeries {
  readonly key: string | null;
  readonly costNanoUsd: readonly number[];
  readonly requests: readonly number[];
  readonly tokens: readonly number[];
}

/** `GET /api/timeseries?range=24h&stack=model`, with spans and filters as above. */
export interface TimeseriesAnswer {
  readonly range: RangeName | null;
  readonly bucketMs: number;
  /** Without gaps: a bucket without requests has zeros. */
  readonly points: readonly SeriesPoint[];
  /** The dearest keys, most expensive first; null where nothing was to be stacked. */
  readonly stacks: readonly StackedSeries[] | null;
}

/** `GET /api/requests?limit=50&sort=time&cursor=…` (and `/api/recent`), with spans and filters as above. */
export interface RecentAnswer {
  /** Newest first, or as `sort` says: `cost`, `latency`, `tokens`, the largest first. */
  readonly records: readonly RequestRecord[];
  /** For the next page; null where nothing follows. */
  readonly nextCursor: string | null;
}

/** `GET /api/requests/ID` */
export interface RequestAnswer {
  readonly record: RequestRecord;
  /** What was said, where the archive kept it. */
  readonly stored: StoredConversation | null;
}

/** `GET /api/cache?range=24h` */
export interface CacheAnswer extends CacheReport {
  readonly range: RangeName | null;
  /** Whether this server answers from the cache. */
  readonly enabled: boolean;
}

/** `GET /api/status` */
export interface StatusAnswer {
  readonly version: string;
  readonly startedAtMs: number;
  /** True until the first request ever. */
  readonly isEmpty: boolean;
  readonly proxyUrl: string;
  readonly dataDir: string;
  readonly upstreams: { readonly anthropic: string; readonly openai: string };
  readonly journal: {
    /** Lines that wait for the disk. */
    readonly waitingLines: number;
    readonly droppedLines: number;
    readonly inFlight: number;
    readonly lastError: string | null;
  };
}

/** How an upstream is for one model, as far as requests have shown. */
export interface UpstreamHealth {
  readonly model: string | null;
  readonly state: 'closed' | 'open' | 'half-open';
  /** Of lately, 0 to 1. */
  readonly errorRate: number;
  /** To the answer's head, mean of lately; null without an answer. */
  readonly latencyMs: number | null;
  /** Requests that the two figures stand for; the past fades. */
  readonly requests: number;
  /** While open: when it is tried again. */
  readonly reopensAtMs: number | null;
  /** It asked not to be asked before then. */
  readonly restsUntilMs: number | null;
}

/** A row of `GET /api/upstreams`, in the order in which they are asked. */
export interface UpstreamRow {
  readonly name: string;
  readonly api: 'anthropic' | 'openai';
  readonly url: string;
  readonly priority: number;
  readonly weight: number;
  /** Where its key comes from; null without one of its own. */
  readonly key: { readonly from: 'environment' | 'file'; readonly name: string } | null;
  readonly keyHeader: string;
  /** Whether that key can be read where the server runs; null without one. */
  readonly hasKey: boolean | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly modelMap: Readonly<Record<string, string>>;
  readonly models: string | null;
  readonly sendsClientKey: boolean;
  readonly health: readonly UpstreamHealth[];
}

export interface ScopeRow {
  readonly app: string | null;
  readonly model: string | null;
  readonly tag: string | null;
}

/** A row of `GET /api/budgets`. Money is exact dollars as text. */
export interface BudgetRow {
  readonly id: string;
  readonly name: string;
  readonly period: string;
  readonly scope: ScopeRow;
  readonly action: 'block' | 'warn' | 'notify';
  readonly thresholds: readonly number[];
  readonly webhookUrl: string | null;
  readonly limitUsd: string;
  readonly spentUsd: string;
  readonly reservedUsd: string;
  readonly remainingUsd: string;
  readonly overrunUsd: string;
  readonly unpricedRequests: number;
  /** ISO 8601; null for a budget without an end. */
  readonly periodStart: string;
  readonly periodEnd: string | null;
}

/** A row of `GET /api/kills`. */
export interface KillRow {
  readonly id: string;
  readonly createdAtMs: number;
  /** What it stops, in words. */
  readonly stops: string;
}

export interface ConditionRow {
  readonly type: string;
  readonly value: string;
}

/** A row of `GET /api/routes`. */
export interface RouteRow {
  readonly name: string;
  readonly createdAtMs: number;
  readonly conditions: readonly ConditionRow[];
  readonly match: 'all' | 'any';
  readonly target: string;
  readonly api: 'anthropic' | 'openai' | null;
  readonly targetApi?: 'anthropic' | 'openai' | null;
  readonly upstream?: string | null;
  /** Smaller is tried first. */
  readonly priority: number;
  readonly enabled: boolean;
}

/** A row of `GET /api/tags`. */
export interface TagRow {
  readonly name: string;
  readonly createdAtMs: number;
  readonly condition: ConditionRow;
  readonly tag: string;
}

/** A row of `GET /api/cache-rules`; null leaves it as it is set for all. */
export interface CacheRuleRow extends ScopeRow {
  readonly name: string;
  readonly priority: number;
  readonly cache: boolean | null;
  readonly semantic: boolean | null;
  readonly ttlMs: number | null;
  readonly distanceMax: number | null;
  readonly share: string | null;
}

/** A row of `GET /api/experiments`. */
export interface ExperimentRow {
  readonly name: string;
  readonly createdAtMs: number;
  readonly modelA: string;
  readonly modelB: string;
  /** Percent that get model B. */
  readonly split: number;
  readonly app: string | null;
  readonly tag: string | null;
  readonly sticky: 'session' | 'request' | 'app';
  readonly state: 'active' | 'paused' | 'completed';
}

/** `GET /api/ab/report/NAME?margin=5`, and `GET /api/experiments/NAME`. */
export interface ExperimentAnswer extends ExperimentRow, ExperimentReport {
  readonly minSamples: number;
  readonly anyModel: boolean;
  /** What it comes to, in sentences. */
  readonly verdict: readonly string[];
}

/** A row of `GET /api/cache-entries`. */
export interface CacheEntryRow {
  readonly key: string;
  readonly model: string | null;
  readonly endpoint: string;
  readonly form: string;
  readonly bytes: number;
  readonly hits: number;
  /** What each use saves; null where the price was unknown. */
  readonly costNanoUsd: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly lastUsedAtMs: number;
}

/** What a model costs: dollars per million tokens; null where a part has no price. */
export interface PriceFacts {
  readonly source: string;
  readonly priceDate: string;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite5m: number | null;
}

/** `GET /api/prices`: of the last 30 days. */
export interface PriceAnswer {
  /** Most expensive first. */
  readonly models: readonly {
    readonly model: string;
    readonly requests: number;
    readonly costNanoUsd: number;
    /** Null where none is known. */
    readonly price: PriceFacts | null;
  }[];
  /** What had no price, the most frequent first. */
  readonly unpriced: readonly UnpricedRow[];
}

/** Every answer that is no success. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

/** Sums over the requests that ended while pages listened, in this server's life. */
export interface LiveTotals {
  readonly requests: number;
  readonly failedRequests: number;
  readonly unpricedRequests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

/**
 * What `/ws/live` sends, at most four times a second. `/ws/live?epoch=E&after=SEQ` goes on where a page stopped: it gets
 * `events` with all that it missed, or a `snapshot` where that is not known any more, and then asks for reports anew.
 */
export type LiveMessage =
  | {
      readonly type: 'events' | 'snapshot';
      /** Of this server's life: sequence numbers of another one mean nothing. */
      readonly epoch: string;
      /** Of the last event that this message knows of. */
      readonly seq: number;
      /** Requests that have started or ended, in order, in their newest state; at most a hundred. */
      readonly records: readonly RequestRecord[];
      /** Older ones that did not fit. */
      readonly leftOut: number;
      readonly totals: LiveTotals;
    }
  /** Nothing happened; the line is alive. */
  | { readonly type: 'beat'; readonly epoch: string; readonly seq: number };
