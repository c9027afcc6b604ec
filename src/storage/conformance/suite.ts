// What every store must do, as tests, port by port: a store's own test file calls `testStore` before its extras.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_USAGE } from '../../core/usage.ts';
import type { SpoolLine } from '../../record/spool-line.ts';
import { testBudgets } from './budgets.ts';
import { testCache } from './cache.ts';
import { testExperimentSums } from './experiment-sums.ts';
import { testExperiments } from './experiments.ts';
import { testInterrupted } from './interrupted.ts';
import { testLeases } from './leases.ts';
import { testMemberLeases } from './member-leases.ts';
import {
  assertFigures,
  type Check,
  endOf,
  histories,
  idOf,
  modelOf,
  runs,
  type StoreUnderTest,
  startOf,
} from './model.ts';
import { testPromptArchive } from './prompt-archive.ts';
import { testRequests } from './requests.ts';
import { testRetention } from './retention.ts';
import { testRules } from './rules.ts';
import { testSemantic } from './semantic.ts';
import { testSpans } from './spans.ts';
import { testTexts } from './texts.ts';
import { testTransfer } from './transfer.ts';

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const LIMIT = 1000;

/** `open` opens one as a server does; `openHere` in a cheaper way, where there is one. */
export function testStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  openHere: () => Promise<StoreUnderTest> = open,
): void {
  const checkWith =
    (openOne: () => Promise<StoreUnderTest>): Check =>
    (title, body) => {
      test(`${name}: ${title}`, async () => {
        const store = await openOne();
        try {
          await body(store);
        } finally {
          await store.close();
        }
      });
    };
  const served = checkWith(open);
  testRecords(served);
  testBudgets(served);
  testInterrupted(served);
  testRules(served);
  testCache(served);
  const check = checkWith(openHere);
  testMoney(check);
  testDeletion(check);
  testRequests(check, openHere);
  testSpans(check);
  testRetention(check);
  testExperiments(check, openHere);
  testExperimentSums(check);
  testSemantic(check);
  testPromptArchive(check);
  testTransfer(check);
  testTexts(check);
  testLeases(sharedBy(name, openHere));
  testMemberLeases(sharedBy(name, openHere));
  test(`${name}: every figure is that of a naive model, whatever the order and the repetitions`, async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (batches) => {
        const store = await openHere();
        try {
          for (const batch of batches) await store.take(batch);
          await assertFigures(store.analytics, modelOf(batches.flat()));
        } finally {
          await store.close();
        }
      }),
      { numRuns: runs(40) },
    );
  });
}

/** A store that serves one server alone says so, test by test. */
function sharedBy(name: string, open: () => Promise<StoreUnderTest>): Check {
  return (title, body) => {
    test(`${name}, shared: ${title}`, async (context) => {
      const store = await open();
      try {
        if (store.leases === null) context.skip('this store is not shared');
        else await body(store);
      } finally {
        await store.close();
      }
    });
  };
}

function testRecords(check: Check): void {
  check('a record comes back as it was written, in flight and ended', async ({ analytics, take }) => {
    const start = startOf(1, { unplanned: 'the body is a form', user: 'ada', accessKey: 'ci' });
    await take([{ start }]);
    const [running] = await analytics.recent({ limit: LIMIT });
    assert.deepEqual({ ...running, ...start }, running);
    assert.equal(running?.outcome, 'in_flight');
    const runs = [1, 2].map((inputTokens) => ({
      kind: 'message',
      model: 'a',
      usage: { ...NO_USAGE, inputTokens },
      serviceTier: 'batch',
      speed: null,
      inferenceGeo: 'us',
    }));
    const end = endOf({
      runs,
      attempts: [
        { upstream: 'first', model: 'a', outcome: 'error_status', status: 529, ms: 12.5 },
        { upstream: 'second', model: 'b', outcome: 'answered', status: 200, ms: 3 },
      ],
      upstream: 'https://second.example.com',
      upstreamName: 'second',
      errorCode: 'ü',
      costDoubt: 'long_context',
      timeToFirstByteMs: 1.25,
      usage: { ...NO_USAGE, inputTokens: 3 },
    });
    await take([{ start, end }]);
    assert.deepEqual(await analytics.recent({ limit: LIMIT }), [{ ...start, ...end }]);
  });

  check(
    'the same lines again change nothing, and an end outlives a late start',
    async ({ analytics, take }) => {
      const lines = [{ start: startOf(1) }, { start: startOf(1), end: endOf() }];
      await take(lines);
      const { cursor } = await analytics.changes(0, LIMIT);
      await take(lines);
      await take([{ start: startOf(1) }]);
      await take([{ start: startOf(1), end: endOf({ costNanoUsd: 999 }) }]);
      const records = await analytics.recent({ limit: LIMIT });
      assert.deepEqual(records, [{ ...startOf(1), ...endOf() }]);
      assert.deepEqual((await analytics.changes(cursor, LIMIT)).records, []);
    },
  );

  check(
    'changes are paged oldest first, and a record that changes comes again',
    async ({ analytics, take }) => {
      await take([1, 2, 3].map((number) => ({ start: startOf(number) })));
      const first = await analytics.changes(0, 2);
      assert.deepEqual(
        first.records.map((record) => record.id),
        [idOf(1), idOf(2)],
      );
      await take([{ start: startOf(1), end: endOf() }]);
      const second = await analytics.changes(first.cursor, LIMIT);
      assert.deepEqual(
        second.records.map((record) => [record.id, record.outcome]),
        [
          [idOf(3), 'in_flight'],
          [idOf(1), 'completed'],
        ],
      );
      assert.equal(await analytics.lastChange(), second.cursor);
      assert.deepEqual(await analytics.changes(second.cursor, LIMIT), { records: [], cursor: second.cursor });
    },
  );

  check('recent requests are paged by the last one seen', async ({ analytics, take }) => {
    await take([3, 1, 5, 2, 4].map((number) => ({ start: startOf(number) })));
    const page = await analytics.recent({ limit: 2 });
    assert.deepEqual(
      page.map((record) => record.id),
      [idOf(5), idOf(4)],
    );
    const next = await analytics.recent({ limit: 2, beforeId: idOf(4) });
    assert.deepEqual(
      next.map((record) => record.id),
      [idOf(3), idOf(2)],
    );
  });

  check('what a killed process had in flight is interrupted, at the cost reserved for it', async (store) => {
    await store.take([{ start: startOf(1) }]);
    await store.takeFromKilled([
      { start: { ...startOf(2), reservedNanoUsd: 77 } },
      { start: startOf(3) },
      { start: startOf(3), end: endOf() },
      // What a session came to is told while it runs: nobody knew before.
      { start: { ...startOf(4), reservedNanoUsd: null } },
      { start: { ...startOf(4), reservedNanoUsd: 30 } },
      { start: { ...startOf(4), reservedNanoUsd: 55 } },
    ]);
    const records = await store.analytics.recent({ limit: LIMIT });
    assert.deepEqual(
      records.map((record) => [record.id, record.outcome, record.costNanoUsd]),
      [
        [idOf(4), 'interrupted', 55],
        [idOf(3), 'completed', 100],
        [idOf(2), 'interrupted', 77],
        [idOf(1), 'in_flight', null],
      ],
    );
  });
}

