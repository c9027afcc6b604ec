// What every store must do when it lists requests: filters, orders and pages, and series by key and by time taken.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RequestFilter, RequestSort, RequestsPage } from '../../core/analytics.ts';
import type { RequestRecord } from '../../core/record.ts';
import { NO_USAGE } from '../../core/usage.ts';
import {
  type Check,
  endOf,
  histories,
  idOf,
  LIST_VALUE,
  modelOf,
  percentilesOf,
  runs,
  type StoreUnderTest,
  startOf,
} from './model.ts';

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const BUCKET_MS = 1000;

export function testRequests(check: Check, open: () => Promise<StoreUnderTest>): void {
  check('requests are narrowed by each part of a filter, and by all of them', async ({ analytics, take }) => {
    await take([
      { start: startOf(1, { app: 'chat', tag: 'feature=x,team=a', session: 's1' }), end: endOf() },
      {
        start: startOf(2, {
          app: 'chat',
          tag: 'team=ab',
          session: null,
          modelSent: null,
          modelRequested: 'm_1',
        }),
        end: endOf({ outcome: 'refused', errorCode: 'budget_exceeded', modelUsed: null }),
      },
      { start: startOf(3, { app: 'batch', tag: null, session: 's1', upstreamName: 'backup' }) },
      {
        start: startOf(4, { app: "o'hara", tag: null }),
        end: endOf({ upstreamName: 'backup', modelUsed: 'm%1' }),
      },
    ]);
    const found = async (filter: RequestFilter): Promise<readonly number[]> => {
      const query = { range: ALL, filter, sort: 'time', limit: 10, cursor: null } as const;
      const { records } = await analytics.requests(query);
      return records.map(({ id }) => Number(id.slice(-12)));
    };
    assert.deepEqual(await found({}), [4, 3, 2, 1]);
    assert.deepEqual(await found({ app: 'chat' }), [2, 1]);
    assert.deepEqual(await found({ app: "o'hara" }), [4]);
    assert.deepEqual(await found({ tag: 'team=a' }), [1]);
    assert.deepEqual(await found({ tag: 'feature=x,team=a' }), [1]);
    assert.deepEqual(await found({ session: 's1' }), [3, 1]);
    assert.deepEqual(await found({ model: 'm_1' }), [2]);
    assert.deepEqual(await found({ model: 'a' }), [4, 3, 1]);
    assert.deepEqual(await found({ upstream: 'backup' }), [4, 3]);
    assert.deepEqual(await found({ outcome: 'in_flight' }), [3]);
    assert.deepEqual(await found({ outcome: 'failed' }), [2]);
    assert.deepEqual(await found({ text: 'BUDGET_' }), [2]);
    assert.deepEqual(await found({ text: 'm%1' }), [4]);
    assert.deepEqual(await found({ text: 'm_1' }), [2]);
    assert.deepEqual(await found({ text: "'; drop table requests; --" }), []);
    assert.deepEqual(await found({ app: 'chat', outcome: 'completed' }), [1]);
    const summary = await analytics.summary(ALL, { app: 'chat' });
    assert.deepEqual([summary.requests, summary.costNanoUsd, summary.latencyMs?.p50], [2, 200, 2.5]);
    const [row] = await analytics.breakdown(ALL, 'model', 10, { session: 's1' });
    assert.deepEqual([row?.key, row?.requests], ['a-1', 1]);
    const points = await analytics.series(ALL, BUCKET_MS, { app: 'batch' });
    assert.deepEqual(
      points.map(({ requests }) => requests),
      [1],
    );
  });

  check('sums beyond what is told exactly are near, and no report fails for them', async (store) => {
    const { analytics, take, budgets } = store;
    const costNanoUsd = 2 ** 50 + 1;
    const record = (number: number) => ({
      start: startOf(number, { session: 'dear', app: 'chat' }),
      end: endOf({ costNanoUsd }),
    });
    for (let number = 1; number <= 9; number += 1) await take([record(number)]);
    const isNear = (sum: number | undefined): void =>
      assert.ok(Math.abs((sum ?? 0) / 9 / costNanoUsd - 1) < 1e-9, String(sum));
    isNear((await analytics.summary(ALL)).costNanoUsd);
    isNear((await analytics.summary(ALL, { session: 'dear' })).costNanoUsd);
    isNear((await analytics.breakdown(ALL, 'app', 10))[0]?.costNanoUsd);
    const points = await analytics.series(ALL, 86_400_000);
    isNear(points.reduce((sum, point) => sum + point.costNanoUsd, 0));
    const { rows } = await analytics.sessions(ALL, 10);
    isNear(rows[0]?.costNanoUsd);
    const page = await analytics.requests({ range: ALL, filter: {}, sort: 'cost', limit: 2, cursor: null });
    assert.deepEqual([page.records[0]?.costNanoUsd, page.records.length], [costNanoUsd, 2]);
    const scope = { app: 'chat', model: null, tag: null };
    const [spent] = await budgets.spentSoFar([{ scope, ...ALL, unsettledIds: [] }]);
    isNear(spent?.costNanoUsd);
  });

  check('a session is its requests put together, the dearest first', async ({ analytics, take }) => {
    const begin = startOf(0).startedAtMs;
    await take([
      { start: startOf(1, { session: 'x', app: 'chat' }), end: endOf({ costNanoUsd: 5, latencyMs: 20 }) },
      {
        start: startOf(2, { session: 'x', app: 'tool' }),
        end: endOf({ outcome: 'cached', costNanoUsd: 0, savedNanoUsd: 7, latencyMs: 1 }),
      },
      {
        start: startOf(3, { session: 'x', app: 'chat' }),
        end: endOf({ costNanoUsd: null, outcome: 'timed_out', modelUsed: 'm-3' }),
      },
      { start: startOf(4, { session: 'x', app: 'chat', modelSent: 'm-4' }) },
      { start: startOf(5, { session: 'y', app: 'chat' }), end: endOf({ costNanoUsd: 50 }) },
      { start: startOf(6, { session: null, app: 'chat' }), end: endOf({ costNanoUsd: 900 }) },
    ]);
    const {
      rows: [y, x, ...more],
    } = await analytics.sessions(ALL, 10);
    assert.deepEqual([y?.session, y?.costNanoUsd, y?.otherApps, more.length], ['y', 50, 0, 0]);
    assert.deepEqual(x, {
      session: 'x',
      app: 'chat',
      otherApps: 1,
      model: 'm-4',
      otherModels: 1,
      startedAtMs: begin + 1,
      endedAtMs: begin + 21,
      turns: 4,
      failedTurns: 1,
      inputTokens: 0,
      cacheReadTokens: 0,
      outputTokens: 0,
      costNanoUsd: 5,
      unpricedTurns: 1,
      savedNanoUsd: 7,
      cachedTurns: 1,
      promptCacheSavedNanoUsd: 0,
      promptCacheUnknownTurns: 0,
    });
    assert.deepEqual((await analytics.sessions(ALL, 1)).rows, [y]);
    assert.deepEqual(
      await analytics.sessions(ALL, 9, { app: 'tool' }).then(({ rows }) => rows.map((row) => row.turns)),
      [1],
    );
  });

  check('what a prompt cache saved a session is unknown, not 0, without a price', async (test) => {
    const { analytics, take } = test;
    const cached = { ...NO_USAGE, cacheReadTokens: 9 };
    const turn = (index: number, session: string, saved: number | null, usage = cached) => ({
      start: startOf(index, { session }),
      end: endOf({ usage, promptCacheSavedNanoUsd: saved, costNanoUsd: 10 - index }),
    });
    await take([
      turn(1, 'known', 40),
      turn(2, 'known', -15),
      turn(3, 'known', null),
      turn(4, 'unknown', null),
      turn(5, 'plain', null, NO_USAGE),
      {
        start: startOf(6, { session: 'ours' }),
        end: endOf({ outcome: 'cached', costNanoUsd: 0, savedNanoUsd: null }),
      },
    ]);
    const { rows } = await analytics.sessions(ALL, 10);
    assert.deepEqual(
      rows.map((row) => [
        row.session,
        row.promptCacheSavedNanoUsd,
        row.promptCacheUnknownTurns,
        row.savedNanoUsd,
      ]),
      [
        ['known', 25, 1, 0],
        ['unknown', null, 1, 0],
        ['plain', 0, 0, 0],
        ['ours', 0, 0, null],
      ],
    );
    assert.equal((await analytics.request(idOf(2)))?.promptCacheSavedNanoUsd, -15);
  });

  check('one request is found by its id', async ({ analytics, take }) => {
    await take([{ start: startOf(1), end: endOf() }]);
    assert.deepEqual(await analytics.request(idOf(1)), { ...startOf(1), ...endOf() });
    assert.equal(await analytics.request(idOf(2)), null);
  });

  check(
    'what had no price is told by model and endpoint, with when it began',
    async ({ analytics, take }) => {
      const unknown = endOf({ costNanoUsd: null, modelUsed: null });
      await take([
        { start: startOf(1, { modelRequested: 'x', startedAtMs: 10 }), end: unknown },
        { start: startOf(2, { modelRequested: 'x', startedAtMs: 30 }), end: unknown },
        { start: startOf(3, { modelRequested: null, endpoint: 'videos', startedAtMs: 20 }), end: unknown },
        { start: startOf(4, { modelRequested: 'x' }) },
        { start: startOf(5, { modelRequested: 'x' }), end: endOf() },
      ]);
      assert.deepEqual(await analytics.unpriced(ALL, 10), [
        { model: 'x', endpoint: 'responses', requests: 2, firstMs: 10, lastMs: 30 },
        { model: null, endpoint: 'videos', requests: 1, firstMs: 20, lastMs: 20 },
      ]);
      assert.equal((await analytics.unpriced(ALL, 1)).length, 1);
    },
  );

  check('a cursor that is none is refused', async ({ analytics }) => {
    for (const sort of ['time', 'cost'] as const) {
      const query = { range: ALL, filter: {}, sort, limit: 10, cursor: "1'; --" } as const;
      await assert.rejects(async () => analytics.requests(query), /cursor=/);
    }
  });

  check(
    'pages in every order hold each request once, and series by key and time are a naive model’s',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (batches) => {
          const store = await open();
          try {
            for (const batch of batches) await store.take(batch);
            const model = modelOf(batches.flat());
            for (const sort of ['time', 'cost', 'latency', 'tokens'] as const)
              await assertPages(store, model, sort);
            await assertTimings(store, model);
            await assertStacks(store, model);
          } finally {
            await store.close();
          }
        }),
        { numRuns: runs(20) },
      );
    },
  );
}

