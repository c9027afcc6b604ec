// What every store must do with reports on long spans, which it may read from sums that it keeps: they are those of the
// records, whatever the span, the filter and the order in which records came, ended late or were deleted.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Analytics,
  type BreakdownDimension,
  type Percentiles,
  REQUEST_SORTS,
  type RequestFilter,
  type RequestsPage,
  type RequestsQuery,
  type TimeRange,
} from '../../core/analytics.ts';
import type { RequestRecord, RequestStart } from '../../core/record.ts';
import { NO_USAGE } from '../../core/usage.ts';
import {
  type Check,
  endOf,
  keyOf,
  LIST_VALUE,
  percentilesOf,
  runs,
  type StoreUnderTest,
  startOf,
  totalsOf,
} from './model.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A midnight, UTC. */
const BASE_MS = 20_000 * DAY_MS;
/** What percentiles may be off by. */
const TOLERANCE = 0.025;
/** More than there are applications or sessions. */
const STACKED_MAX = 9;

/** Moments that lie on, before and behind the ends of minutes, hours and days. */
const moment = fc
  .tuple(
    fc.integer({ min: 0, max: 4 }),
    fc.constantFrom(0, 1, 12, 23),
    fc.constantFrom(0, 14, 15, 59),
    fc.constantFrom(0, 1, 59_999),
  )
  .map(([day, hour, minute, ms]) => BASE_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + ms);

const request = fc.record({
  startedAtMs: moment,
  fate: fc.constantFrom(
    'completed',
    'completed',
    'upstream_error',
    'cached',
    'interrupted',
    'late',
    'in_flight',
  ),
  app: fc.constantFrom('app', 'tool'),
  tag: fc.constantFrom('team=a', 'feature=x,team=b', null),
  session: fc.constantFrom('s1', 's2', null),
  modelUsed: fc.constantFrom('m1', 'm2', null),
  upstreamName: fc.constantFrom('backup', null),
  accessKey: fc.constantFrom('ci', null),
  cost: fc.option(fc.oneof(fc.constantFrom(0, 5), fc.integer({ min: 0, max: 1e9 }))),
  outputTokens: fc.constantFrom(0, 7, 300),
  latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 60_000, noNaN: true })),
  firstByteMs: fc.option(fc.double({ min: 0.001, max: 5000, noNaN: true })),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const span = fc.tuple(moment, moment).map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) + 1 }));
const PARTS: readonly RequestFilter[] = [
  { app: 'app' },
  { tag: 'team=b' },
  { model: 'm1' },
  { upstream: 'backup' },
  { outcome: 'failed' },
  { outcome: 'completed' },
  { session: 's1' },
  { key: 'ci' },
];
const DIMENSIONS: readonly BreakdownDimension[] = [
  'model',
  'app',
  'tag',
  'session',
  'outcome',
  'upstream',
  'key',
  'tag:team',
];

/** What is asked of a span besides its totals: each run a part of it, since a database answers some hundred a second. */
const looks = fc.record({
  by: fc.subarray([...DIMENSIONS], { minLength: 2, maxLength: 3 }),
  bucketMs: fc.constantFrom(MINUTE_MS, HOUR_MS, DAY_MS),
});
type Looks = typeof looks extends fc.Arbitrary<infer T> ? T : never;

/** None, one part, or some. */
const filter: fc.Arbitrary<RequestFilter> = fc.oneof(
  fc.constantFrom<RequestFilter>({}, ...PARTS),
  fc.subarray([...PARTS], { minLength: 2, maxLength: 3 }).map((parts) => Object.assign({}, ...parts)),
);

export function testSpans(check: Check): void {
  check('reports on any span are those of its records', async (store) => {
    let first = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 15 }),
        looks,
        fc.array(fc.tuple(span, filter, looks, fc.constantFrom(...REQUEST_SORTS)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (requests, looksAtAll, questions) => {
          await store.reset();
          // What is in flight cannot be deleted: each run lies in days of its own.
          first += 100;
          const shiftMs = first * DAY_MS;
          const records = await take(store, requests, first, shiftMs);
          const all = { fromMs: BASE_MS + shiftMs, toMs: BASE_MS + shiftMs + 9 * DAY_MS };
          await assertReports(store, records, all, {}, looksAtAll);
          await assertList(store, records, { range: all, filter: {}, sort: 'cost' });
          for (const [{ fromMs, toMs }, wanted, wantedLooks, sort] of questions) {
            const range = { fromMs: fromMs + shiftMs, toMs: toMs + shiftMs };
            await assertReports(store, records, range, wanted, wantedLooks);
            await assertList(store, records, { range, filter: wanted, sort });
            await assertList(store, records, { range, filter: { ...wanted, text: 'TEAM=B' }, sort: 'time' });
          }
        },
      ),
      { numRuns: runs(25) },
    );
  });

  check('after a reset reports hold what came later, and what was in flight', async (store) => {
    const at = (number: number): RequestStart => startOf(number, { startedAtMs: BASE_MS + number });
    await store.take([{ start: at(1) }, { start: at(2), end: endOf() }]);
    await store.reset();
    await store.take([
      { start: at(1), end: endOf({ costNanoUsd: 5 }) },
      { start: at(3), end: endOf({ costNanoUsd: 7 }) },
    ]);
    const { requests, costNanoUsd } = await store.analytics.summary({ fromMs: 0, toMs: BASE_MS + DAY_MS });
    assert.deepEqual([requests, costNanoUsd], [2, 12]);
  });
}

