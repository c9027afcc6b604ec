// Reports on what was recorded: totals, series, requests, the cache, and how the server is.

import type { Analytics, RequestFilter, SeriesStack } from '../../core/analytics.ts';
import { FILTER_NAMES } from '../../core/analytics.ts';
import type { CacheReport } from '../../core/cache-report.ts';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { RequestRecord } from '../../core/record.ts';
import { checkCursor } from '../../core/request-cursor.ts';
import { deletedWords } from '../../core/retention.ts';
import type { StoredConversation } from '../../core/stored-conversation.ts';
import type { StackedSeries } from '../contract.ts';
import {
  bucketOf,
  bucketStarts,
  NO_TOTALS,
  rangeBefore,
  readRange,
  rowsFrom,
} from '../reports/report-range.ts';
import type { Answer, HandlersOf, Input } from './handlers.ts';

export interface ReportOptions {
  readonly clock: Clock;
  readonly analytics: Analytics;
  readonly status: () => Omit<Answer<'status'>, 'isEmpty'>;
  /** Returns when what has happened is in the store, or when the store takes nothing just now. */
  readonly catchUp: () => Promise<void>;
  /** When the oldest record started; null without one. */
  readonly oldestMs: () => Promise<number | null>;
  readonly cacheEnabled: boolean;
  /** What was said in a request; null where it is not stored. */
  readonly stored: (id: string) => Promise<StoredConversation | null>;
  readonly cacheReport: (sinceMs: number) => Promise<CacheReport>;
  /** What each class of tokens had of its cost; null where that is not known. */
  readonly costsOf: (record: RequestRecord) => Answer<'request'>['costs'];
}

/** Keys of a stacked chart; what they leave is the rest. */
const STACKS_MAX = 6;

export function reportHandlers(
  options: ReportOptions,
): HandlersOf<'stats' | 'timeseries' | 'requests' | 'request' | 'cache' | 'status'> {
  const { analytics, catchUp, clock, cacheEnabled, cacheReport, costsOf, oldestMs, status, stored } = options;
  return {
    stats: async (input) => {
      // A page asks once its socket is open: what ended before must be in the answer.
      await catchUp();
      const { by, limit } = input;
      const range = readRange(input, clock.now());
      const filter = filterOf(input);
      const searchedFromMs = await analytics.searchedFromMs(range.asked, filter);
      // A part of a span is not held against a whole one.
      const before = searchedFromMs === 0 ? rangeBefore(range) : null;
      const [summary, previous, dearest] = await Promise.all([
        analytics.summary(range.asked, filter),
        before === null ? null : analytics.summary(before, filter),
        by === 'session'
          ? analytics.dearestSessions(range.asked, limit, filter)
          : analytics
              .breakdown(range.asked, by, limit, filter)
              .then((all) => ({ rows: all, ofDearest: null })),
      ]);
      const rowsFromMs = filter.text === undefined ? 0 : await rowsFrom(analytics, range.asked);
      return {
        ...{ range: range.name, ...range.asked, summary, previous, by, ...dearest },
        // The thread of the live sockets knows.
        ...{ rowsFromMs, searchedFromMs, counted: null, countedAfter: null },
      };
    },
    timeseries: async (input) => {
      await catchUp();
      return timeseries(options, input);
    },
    requests: async (input) => {
      await catchUp();
      const isBounded = [input.range, input.from, input.to].some((part) => part !== undefined);
      const { asked } = readRange(isBounded ? input : { range: 'all' }, clock.now());
      const { sort, limit } = input;
      const cursor = input.cursor ?? input.before ?? null;
      const filter = filterOf(input);
      if (cursor !== null) checkCursor(cursor, sort, filter.text !== undefined);
      const query = { range: asked, filter, sort, limit, cursor };
      const [page, rowsFromMs] = await Promise.all([analytics.requests(query), rowsFrom(analytics, asked)]);
      return { ...page, rowsFromMs };
    },
    request: async ({ id }) => {
      await catchUp();
      const record = await analytics.request(id);
      if (record !== null) return { record, costs: costsOf(record), stored: await stored(id) };
      const rowsFromMs = await analytics.rowsFromMs();
      const gone = rowsFromMs === 0 ? '' : ` ${deletedWords(rowsFromMs)}`;
      throw new TokenWatchError('no_data', `No request has the id "${id}".${gone}`);
    },
    cache: async (input) => {
      await catchUp();
      const { name, asked } = readRange(input, clock.now());
      return { range: name, enabled: cacheEnabled, ...(await cacheReport(asked.fromMs)) };
    },
    status: async () => {
      const oldest = await oldestMs().catch(() => null);
      const known = status();
      return { ...known, isEmpty: oldest === null && known.journal.inFlight === 0 };
    },
  };
}

async function timeseries(
  { analytics, clock, oldestMs }: ReportOptions,
  input: Input<'timeseries'>,
): Promise<Answer<'timeseries'>> {
  const range = readRange(input, clock.now());
  const filter = filterOf(input);
  const { fromMs, bucketMs } = bucketOf(range, range.name === 'all' ? await oldestMs() : null);
  const asked = { fromMs, toMs: range.asked.toMs };
  const [points, timings, stacks] = await Promise.all([
    analytics.series(asked, bucketMs, filter),
    analytics.timings(asked, bucketMs, filter),
    input.stack === 'none' ? null : analytics.stacks(asked, bucketMs, input.stack, STACKS_MAX, filter),
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

/** What narrows a report, of all that it was asked with. */
export function filterOf(
  input: Readonly<Partial<Record<(typeof FILTER_NAMES)[number], string | undefined>>>,
): RequestFilter {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );
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
