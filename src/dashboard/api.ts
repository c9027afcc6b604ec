// The JSON API: each path with what it answers.

import {
  type Analytics,
  type BreakdownDimension,
  DIMENSION_FORM,
  parseDimension,
  type SeriesPoint,
  type TimeRange,
} from '../core/analytics.ts';
import type { CacheReport } from '../core/cache-report.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type {
  CacheAnswer,
  RangeName,
  RecentAnswer,
  StatsAnswer,
  StatusAnswer,
  TimeseriesAnswer,
} from './contract.ts';
import { askResource, type ResourceRequest, type Resources, resourceAt } from './resource.ts';

export interface ApiOptions {
  readonly clock: Clock;
  readonly analytics: Analytics;
  readonly status: () => StatusAnswer;
  /** Returns when what has happened is in the store, or when the store takes nothing just now. */
  readonly catchUp: () => Promise<void>;
  /** When the oldest record started; null without one. */
  readonly oldestMs: () => Promise<number | null>;
  readonly cacheEnabled: boolean;
  readonly cacheReport: (sinceMs: number) => Promise<CacheReport>;
  /** What users set. */
  readonly resources: Resources;
}

export interface ApiRequest extends ResourceRequest {
  readonly parameters: URLSearchParams;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far back, and how long a bucket of the chart is. `all` depends on the oldest record. */
const RANGES: Readonly<Record<RangeName, { lengthMs: number; bucketMs: number } | null>> = {
  '1h': { lengthMs: HOUR_MS, bucketMs: MINUTE_MS },
  '24h': { lengthMs: DAY_MS, bucketMs: 15 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, bucketMs: 2 * HOUR_MS },
  '30d': { lengthMs: 30 * DAY_MS, bucketMs: 8 * HOUR_MS },
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
const RECENT_STANDARD = 50;
const RECENT_MAX = 500;
const ROWS_STANDARD = 10;
const ROWS_MAX = 200;

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Throws `unknown_route`, `method_not_allowed` or, for a parameter or a field, `invalid_argument`. */
  async answer(request: ApiRequest): Promise<unknown> {
    const { method, path, parameters } = request;
    const place = resourceAt(this.#options.resources, path);
    if (place !== null) return askResource(place.resource, place.name, request);
    if (method !== 'GET' && method !== 'HEAD') throw onlyGet(method, path);
    // A page asks once its socket is open: what ended before must be in the answer.
    if (path !== '/api/status') await this.#options.catchUp();
    if (path === '/api/stats') return this.#stats(parameters);
    if (path === '/api/timeseries') return this.#timeseries(parameters);
    if (path === '/api/recent') return this.#recent(parameters);
    if (path === '/api/cache') return this.#cache(parameters);
    if (path === '/api/status') return this.#options.status();
    throw new TokenWatchError(
      'unknown_route',
      `There is no ${path}. There are /api/stats, /api/timeseries, /api/recent, /api/cache, /api/status, ${Object.keys(this.#options.resources).join(', ')} and /ws/live.`,
    );
  }

  async #stats(parameters: URLSearchParams): Promise<StatsAnswer> {
    const { analytics, clock } = this.#options;
    const name = oneOf(parameters, 'range', Object.keys(RANGES) as RangeName[], '24h');
    const by = dimension(parameters.get('by') ?? 'model');
    const limit = wholeNumber(parameters, 'limit', ROWS_STANDARD, ROWS_MAX);
    const range = rangeOf(name, clock.now());
    const [summary, rows] = await Promise.all([
      analytics.summary(range),
      analytics.breakdown(range, by, limit),
    ]);
    return { range: name, ...range, summary, by, rows };
  }

  async #timeseries(parameters: URLSearchParams): Promise<TimeseriesAnswer> {
    const { analytics, clock, oldestMs } = this.#options;
    const name = oneOf(parameters, 'range', Object.keys(RANGES) as RangeName[], '24h');
    const nowMs = clock.now();
    const fromMs = name === 'all' ? ((await oldestMs()) ?? nowMs) : rangeOf(name, nowMs).fromMs;
    const bucketMs = RANGES[name]?.bucketMs ?? bucketFor(nowMs - fromMs);
    const points = await analytics.series({ fromMs, toMs: rangeOf(name, nowMs).toMs }, bucketMs);
    return { range: name, bucketMs, points: withoutGaps(points, fromMs, nowMs, bucketMs) };
  }

  async #cache(parameters: URLSearchParams): Promise<CacheAnswer> {
    const { clock, cacheEnabled, cacheReport } = this.#options;
    const name = oneOf(parameters, 'range', Object.keys(RANGES) as RangeName[], '24h');
    const report = await cacheReport(rangeOf(name, clock.now()).fromMs);
    return { range: name, enabled: cacheEnabled, ...report };
  }

  async #recent(parameters: URLSearchParams): Promise<RecentAnswer> {
    const limit = wholeNumber(parameters, 'limit', RECENT_STANDARD, RECENT_MAX);
    const beforeId = parameters.get('before');
    const query = beforeId === null ? { limit } : { limit, beforeId };
    return { records: await this.#options.analytics.recent(query) };
  }
}

export function onlyGet(method: string, path: string): TokenWatchError {
  return new TokenWatchError('method_not_allowed', `${method} is not known at ${path}, only GET.`, {
    headers: { allow: 'GET, HEAD' },
  });
}

/** The end lies ahead, so that a record of this very moment is in. */
function rangeOf(name: RangeName, nowMs: number): TimeRange {
  const range = RANGES[name];
  return { fromMs: range === null ? 0 : nowMs - range.lengthMs, toMs: nowMs + HOUR_MS };
}

function bucketFor(spanMs: number): number {
  return BUCKETS_MS.find((bucketMs) => spanMs / bucketMs <= BUCKETS_MAX) ?? 30 * DAY_MS;
}

function withoutGaps(
  points: readonly SeriesPoint[],
  fromMs: number,
  toMs: number,
  bucketMs: number,
): readonly SeriesPoint[] {
  const known = new Map(points.map((point) => [point.bucketMs, point]));
  const first = Math.floor(fromMs / bucketMs) * bucketMs;
  const filled: SeriesPoint[] = [];
  for (let at = first; at <= toMs; at += bucketMs) filled.push(known.get(at) ?? { ...NOTHING, bucketMs: at });
  return filled;
}

const NOTHING: Omit<SeriesPoint, 'bucketMs'> = Object.freeze({
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

function dimension(text: string): BreakdownDimension {
  const by = parseDimension(text);
  if (by !== null) return by;
  throw new TokenWatchError('invalid_argument', `by="${text}" is not ${DIMENSION_FORM}.`);
}

function oneOf<T extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly T[],
  standard: T,
): T {
  const given = parameters.get(name);
  if (given === null) return standard;
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  throw new TokenWatchError('invalid_argument', `${name}="${given}" is not one of ${choices.join(', ')}.`);
}

function wholeNumber(parameters: URLSearchParams, name: string, standard: number, max: number): number {
  const given = parameters.get(name);
  if (given === null) return standard;
  if (/^\d{1,6}$/.test(given) && Number(given) >= 1 && Number(given) <= max) return Number(given);
  throw new TokenWatchError('invalid_argument', `${name}="${given}" is not a whole number from 1 to ${max}.`);
}
