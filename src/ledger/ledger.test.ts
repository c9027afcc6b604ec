import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, benchWith, budget, facets, NOTHING } from '../../test/budgets/ledger-bench.ts';
import type { Budget } from './budget.ts';
import type { SpendQuery, SpentSoFar } from './ports.ts';
import { refusalError } from './refusal.ts';

test('a budget refuses when the reserved sum reaches the limit, and admits what fits exactly', async () => {
  const bench = await benchWith([budget()]);
  bench.reserve(600);
  assert.equal(bench.refuse(401).code, 'budget_busy');
  bench.reserve(400);
  assert.equal(bench.refuse(1).code, 'budget_busy');
});

test('a request that one of its budgets refuses reserves nothing in the others', async () => {
  const bench = await benchWith([budget({ id: 'wide', limitNanoUsd: 5000 }), budget({ id: 'narrow' })]);
  bench.refuse(1001);
  assert.deepEqual(
    bench.ledger.standings().map((standing) => standing.reservedNanoUsd),
    [0, 0],
  );
});

test('what costs nothing passes a budget that is used up and more', async () => {
  const bench = await benchWith([budget()]);
  bench.ledger.settle(bench.reserve(1000), 1100);
  bench.refuse(1);
  bench.reserve(0);
});

test('a clock that is put back does not open a period again', async () => {
  const bench = await benchWith([budget()]);
  bench.nowMs += 24 * 3_600_000;
  const { reservedAtMs } = bench.reserve(999);
  bench.nowMs -= 24 * 3_600_000;
  assert.equal(bench.reserve(1).reservedAtMs, reservedAtMs);
  bench.refuse(1);
});

test('a threshold that is no whole nano-dollar is reached above it', async () => {
  const bench = await benchWith([budget({ limitNanoUsd: 999, webhookUrl: 'https://example.com/x' })]);
  bench.ledger.settle(bench.reserve(799), 799);
  assert.equal(bench.crossings.length, 0);
  bench.ledger.settle(bench.reserve(1), 1);
  assert.equal(bench.crossings.length, 1);
});

test('a sum of the store beyond what is told exactly is in force like any other', async () => {
  const bench = new Bench();
  const spent = { ...NOTHING, costNanoUsd: 3 * Number.MAX_SAFE_INTEGER };
  await bench.ledger.configure({ budgets: [budget({ limitNanoUsd: 100 })], kills: [] }, async () => [spent]);
  assert.equal(bench.ask(1).refusal?.code, 'budget_exceeded');
  assert.equal(bench.ledger.standings()[0]?.spentNanoUsd, spent.costNanoUsd);
});

test('a budget that is removed holds nothing back, not even what reserved under it', async () => {
  const bench = await benchWith([budget()]);
  const reservation = bench.reserve(1000);
  await bench.configure([]);
  assert.equal(bench.ledger.extend(reservation, 5000, false), null);
  bench.ledger.settle(reservation, 5000);
  assert.deepEqual(bench.ledger.standings(), []);
});

