// What the dashboard's JSON API and WebSocket say. Shared with the browser app in web/, which imports nothing
// else of src/. All times are epoch milliseconds, all money integer nano-dollars; an unknown price is null.

import type { BreakdownDimension, BreakdownRow, SeriesPoint, UsageSummary } from '../core/analytics.ts';
import type { CacheReport, SemanticReport } from '../core/cache-report.ts';
import type { RequestRecord } from '../core/record.ts';

export type {
  BreakdownDimension,
  BreakdownRow,
  CacheReport,
  RequestRecord,
  SemanticReport,
  SeriesPoint,
  UsageSummary,
};

export type RangeName = '1h' | '24h' | '7d' | '30d' | 'all';

/** `GET /api/stats?range=24h&by=model&limit=10` */
export interface StatsAnswer {
  readonly range: RangeName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly summary: UsageSummary;
  readonly by: BreakdownDimension;
  /** Most expensive first. */
  readonly rows: readonly BreakdownRow[];
}

/** `GET /api/timeseries?range=24h` */
export interface TimeseriesAnswer {
  readonly range: RangeName;
  readonly bucketMs: number;
  /** Without gaps: a bucket without requests has zeros. */
  readonly points: readonly SeriesPoint[];
}

/** `GET /api/recent?limit=50&before=ID` */
export interface RecentAnswer {
  /** Newest first. */
  readonly records: readonly RequestRecord[];
}

/** `GET /api/cache?range=24h` */
export interface CacheAnswer extends CacheReport {
  readonly range: RangeName;
  /** Whether this server answers from the cache. */
  readonly enabled: boolean;
}

/** `GET /api/status` */
export interface StatusAnswer {
  readonly version: string;
  readonly startedAtMs: number;
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