async function assertPages(
  { analytics }: StoreUnderTest,
  model: readonly RequestRecord[],
  sort: RequestSort,
): Promise<void> {
  const ids: string[] = [];
  let page: RequestsPage | null = null;
  do {
    const cursor: string | null = page?.nextCursor ?? null;
    page = await analytics.requests({ range: ALL, filter: {}, sort, limit: 3, cursor });
    ids.push(...page.records.map(({ id }) => id));
  } while (page.nextCursor !== null);
  const value = LIST_VALUE[sort];
  const expected = model.toSorted(
    (a, b) => value(b) - value(a) || b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1),
  );
  assert.deepEqual(
    ids,
    expected.map(({ id }) => id),
    sort,
  );
}

const bucketOf = ({ startedAtMs }: RequestRecord): number => startedAtMs - (startedAtMs % BUCKET_MS);

async function assertTimings({ analytics }: StoreUnderTest, model: readonly RequestRecord[]): Promise<void> {
  const ended = model.filter(({ outcome }) => outcome !== 'in_flight');
  const expected = [...Map.groupBy(ended, bucketOf)]
    .map(([bucketMs, records]) => ({
      bucketMs,
      latencyMs: percentilesOf(records.map(({ latencyMs }) => latencyMs)),
      timeToFirstByteMs: percentilesOf(records.flatMap(({ timeToFirstByteMs }) => timeToFirstByteMs ?? [])),
    }))
    .sort((a, b) => a.bucketMs - b.bucketMs);
  assert.deepEqual(await analytics.timings(ALL, BUCKET_MS), expected);
}

async function assertStacks({ analytics }: StoreUnderTest, model: readonly RequestRecord[]): Promise<void> {
  const stacks = await analytics.stacks(ALL, BUCKET_MS, 'app', 5);
  const rows = await analytics.breakdown(ALL, 'app', 5);
  assert.deepEqual(
    stacks.map(({ key, points }) => [
      key,
      points.reduce((sum, point) => sum + point.requests, 0),
      points.reduce((sum, point) => sum + point.costNanoUsd, 0),
      points.reduce((sum, point) => sum + point.tokens, 0),
    ]),
    rows.map((row) => [row.key, row.requests, row.costNanoUsd, row.inputTokens + row.outputTokens]),
  );
  for (const { key, points } of stacks) {
    const own = Map.groupBy(
      model.filter(({ app }) => app === key),
      bucketOf,
    );
    assert.deepEqual(
      points.map(({ bucketMs, requests }) => [bucketMs, requests]),
      [...own]
        .map(([bucketMs, records]) => [bucketMs, records.length])
        .sort(([a = 0], [b = 0]) => Number(a) - Number(b)),
    );
  }
  assert.equal((await analytics.stacks(ALL, BUCKET_MS, 'app', 1)).length, Math.min(1, rows.length));
}
