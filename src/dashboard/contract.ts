// What the dashboard's JSON API and WebSocket say. Shared with the browser app in web/, which imports nothing
// else of src/. All times are epoch milliseconds, all money integer nano-dollars; an unknown price is null.

import type {
  BreakdownDimension,
  BreakdownRow,
  Percentiles,
  UsageSummary,
  UsageTotals,
} from '../core/analytics.ts';
import type { CacheReport, SemanticReport } from '../core/cache-report.ts';
import type { RequestRecord } from '../core/record.ts';

export type { BreakdownDimension, BreakdownRow, CacheReport, RequestRecord, SemanticReport, UsageSummary };

export const RANGE_NAMES = ['1h', '24h', '7d', '30d', 'all'] as const;
export type RangeName = (typeof RANGE_NAMES)[number];

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

export interface StoredConversation {
  readonly isRedacted: boolean;
  readonly turns: readonly StoredTurn[];
}

export interface StoredTurn {
  readonly role: string;
  readonly parts: readonly StoredPart[];
}

/** `call`: a tool is called with `text`; `result`: what it returned; `media`: what stands for an image or a file. */
export type StoredPart =
  | { readonly type: 'text' | 'media'; readonly text: string }
  | { readonly type: 'call' | 'result'; readonly name: string; readonly text: string };

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

/** Every answer that is no success. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

/** What `/ws/live` sends, a few times a second while something happens. */
export interface LiveMessage {
  /** Requests that have started or ended, in order, in their newest state. */
  readonly records: readonly RequestRecord[];
  /** True where events were left out because the reader was slow: what it shows must be asked for anew. */
  readonly missed: boolean;
}
