// The JSON API: each path with what it answers.

import {
  type Analytics,
  type BreakdownDimension,
  DIMENSION_FORM,
  parseDimension,
  REQUEST_SORTS,
  type SeriesStack,
} from '../core/analytics.ts';
import type { CacheReport } from '../core/cache-report.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { readCursor } from '../core/request-cursor.ts';
import type { StoredConversation } from '../core/stored-conversation.ts';
import type {
  CacheAnswer,
  RecentAnswer,
  RequestAnswer,
  StackedSeries,
  StatsAnswer,
  StatusAnswer,
  TimeseriesAnswer,
} from './contract.ts';
import { oneOf, readFilter, wholeNumber } from './parameters.ts';
import { bucketOf, bucketStarts, NO_TOTALS, rangeBefore, readRange } from './report-range.ts';
import { askResource, type ResourceRequest, type Resources, resourceAt } from './resource.ts';

export interface ApiOptions {
  readonly clock: Clock;
  readonly analytics: Analytics;
  readonly status: () => Omit<StatusAnswer, 'isEmpty'>;
  /** Returns when what has happened is in the store, or when the store takes nothing just now. */
  readonly catchUp: () => Promise<void>;
  /** When the oldest record started; null without one. */
  readonly oldestMs: () => Promise<number | null>;
  readonly cacheEnabled: boolean;
  /** What was said in a request; null where it is not stored. */
  readonly stored: (id: string) => Promise<StoredConversation | null>;
  readonly cacheReport: (sinceMs: number) => Promise<CacheReport>;
  /** What users set. */
  readonly resources: Resources;
}

const RECENT_STANDARD = 50;
const RECENT_MAX = 500;
const ROWS_STANDARD = 10;
const ROWS_MAX = 200;
/** Keys of a stacked chart; what they leave is the rest. */
const STACKS_MAX = 6;