/** In the order in which a server and its successor would write them. */
async function take(
  store: StoreUnderTest,
  requests: readonly Request[],
  first: number,
  shiftMs: number,
): Promise<readonly RequestRecord[]> {
  // As in traffic, ids come in the order of time.
  const inTime = requests.toSorted((one, other) => one.startedAtMs - other.startedAtMs);
  const each = inTime.map((given, index) => {
    const start = startOf(first * 1000 + index, {
      startedAtMs: given.startedAtMs + shiftMs,
      app: given.app,
      tag: given.tag,
      session: given.session,
      upstreamName: given.upstreamName,
      accessKey: given.accessKey,
      reservedNanoUsd: 77,
    });
    const outcome = given.fate === 'upstream_error' || given.fate === 'cached' ? given.fate : 'completed';
    const end = endOf({
      outcome,
      modelUsed: given.modelUsed,
      upstreamName: given.upstreamName,
      costNanoUsd: given.cost,
      latencyMs: given.latencyMs,
      timeToFirstByteMs: given.firstByteMs,
      usage: { ...NO_USAGE, outputTokens: given.outputTokens },
    });
    return { fate: given.fate, start, end };
  });
  const killed = each.filter(({ fate }) => fate === 'interrupted' || fate === 'late');
  await store.takeFromKilled(killed.map(({ start }) => ({ start })));
  // An end that was still on its way when its record was marked interrupted.
  const ends = each.filter(({ fate }) => fate !== 'interrupted' && fate !== 'in_flight');
  await store.take(ends.map(({ start, end }) => ({ start, end })));
  await store.take(ends.map(({ start, end }) => ({ start, end })));
  await store.take(each.filter(({ fate }) => fate === 'in_flight').map(({ start }) => ({ start })));
  return each.map(({ fate, start, end }): RequestRecord => {
    const pending = endOf({ costNanoUsd: null, modelUsed: null, latencyMs: 0, timeToFirstByteMs: null });
    const unknown = { ...pending, ...start, usageSource: 'none' } as const;
    if (fate === 'in_flight') return { ...unknown, outcome: 'in_flight' };
    return fate === 'interrupted'
      ? { ...unknown, outcome: 'interrupted', costNanoUsd: 77 }
      : { ...start, ...end };
  });
}

