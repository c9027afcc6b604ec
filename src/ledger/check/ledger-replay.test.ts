import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlierOf } from '../book/budget-history.ts';
import type { Budget } from '../budget.ts';
import { LedgerReplay, type ReplayedRecord } from './ledger-replay.ts';

const HOUR_MS = 3_600_000;
const BUDGET: Budget = {
  id: 'b',
  name: 'hourly',
  limitNanoUsd: 100,
  period: 'hourly',
  scope: { app: 'shop', model: null, tag: null },
  action: 'block',
  thresholds: [80],
  webhookUrl: null,
  webhookSecret: null,
  createdAtMs: 0,
};

const record = (id: string, startedAtMs: number, more: Partial<ReplayedRecord> = {}): ReplayedRecord => ({
  id,
  startedAtMs,
  reservedAtMs: null,
  reservedNanoUsd: 50,
  costNanoUsd: 40,
  listCostNanoUsd: null,
  latencyMs: 10,
  outcome: 'completed',
  app: 'shop',
  tag: null,
  user: null,
  session: null,
  accessKey: null,
  modelRequested: 'm',
  modelSent: null,
  modelUsed: 'm',
  runs: null,
  ...more,
});

function replayed(records: readonly ReplayedRecord[], budgets: readonly Budget[] = [BUDGET], sinceMs = 0) {
  const replay = new LedgerReplay(budgets, 'UTC', sinceMs);
  for (const each of records) replay.add(each);
  return replay.periods();
}

test('what was spent and set aside is recomputed, up to the limit and no further', () => {
  const [period, ...rest] = replayed([record('a', 0), record('b', 5), record('c', 30, { costNanoUsd: 20 })]);
  assert.deepEqual(rest, []);
  assert.equal(period?.spentNanoUsd, 100);
  // Both at once, then 80 spent and 50 set aside for what ended at 20.
  assert.equal(period?.mostHeldNanoUsd, 130);
  assert.equal(period?.over, null);
});

test('the first moment over the limit is found, in the order in which requests ended', () => {
  const slow = record('slow', 0, { latencyMs: 1000, costNanoUsd: 61 });
  const [period] = replayed([slow, record('a', 5), record('late', 2000, { costNanoUsd: 9 })]);
  assert.deepEqual(period?.over, {
    requestId: 'slow',
    atMs: 1000,
    spentNanoUsd: 101,
    costNanoUsd: 61,
    reservedNanoUsd: 50,
  });
  assert.deepEqual([period?.overruns, period?.overrunNanoUsd], [1, 11]);
});

test('a request is paid by the period in which it reserved; refused ones and other scopes by none', () => {
  const periods = replayed([
    record('a', HOUR_MS - 5),
    record('b', HOUR_MS - 5, { reservedAtMs: HOUR_MS }),
    record('refused', 0, { outcome: 'refused', costNanoUsd: 0 }),
    record('other', 0, { app: 'elsewhere', costNanoUsd: 1000 }),
  ]);
  assert.deepEqual(
    periods.map(({ periodStartMs, requests, spentNanoUsd }) => [periodStartMs, requests, spentNanoUsd]),
    [
      [0, 1, 40],
      [HOUR_MS, 1, 40],
    ],
  );
});

test('a budget is held against the limit of its time', () => {
  const raised = { ...BUDGET, limitNanoUsd: 200 };
  const changed = { ...raised, earlier: earlierOf(BUDGET, raised, 60) };
  const early = [record('a', 0), record('b', 10), record('c', 30)];
  assert.equal(replayed(early, [changed])[0]?.over?.requestId, 'c', '120 of 100, before it was raised');
  const later = [record('a', 0), record('b', 10), record('c', 70)];
  assert.ok(replayed(later, [changed]).every(({ over }) => over === null));
});