const REQUEST_PATH = '/api/requests/';

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Throws `unknown_route`, `method_not_allowed` or, for a parameter or a field, `invalid_argument`. */
  async answer(request: ResourceRequest): Promise<unknown> {
    const { method, path, parameters } = request;
    const place = resourceAt(this.#options.resources, path);
    if (place !== null) return askResource(place.resource, place.name, request);
    if (method !== 'GET' && method !== 'HEAD') throw onlyGet(method, path);
    // A page asks once its socket is open: what ended before must be in the answer.
    if (path !== '/api/status') await this.#options.catchUp();
    if (path === '/api/stats') return this.#stats(parameters);
    if (path === '/api/timeseries') return this.#timeseries(parameters);
    if (path === '/api/recent' || path === '/api/requests') return this.#requests(parameters);
    if (path.startsWith(REQUEST_PATH)) return this.#request(path.slice(REQUEST_PATH.length));
    if (path === '/api/cache' || path === '/api/cache/stats') return this.#cache(parameters);
    if (path === '/api/status') return this.#status();
    throw new TokenWatchError(
      'unknown_route',
      `There is no ${path}. There are /api/stats, /api/timeseries, /api/requests, /api/cache, /api/status, ${Object.keys(this.#options.resources).join(', ')} and /ws/live.`,
    );
  }

  async #stats(parameters: URLSearchParams): Promise<StatsAnswer> {
    const { analytics, clock } = this.#options;
    const range = readRange(parameters, clock.now());
    const filter = readFilter(parameters);
    const by = dimension(parameters.get('by') ?? 'model');
    const limit = wholeNumber(parameters, 'limit', ROWS_STANDARD, ROWS_MAX);
    const before = rangeBefore(range);
    const [summary, previous, rows] = await Promise.all([
      analytics.summary(range.asked, filter),
      before === null ? null : analytics.summary(before, filter),
      analytics.breakdown(range.asked, by, limit, filter),
    ]);
    return { range: range.name, ...range.asked, summary, previous, by, rows };
  }

  async #timeseries(parameters: URLSearchParams): Promise<TimeseriesAnswer> {
    const { analytics, clock, oldestMs } = this.#options;
    const range = readRange(parameters, clock.now());
    const filter = readFilter(parameters);
    const stack = parameters.get('stack') ?? 'none';
    const by = stack === 'none' ? null : dimension(stack, 'stack');
    const { fromMs, bucketMs } = bucketOf(range, range.name === 'all' ? await oldestMs() : null);
    const asked = { fromMs, toMs: range.asked.toMs };
    const [points, timings, stacks] = await Promise.all([
      analytics.series(asked, bucketMs, filter),
      analytics.timings(asked, bucketMs, filter),
      by === null ? null : analytics.stacks(asked, bucketMs, by, STACKS_MAX, filter),
    ]);
    const starts = bucketStarts(fromMs, range.endMs, bucketMs);
    const pointAt = new Map(points.map((point) => [point.bucketMs, point]));
    const timingAt = new Map(timings.map((timing) => [timing.bucketMs, timing]));
    return {
      range: range.name,
      bucketMs,
      points: starts.map((start) => ({
        ...(pointAt.get(start) ?? NO_TOTALS),
        bucketMs: start,
        latencyMs: timingAt.get(start)?.latencyMs ?? null,
        timeToFirstByteMs: timingAt.get(start)?.timeToFirstByteMs ?? null,
      })),
      stacks: stacks?.map((one) => withoutGaps(one, starts)) ?? null,
    };
  }

  async #cache(parameters: URLSearchParams): Promise<CacheAnswer> {
    const { clock, cacheEnabled, cacheReport } = this.#options;
    const { name, asked } = readRange(parameters, clock.now());
    const report = await cacheReport(asked.fromMs);
    return { range: name, enabled: cacheEnabled, ...report };
  }

  async #requests(parameters: URLSearchParams): Promise<RecentAnswer> {
    const everything = new URLSearchParams({ range: 'all' });
    const isBounded = ['range', 'from', 'to'].some((name) => parameters.has(name));
    const { asked } = readRange(isBounded ? parameters : everything, this.#options.clock.now());
    const sort = oneOf(parameters, 'sort', REQUEST_SORTS, 'time');
    // `before`, an id, is the older name of a page's end.
    const cursor = parameters.get('cursor') ?? parameters.get('before');
    if (cursor !== null) readCursor(cursor, sort);
    return this.#options.analytics.requests({
      range: asked,
      filter: readFilter(parameters),
      sort,
      limit: wholeNumber(parameters, 'limit', RECENT_STANDARD, RECENT_MAX),
      cursor,
    });
  }

  async #request(id: string): Promise<RequestAnswer> {
    const record = await this.#options.analytics.request(id);
    if (record !== null) return { record, stored: await this.#options.stored(id) };
    throw new TokenWatchError('no_data', `No request has the id "${id}".`);
  }

  async #status(): Promise<StatusAnswer> {
    const oldest = await this.#options.oldestMs().catch(() => null);
    const status = this.#options.status();
    return { ...status, isEmpty: oldest === null && status.journal.inFlight === 0 };
  }
}

function withoutGaps({ key, points }: SeriesStack, starts: readonly number[]): StackedSeries {
  const at = new Map(points.map((point) => [point.bucketMs, point]));
  return {
    key,
    costNanoUsd: starts.map((start) => at.get(start)?.costNanoUsd ?? 0),
    requests: starts.map((start) => at.get(start)?.requests ?? 0),
    tokens: starts.map((start) => at.get(start)?.tokens ?? 0),
  };
}

export function onlyGet(method: string, path: string): TokenWatchError {
  return new TokenWatchError('method_not_allowed', `${method} is not known at ${path}, only GET.`, {
    headers: { allow: 'GET, HEAD' },
  });
}

function dimension(text: string, name = 'by'): BreakdownDimension {
  const by = parseDimension(text);
  if (by !== null) return by;
  throw new TokenWatchError('invalid_argument', `${name}="${text}" is not ${DIMENSION_FORM}.`);
}