function testMoney(check: Check): void {
  check('usage that is fetched again is charged once, with its first record', async ({ analytics, take }) => {
    const end = endOf({ billingKey: 'response:r', usage: { ...NO_USAGE, outputTokens: 5 } });
    await take([{ start: startOf(2), end }]);
    await take([
      { start: startOf(1), end },
      { start: startOf(3), end },
    ]);
    await take([{ start: startOf(2), end }]);
    const summary = await analytics.summary(ALL);
    assert.deepEqual([summary.requests, summary.costNanoUsd, summary.outputTokens], [3, 100, 5]);
    const charged = (await analytics.recent({ limit: LIMIT })).filter((record) => record.costNanoUsd === 100);
    assert.deepEqual(
      charged.map((record) => record.id),
      [idOf(2)],
    );
  });

  check('a look that finds no usage yet does not take the charge', async ({ analytics, take }) => {
    await take([{ start: startOf(1), end: endOf({ billingKey: 'response:r', costNanoUsd: 0 }) }]);
    const usage = { ...NO_USAGE, outputTokens: 5 };
    await take([{ start: startOf(2), end: endOf({ billingKey: 'response:r', usage }) }]);
    assert.equal((await analytics.summary(ALL)).costNanoUsd, 100);
  });

  check('sums beyond 2^53 nano-dollars are near, and no error', async ({ analytics, take }) => {
    const costNanoUsd = Number.MAX_SAFE_INTEGER;
    await take([1, 2, 3].map((number) => ({ start: startOf(number), end: endOf({ costNanoUsd }) })));
    const { costNanoUsd: sum } = await analytics.summary(ALL);
    assert.ok(Math.abs(sum / (3 * costNanoUsd) - 1) < 1e-12);
    const [row] = await analytics.breakdown(ALL, 'model', LIMIT);
    assert.equal(row?.costNanoUsd, sum);
  });

  check('a line that makes no record does not hold up the others', async ({ analytics, take }) => {
    const bad = { start: { id: idOf(1) }, end: { usage: NO_USAGE } } as unknown as SpoolLine;
    const beyond = { start: startOf(2), end: endOf({ costNanoUsd: 2 ** 60 }) };
    const huge = { start: startOf(3), end: endOf({ costNanoUsd: 1e300 }) };
    await take([bad, beyond, huge, { start: startOf(4), end: endOf() }]);
    assert.deepEqual(
      (await analytics.recent({ limit: LIMIT })).map((record) => record.id),
      [idOf(4)],
    );
  });
}

function testDeletion(check: Check): void {
  check('a reset keeps what is in flight, which then ends', async ({ analytics, take, reset }) => {
    await take([{ start: startOf(1) }, { start: startOf(2), end: endOf() }]);
    assert.equal(await reset(), 1);
    assert.deepEqual(
      (await analytics.recent({ limit: LIMIT })).map((record) => record.id),
      [idOf(1)],
    );
    await take([{ start: startOf(1), end: endOf() }]);
    const summary = await analytics.summary(ALL);
    assert.deepEqual([summary.requests, summary.inFlightRequests, summary.costNanoUsd], [1, 0, 100]);
  });

  check(
    'a reader that keeps its cursor sees what comes after a reset',
    async ({ analytics, take, reset }) => {
      await take([1, 2, 3].map((number) => ({ start: startOf(number), end: endOf() })));
      const cursor = await analytics.lastChange();
      await reset();
      await take([{ start: startOf(4), end: endOf() }]);
      const { records } = await analytics.changes(cursor, LIMIT);
      assert.deepEqual(
        records.map((record) => record.id),
        [idOf(4)],
      );
    },
  );
}