/** Page by page: every request that matches is there once, in its place. */
async function assertList(
  { analytics }: StoreUnderTest,
  records: readonly RequestRecord[],
  query: Pick<RequestsQuery, 'range' | 'filter' | 'sort'>,
): Promise<void> {
  const { range, filter: wanted, sort } = query;
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: RequestsPage = await analytics.requests({ ...query, limit: 6, cursor });
    ids.push(...page.records.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const value = LIST_VALUE[sort];
  const expected = records
    .filter(
      (record) =>
        record.startedAtMs >= range.fromMs && record.startedAtMs < range.toMs && matches(record, wanted),
    )
    .toSorted(
      (one, other) =>
        value(other) - value(one) || other.startedAtMs - one.startedAtMs || (one.id < other.id ? 1 : -1),
    );
  assert.deepEqual(
    ids,
    expected.map(({ id }) => id),
    `by ${sort}, ${JSON.stringify(wanted)}`,
  );
}

async function assertReports(
  { analytics }: StoreUnderTest,
  records: readonly RequestRecord[],
  range: TimeRange,
  wanted: RequestFilter,
  { by: dimensions, bucketMs }: Looks,
): Promise<void> {
  const within = records.filter(
    (record) =>
      record.startedAtMs >= range.fromMs && record.startedAtMs < range.toMs && matches(record, wanted),
  );
  const { latencyMs, timeToFirstByteMs, ...totals } = await analytics.summary(range, wanted);
  assert.deepEqual(totals, totalsOf(within));
  assertTimes(within, latencyMs, timeToFirstByteMs);
  for (const by of dimensions) {
    const rows = await analytics.breakdown(range, by, 100, wanted);
    assert.deepEqual(sorted(rows), sorted(groups(within, by)), by);
  }
  const { rows: sessions } = await analytics.sessions(range, 100, wanted);
  assert.deepEqual(
    sessions.map((row) => [row.session, row.turns, row.costNanoUsd]).sort(),
    groups(within, 'session')
      .flatMap((row) => (row.key === null ? [] : [[row.key, row.requests, row.costNanoUsd]]))
      .sort(),
  );
  const bucketOf = (record: RequestRecord): number => record.startedAtMs - (record.startedAtMs % bucketMs);
  const buckets = [...Map.groupBy(within, bucketOf)].sort(([a], [b]) => a - b);
  assert.deepEqual(
    await analytics.series(range, bucketMs, wanted),
    buckets.map(([at, own]) => ({ ...totalsOf(own), bucketMs: at })),
  );
  const timings = await analytics.timings(range, bucketMs, wanted);
  const ended = buckets.filter(([, own]) => own.some(({ outcome }) => outcome !== 'in_flight'));
  assert.deepEqual(
    timings.map((point) => point.bucketMs),
    ended.map(([at]) => at),
  );
  for (const [index, [, own]] of ended.entries())
    assertTimes(own, timings[index]?.latencyMs ?? null, timings[index]?.timeToFirstByteMs ?? null);
  await assertStacked(analytics, within, { range, bucketMs, wanted, by: 'app' });
  await assertStacked(analytics, within, { range, bucketMs, wanted, by: 'session' });
}

interface Stacked {
  readonly range: TimeRange;
  readonly bucketMs: number;
  readonly wanted: RequestFilter;
  readonly by: 'app' | 'session';
}

async function assertStacked(
  analytics: Analytics,
  within: readonly RequestRecord[],
  { range, bucketMs, wanted, by }: Stacked,
): Promise<void> {
  const stacks = await analytics.stacks(range, bucketMs, by, STACKED_MAX, wanted);
  assert.deepEqual(
    stacks.map(({ points }) => points.reduce((sum, point) => sum + point.costNanoUsd, 0)),
    groups(within, by)
      .map((row) => row.costNanoUsd)
      .sort((one, other) => other - one)
      .slice(0, STACKED_MAX),
  );
  for (const { key, points } of stacks) {
    const own = Map.groupBy(
      within.filter((record) => record[by] === key),
      ({ startedAtMs }) => startedAtMs - (startedAtMs % bucketMs),
    );
    assert.deepEqual(
      points.map((point) => [point.bucketMs, point.requests, point.costNanoUsd]),
      [...own]
        .map(([atMs, records]) => [atMs, records.length, totalsOf(records).costNanoUsd])
        .sort(([one = 0], [other = 0]) => one - other),
    );
  }
}

function matches(
  record: RequestRecord,
  { app, tag, model, upstream, outcome, session, key, text }: RequestFilter,
): boolean {
  const isFailed = !['completed', 'cached', 'in_flight'].includes(record.outcome);
  return (
    // It stands in tags alone.
    (text === undefined || (record.tag ?? '').includes(text.toLowerCase())) &&
    (app === undefined || record.app === app) &&
    (session === undefined || record.session === session) &&
    (key === undefined || record.accessKey === key) &&
    (tag === undefined || `,${record.tag},`.includes(`,${tag},`)) &&
    (model === undefined || [record.modelRequested, record.modelSent, record.modelUsed].includes(model)) &&
    (upstream === undefined || record.upstreamName === upstream) &&
    (outcome === undefined || (outcome === 'failed' ? isFailed : record.outcome === outcome))
  );
}

function groups(records: readonly RequestRecord[], by: BreakdownDimension) {
  return [...Map.groupBy(records, (record) => keyOf(record, by))].map(([key, own]) => ({
    ...totalsOf(own),
    key,
  }));
}

const sorted = <T extends { readonly key: string | null }>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => String(a.key).localeCompare(String(b.key)));

function assertTimes(
  records: readonly RequestRecord[],
  latency: Percentiles | null,
  firstByte: Percentiles | null,
): void {
  const ended = records.filter(({ outcome }) => outcome !== 'in_flight');
  assertNear(latency, percentilesOf(ended.map(({ latencyMs }) => latencyMs)));
  assertNear(firstByte, percentilesOf(ended.flatMap(({ timeToFirstByteMs }) => timeToFirstByteMs ?? [])));
}

function assertNear(actual: Percentiles | null, expected: Percentiles | null): void {
  if (expected === null || actual === null) {
    assert.equal(actual, expected);
    return;
  }
  for (const name of ['p50', 'p95', 'p99'] as const) {
    const off = Math.abs(actual[name] - expected[name]);
    assert.ok(off <= expected[name] * TOLERANCE + 0.01, `${name}: ${actual[name]} for ${expected[name]}`);
  }
}
