// What a request has reserved, from its beginning to its end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, benchWith, budget, facets } from '../../test/budgets/ledger-bench.ts';
import type { Kill } from './budget.ts';
import { refusalError } from './refusal.ts';

test('settling frees what was not used, and settling for nothing frees it all', async () => {
  const bench = await benchWith([budget()]);
  const [first, second] = [bench.reserve(500), bench.reserve(500)];
  bench.ledger.settle(first, 100);
  bench.ledger.settle(second, 0);
  const [standing] = bench.ledger.standings();
  assert.deepEqual([standing?.spentNanoUsd, standing?.reservedNanoUsd], [100, 0]);
  bench.reserve(900);
});

test('a request that costs more than it reserved is charged in full, and the overrun is counted', async () => {
  const bench = await benchWith([budget()]);
  bench.ledger.settle(bench.reserve(1000), 1300);
  const [standing] = bench.ledger.standings();
  assert.deepEqual(
    [standing?.spentNanoUsd, standing?.overrunNanoUsd, standing?.remainingNanoUsd],
    [1300, 300, 0],
  );
});

test('a request is paid by the period in which it reserved, also when it ends in a later one', async () => {
  const bench = await benchWith([budget()]);
  const late = bench.reserve(1000);
  bench.nowMs += 24 * 3_600_000;
  bench.reserve(1000);
  bench.ledger.settle(late, 1000);
  const [standing] = bench.ledger.standings();
  assert.deepEqual([standing?.spentNanoUsd, standing?.reservedNanoUsd], [0, 1000]);
});

test('a stream begins with what remains, and takes more while there is more', async () => {
  const bench = await benchWith([budget()]);
  const stream = (worst: number, least: number) =>
    bench.ledger.reserve({ id: 's', facets, worstCostNanoUsd: worst, leastCostNanoUsd: least, subject: '' });
  const first = stream(600, 100).reservation;
  const second = stream(600, 100).reservation;
  assert.deepEqual([first?.reservedNanoUsd, second?.reservedNanoUsd], [600, 400]);
  assert.ok(first && second);
  assert.equal(stream(600, 1).refusal?.code, 'budget_busy');
  assert.equal(bench.ledger.grow(second, 401, 500)?.code, 'budget_busy');
  bench.ledger.settle(first, 300);
  assert.equal(bench.ledger.grow(second, 401, 5000), null);
  assert.equal(second.reservedNanoUsd, 700);
  assert.equal(bench.ledger.grow(second, 701, 800)?.code, 'budget_exceeded');
  assert.equal(bench.ledger.grow(second, 10, 20), null);
  assert.equal(second.reservedNanoUsd, 700);
});

test('a kill switch refuses what it matches and cuts what is in flight, until it is removed', async () => {
  const bench = await benchWith([]);
  const { reservation } = bench.ask(5);
  const other = bench.ask(5, { ...facets, app: 'other' }).reservation;
  const cut: string[] = [];
  reservation!.onCut = (refusal) => cut.push(refusal.code);
  other!.onCut = () => cut.push('the other too');
  const kill: Kill = { id: 'k1', scope: { app: 'agent', model: null, tag: null }, createdAtMs: 0 };
  await bench.configure([], [kill]);
  assert.deepEqual(cut, ['budget_killed']);
  assert.equal(bench.refuse(0).code, 'budget_killed');
  assert.ok(bench.ask(0, { ...facets, app: 'other' }).reservation);
  assert.match(refusalError(bench.refuse(0)).message, /stopped app agent .*budget resume/);
  await bench.configure([], []);
  bench.reserve(0);
});

test('a settled reservation lets go of what would have cut it', async () => {
  const bench = await benchWith([budget()]);
  const reservation = bench.reserve(400);
  reservation.onCut = () => assert.fail('a settled request was cut');
  bench.ledger.settle(reservation, 300);
  assert.equal(reservation.onCut, null);
});

test('a reservation grows while the budget holds it, and is refused or forced beyond', async () => {
  const bench = await benchWith([budget()]);
  const reservation = bench.reserve(400);
  assert.equal(bench.ledger.extend(reservation, 300, false), null);
  assert.equal(bench.ledger.extend(reservation, 1000, false), null);
  assert.equal(bench.ledger.extend(reservation, 1001, false)?.code, 'budget_exceeded');
  assert.equal(bench.ledger.standings()[0]?.reservedNanoUsd, 1000);
  assert.equal(bench.ledger.extend(reservation, 1500, true), null);
  bench.ledger.settle(reservation, 1500);
  assert.deepEqual(
    bench.ledger.standings().map((standing) => [standing.spentNanoUsd, standing.reservedNanoUsd]),
    [[1500, 0]],
  );
});

test('a reservation that is settled twice is a fault of the program', async () => {
  const bench = await benchWith([budget()]);
  const reservation = bench.reserve(1);
  bench.ledger.settle(reservation, 1);
  assert.throws(() => bench.ledger.settle(reservation, 1), RangeError);
});

test('what a session paid while it ran is not paid again at its end, nor given back', async () => {
  const bench = new Bench();
  await bench.configure([budget()]);
  const spent = () => bench.ledger.standings()[0]!;
  const session = bench.reserve(null);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 300, isUnknown: false }]), null);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 500, isUnknown: false }]), null);
  assert.equal(spent().spentNanoUsd, 500);
  bench.ledger.settle(session, 700, 'gpt-4o');
  assert.equal(spent().spentNanoUsd, 700);
  // Its end may not be known: what was paid stays.
  const unknown = bench.reserve(null);
  assert.equal(bench.ledger.pay(unknown, [{ model: 'gpt-4o', nanoUsd: 200, isUnknown: false }]), null);
  bench.ledger.settle(unknown, null, 'gpt-4o');
  assert.deepEqual([spent().spentNanoUsd, spent().unpricedRequests], [900, 1]);
  const last = bench.reserve(null);
  const refusal = bench.ledger.pay(last, [{ model: 'gpt-4o', nanoUsd: 150, isUnknown: false }]);
  assert.equal(refusal?.code, 'budget_exceeded');
  bench.ledger.settle(last, 150, 'gpt-4o');
  assert.equal(spent().spentNanoUsd, 1050);
  assert.equal(bench.ledger.pay(last, [{ model: 'gpt-4o', nanoUsd: 9000, isUnknown: false }]), null);
  assert.equal(spent().spentNanoUsd, 1050);
});

test('a session is not ended by what others have only set aside', async () => {
  const bench = await benchWith([budget()]);
  const session = bench.reserve(null);
  const other = bench.reserve(900);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 300, isUnknown: false }]), null);
  bench.ledger.settle(other, 600);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 399, isUnknown: false }]), null);
  assert.equal(
    bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 400, isUnknown: false }])?.code,
    'budget_exceeded',
  );
});

test('a session pays by the budgets of the model that answers it, and of none that does not', async () => {
  const scope = { app: null, model: 'gpt-4o-mini', tag: null };
  const bench = await benchWith([budget(), budget({ id: 'b2', name: 'mini', scope })]);
  const spent = () => bench.ledger.standings().map(({ spentNanoUsd }) => spentNanoUsd);
  const session = bench.reserve(null);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o', nanoUsd: 300, isUnknown: false }]), null);
  assert.deepEqual(spent(), [300, 0]);
  assert.equal(bench.ledger.pay(session, [{ model: 'gpt-4o-mini', nanoUsd: 400, isUnknown: false }]), null);
  assert.deepEqual(spent(), [400, 400]);
  bench.ledger.settle(session, 500, 'gpt-4o-mini');
  assert.deepEqual(spent(), [500, 500]);
});