test('what began before a budget was set is counted, and is not its fault', () => {
  const late = { ...BUDGET, createdAtMs: 50 };
  const [period] = replayed([record('a', 0, { costNanoUsd: 500, latencyMs: 100 })], [late]);
  assert.deepEqual([period?.spentNanoUsd, period?.over], [500, null]);
  const [next] = replayed(
    [record('a', 0, { costNanoUsd: 500 }), record('b', 60, { costNanoUsd: 1 })],
    [late],
  );
  assert.equal(next?.over?.requestId, 'b');
});

test('of a budget that is changed all the time the latest definitions are remembered', () => {
  let changed: Budget = BUDGET;
  for (let atMs = 1; atMs <= 250; atMs += 1) {
    const next = { ...changed, limitNanoUsd: changed.limitNanoUsd + 1 };
    changed = { ...next, earlier: earlierOf(changed, next, atMs) };
  }
  const untils = changed.earlier?.map(({ untilMs }) => untilMs);
  assert.deepEqual([untils?.length, untils?.at(-1)], [200, 250]);
});

test('an unknown cost is counted apart, and a definition that limits nothing is not kept', () => {
  const [period] = replayed([record('a', 0, { costNanoUsd: null })]);
  assert.deepEqual([period?.unpriced, period?.spentNanoUsd], [1, 0]);
  const [known] = replayed([
    record('a', 0, { costNanoUsd: null, listCostNanoUsd: 70 }),
    record('b', 5, { costNanoUsd: null, listCostNanoUsd: 31, reservedNanoUsd: null }),
  ]);
  assert.deepEqual([known?.unpriced, known?.spentNanoUsd, known?.overruns], [2, 101, 0]);
  assert.deepEqual([known?.over?.requestId, known?.over?.isLeast], ['b', true]);
  assert.deepEqual(earlierOf(BUDGET, { ...BUDGET, thresholds: [50] }, 10), []);
  assert.deepEqual(replayed([record('a', 0)], [{ ...BUDGET, action: 'warn' }]), []);
});

test('each session of a budget by session has the limit for itself', () => {
  const each: Budget = { ...BUDGET, per: 'session' };
  const periods = replayed(
    [
      record('a', 0, { session: 'one', costNanoUsd: 90 }),
      record('b', 5, { session: 'two', costNanoUsd: 101 }),
    ],
    [each],
  );
  assert.deepEqual(
    periods.map(({ of, over }) => [of, over?.requestId ?? null]),
    [
      ['one', null],
      ['two', 'b'],
    ],
  );
});

test('a raise counts while it lasts', () => {
  const raise = { byNanoUsd: 50, fromMs: 10, untilMs: 100, who: 'me' };
  const records = [record('a', 0, { costNanoUsd: 140 }), record('b', 200, { costNanoUsd: 1 })];
  assert.equal(replayed(records, [{ ...BUDGET, raises: [raise] }])[0]?.over?.requestId, 'b');
});

test('what deleted requests spent in a period counts from its start', () => {
  const replay = new LedgerReplay([BUDGET, { ...BUDGET, name: 'each', per: 'session' }], 'UTC', 0);
  replay.add(record('a', HOUR_MS + 5, { costNanoUsd: 70, session: 's' }));
  replay.add(record('b', 40 * HOUR_MS, { costNanoUsd: 70 }));
  const openings = replay.openings(HOUR_MS + 1);
  assert.deepEqual(
    openings.map(({ query: { per, fromMs, toMs, deletedOnly } }) => [per, fromMs, toMs, deletedOnly]),
    [
      [null, HOUR_MS, 2 * HOUR_MS, true],
      ['session', HOUR_MS, 2 * HOUR_MS, true],
    ],
  );
  const spent = { costNanoUsd: 40, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
  for (const opening of openings)
    replay.opened(opening, { ...spent, shares: [{ ...spent, share: 's', costNanoUsd: 10 }] });
  assert.deepEqual(
    replay
      .periods()
      .map((period) => [period.budget, period.spentNanoUsd, period.deletedNanoUsd, period.over?.requestId]),
    [
      ['each', 80, 10, undefined],
      ['each', 70, 0, undefined],
      ['hourly', 110, 40, 'a'],
      ['hourly', 70, 0, undefined],
    ],
  );
});