test('what earlier processes spent under a clock that ran ahead counts; of this one what was before', async () => {
  const bench = new Bench();
  const asked: SpendQuery[] = [];
  const load = async (queries: readonly SpendQuery[]) => {
    asked.push(...queries);
    return queries.map(() => NOTHING);
  };
  const total = budget({ period: 'total' });
  const configure = (budgets: readonly Budget[], anew = false) =>
    bench.ledger.configure({ budgets, kills: [] }, load, anew);
  await configure([total]);
  const startedMs = bench.nowMs;
  bench.nowMs += 3_600_000;
  bench.ledger.settle(bench.reserve(1), 1);
  bench.nowMs = startedMs;
  await configure([total, budget({ id: 'b2', name: 'later', period: 'total' })]);
  await configure([total], true);
  const [start, later, anew] = asked.map(({ toMs }) => toMs);
  assert.deepEqual(
    asked.map(({ own }) => own?.untilMs),
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
  assert.equal(start, Number.POSITIVE_INFINITY);
  // Its own requests are counted up to the one with the clock an hour ahead, and none twice that comes meanwhile.
  for (const toMs of [later, anew]) assert.ok(toMs! > startedMs + 3_600_000 && toMs! < startedMs + 3_600_010);
});

test('a budget whose spending could not be read gives no warnings', async () => {
  const bench = await benchWith([]);
  const half = { budgets: [budget({ action: 'warn', limitNanoUsd: 10 })], kills: [] };
  await assert.rejects(bench.ledger.configure(half, () => Promise.reject(new Error('database is locked'))));
  bench.ledger.settle(bench.reserve(20), 20);
  const answer = bench.ask(1);
  assert.equal(answer.refusal === null && answer.warning, null);
});

test('a refusal names the budget, its figures, and the wait until the period turns', async () => {
  const bench = await benchWith([budget({ limitNanoUsd: 2_000_000_000 })]);
  bench.ledger.settle(bench.reserve(1_500_000_000), 1_500_000_000);
  const error = refusalError(bench.refuse(750_000_000));
  assert.equal(error.status, 429);
  assert.deepEqual([error.headers['retry-after'], error.retryable], [undefined, false]);
  assert.equal(error.headers['x-tokenwatch-budget-remaining'], '0.5');
  assert.equal(error.headers['x-tokenwatch-budget-period-end'], '2026-11-24T00:00:00.000Z');
  assert.match(
    error.message,
    /"daily" allows \$2\.00 \(daily\) until 2026-11-24 00:00 UTC; \$1\.50 is spent.*may cost \$0\.7500.*--name daily --limit/,
  );
});

test('clients are asked to wait for a minute at the most, and then to try again', async () => {
  const bench = await benchWith([budget()]);
  bench.ledger.settle(bench.reserve(1000), 1000);
  for (const [secondsLeft, wait, retry] of [
    [61, undefined, undefined],
    [60, '60', 'true'],
    [1, '1', 'true'],
  ] as const) {
    bench.nowMs = Date.UTC(2026, 10, 24) - secondsLeft * 1000;
    const { headers } = refusalError(bench.refuse(1));
    assert.deepEqual([headers['retry-after'], headers['x-should-retry']], [wait, retry]);
  }
});

test('a budget that others only hold is busy: it is told apart from one that is spent', async () => {
  const bench = await benchWith([budget()]);
  const other = bench.reserve(900);
  const busy = refusalError(bench.refuse(200));
  assert.deepEqual([busy.code, busy.retryable, busy.headers['retry-after']], ['budget_busy', true, '5']);
  assert.match(busy.message, /fits once others have ended/);
  bench.ledger.settle(other, 900);
  assert.equal(bench.refuse(200).code, 'budget_exceeded');
});

test('of several budgets that refuse, the one that ends last is told', async () => {
  const bench = await benchWith([budget(), budget({ id: 'm', name: 'month', period: 'monthly' })]);
  const refusal = bench.refuse(2000);
  assert.equal(refusal.code === 'budget_exceeded' && refusal.standing.budget.name, 'month');
});

test('a total budget refuses without a time to come back', async () => {
  const bench = await benchWith([budget({ period: 'total' })]);
  const error = refusalError(bench.refuse(2000));
  assert.equal(error.headers['retry-after'], undefined);
  assert.equal(error.headers['x-tokenwatch-budget-period-end'], undefined);
});

test('warn and notify budgets refuse nothing', async () => {
  const bench = await benchWith([budget({ action: 'warn' }), budget({ id: 'n', action: 'notify' })]);
  bench.reserve(5000);
});

test('a response warns of the most used budget from its first threshold on', async () => {
  const bench = await benchWith([budget({ action: 'warn' }), budget({ id: 'other', limitNanoUsd: 900 })]);
  const before = bench.ask(799);
  assert.equal(before.refusal === null && before.warning, null);
  bench.ledger.settle(before.reservation!, 799);
  const [wide] = bench.ledger.standings();
  assert.equal(wide?.spentNanoUsd, 799);
  const after = bench.ask(1);
  assert.equal(after.refusal === null && after.warning?.budget.id, 'other');
});

test('a budget whose spending is not loaded yet says nothing and refuses nothing', async () => {
  const bench = new Bench();
  let answer: (spent: readonly SpentSoFar[]) => void = () => {};
  const loading = bench.ledger.configure(
    { budgets: [budget({ limitNanoUsd: 100 })], kills: [] },
    () => new Promise((resolve) => (answer = resolve)),
  );
  bench.ledger.settle(bench.reserve(90), 90);
  assert.deepEqual(
    [bench.ask(20).refusal, (bench.ask(0) as { warning: unknown }).warning, bench.ledger.shareLeft(facets)],
    [null, null, 1],
  );
  assert.deepEqual(bench.ledger.assess({ facets, worstCostNanoUsd: 20, subject: '' }).budgets, []);
  answer([{ ...NOTHING, costNanoUsd: 5 }]);
  await loading;
  assert.equal(bench.ask(20).refusal?.code, 'budget_exceeded');
  assert.equal(bench.ledger.standings()[0]?.spentNanoUsd, 95);
});

test('a threshold is reported once, at the request that reaches it', async () => {
  const bench = await benchWith([budget({ webhookUrl: 'https://example.com/x', thresholds: [50, 80, 100] })]);
  for (let spent = 0; spent < 900; spent += 100) bench.ledger.settle(bench.reserve(100), 100);
  assert.deepEqual(
    bench.crossings.map(({ threshold, spentNanoUsd }) => [threshold, spentNanoUsd]),
    [
      [50, 500],
      [80, 800],
    ],
  );
});

test('spending that the store remembers counts for a new budget, and its thresholds with it', async () => {
  const bench = new Bench();
  await bench.configure([budget({ webhookUrl: 'https://example.com/x' })], [], {
    ...NOTHING,
    costNanoUsd: 900,
  });
  bench.refuse(101);
  bench.reserve(100);
  assert.equal(bench.crossings[0]?.threshold, 80);
});

test('a new limit holds at once and keeps what was spent', async () => {
  const bench = await benchWith([budget()]);
  bench.ledger.settle(bench.reserve(1000), 1000);
  await bench.configure([budget({ limitNanoUsd: 1500 })]);
  bench.reserve(500);
  await bench.configure([budget({ limitNanoUsd: 900 })]);
  bench.refuse(1);
});

test('when the store fails, the earlier budgets stay in force and the next try succeeds', async () => {
  const bench = await benchWith([budget()]);
  const failing = bench.ledger.configure(
    { budgets: [budget({ id: 'b2', limitNanoUsd: 10 })], kills: [] },
    () => Promise.reject(new Error('database is locked')),
  );
  await assert.rejects(failing, /locked/);
  const open = bench.reserve(1000);
  bench.refuse(1);
  await bench.configure([budget({ id: 'b2', limitNanoUsd: 1010 })]);
  bench.refuse(11);
  bench.ledger.settle(open, 0);
  bench.reserve(1010);
});

test('a request of unknown price passes while the budget has anything left, or never, as configured', async () => {
  const lenient = await benchWith([budget()]);
  lenient.ledger.settle(lenient.reserve(null), null);
  lenient.ledger.settle(lenient.reserve(999), 999);
  lenient.ledger.settle(lenient.reserve(null), null);
  lenient.ledger.settle(lenient.reserve(1), 1);
  assert.equal(lenient.refuse(null).code, 'budget_exceeded');
  assert.equal(lenient.ledger.standings()[0]?.unpricedRequests, 2);

  const strict = await benchWith([budget()], { unknownPrice: 'block' });
  const error = refusalError(strict.refuse(null));
  assert.equal(error.code, 'budget_unknown_price');
  assert.match(error.message, /no price is known for model "m".*prices set m .*--name daily --unknown allow/);
  const unbudgeted = await benchWith([budget({ action: 'warn' })], { unknownPrice: 'block' });
  unbudgeted.reserve(null);
});
