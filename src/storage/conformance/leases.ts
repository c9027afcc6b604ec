// What every store must do that several instances share: hand out leases on hard budgets, as lease-desk.ts tells.

import assert from 'node:assert/strict';
import type { Scope } from '../../ledger/budget.ts';
import type { LeaseAnswer, LeaseBank, LeaseClaim, LeaseGrant } from '../../ledger/leases/lease-ports.ts';
import { type Check, endOf, type StoreUnderTest, startOf } from './model.ts';

const ANY: Scope = { app: null, model: null, tag: null };
export const WINDOW = {
  key: 'b1/0/k',
  startMs: 0,
  endMs: 4e12,
  scope: ANY,
  limitNanoUsd: 1000,
  member: null,
};
const NOTHING = { spentNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
export const IDLE: LeaseClaim = {
  ...{ window: WINDOW, ...NOTHING },
  ...{ keptNanoUsd: 0, neededNanoUsd: 0, leastNanoUsd: 0, aheadNanoUsd: 0, isDone: false },
};
export const LOOK = { areRecordsIn: false, holdsMembers: false, isLast: false };
export const name = (id: string, run = 'run-1', host = 'host') => ({ id, run, host, version: '1.2.3' });

export function leasesOf({ leases }: StoreUnderTest): LeaseBank {
  assert.ok(leases !== null);
  return leases;
}

async function exchange(
  store: StoreUnderTest,
  id: string,
  claim: Partial<LeaseClaim>,
  isLast = false,
): Promise<LeaseGrant> {
  const answer = await leasesOf(store).exchangeLeases({
    instance: name(id),
    rulesVersion: await store.budgets.budgetVersion(),
    claims: [{ ...IDLE, ...claim }],
    ...LOOK,
    isLast,
  });
  return only(answer);
}

function only(answer: LeaseAnswer): LeaseGrant {
  assert.ok(!answer.isSuperseded && answer.grants[0] !== undefined);
  return answer.grants[0];
}

export function testLeases(check: Check): void {
  check('leases together never exceed the limit, to the nano-dollar', async (store) => {
    for (const id of ['one', 'two']) await leasesOf(store).registerInstance(name(id));
    const all = { neededNanoUsd: 999, leastNanoUsd: 999 };
    assert.equal((await exchange(store, 'one', all)).grantedNanoUsd, 999);
    assert.equal((await exchange(store, 'two', { neededNanoUsd: 2, leastNanoUsd: 2 })).grantedNanoUsd, 0);
    assert.equal((await exchange(store, 'two', { neededNanoUsd: 2, leastNanoUsd: 1 })).grantedNanoUsd, 1);
    const { isWanted, others } = await exchange(store, 'one', { keptNanoUsd: 999, spentNanoUsd: 10 });
    assert.equal(isWanted, true, 'the other one waits');
    assert.deepEqual(others, NOTHING);
  });

  check('what an instance gives back is another one’s, and what it spent is told', async (store) => {
    for (const id of ['one', 'two']) await leasesOf(store).registerInstance(name(id));
    await exchange(store, 'one', { neededNanoUsd: 600, leastNanoUsd: 600 });
    const given = {
      keptNanoUsd: 300,
      spentNanoUsd: 200,
      reservedNanoUsd: 50,
      unpricedRequests: 2,
      overrunNanoUsd: 3,
    };
    assert.equal((await exchange(store, 'one', given)).grantedNanoUsd, 300);
    const two = await exchange(store, 'two', { neededNanoUsd: 700, leastNanoUsd: 700 });
    assert.equal(two.grantedNanoUsd, 700);
    const { spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = given;
    assert.deepEqual(two.others, { spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd });
  });

  check('near the end a grant is what waits, and no more', async (store) => {
    for (const id of ['one', 'two']) await leasesOf(store).registerInstance(name(id));
    const ahead = await exchange(store, 'one', { neededNanoUsd: 100, leastNanoUsd: 100, aheadNanoUsd: 5000 });
    assert.equal(ahead.grantedNanoUsd, 100 + (1000 - 100) / 4);
    await exchange(store, 'two', { neededNanoUsd: 670, leastNanoUsd: 670 });
    const last = await exchange(store, 'one', {
      ...{ keptNanoUsd: 325, spentNanoUsd: 325, neededNanoUsd: 4, leastNanoUsd: 4, aheadNanoUsd: 5000 },
    });
    assert.equal(last.grantedNanoUsd, 325 + 4);
  });

  check('records of nobody who holds a lease count, and those of holders by their leases', async (store) => {
    await store.take([{ start: startOf(1), end: endOf({ costNanoUsd: 400 }) }]);
    await leasesOf(store).registerInstance(name('one'));
    const grant = await exchange(store, 'one', { neededNanoUsd: 1000, leastNanoUsd: 1 });
    assert.equal(grant.grantedNanoUsd, 600);
    assert.equal(grant.others.spentNanoUsd, 400);
  });

  check('by other budgets than the store’s nothing more is granted', async (store) => {
    await leasesOf(store).registerInstance(name('one'));
    const answer = await leasesOf(store).exchangeLeases({
      ...{ instance: name('one'), rulesVersion: -5, ...LOOK },
      claims: [{ ...IDLE, neededNanoUsd: 5, leastNanoUsd: 5 }],
    });
    assert.equal(only(answer).grantedNanoUsd, 0);
  });

  check('one process at a time has an instance’s id', async (store) => {
    const leases = leasesOf(store);
    await leases.registerInstance(name('one'));
    await assert.rejects(leases.registerInstance(name('one', 'run-2', 'elsewhere')), /the folder was copied/);
    await exchange(store, 'one', { neededNanoUsd: 500, leastNanoUsd: 500 });
    await leases.registerInstance(name('one', 'run-2'));
    const late = await leases.exchangeLeases({
      ...{ instance: name('one'), rulesVersion: 1, ...LOOK, claims: [IDLE] },
    });
    assert.deepEqual(late, { isSuperseded: true });
    assert.equal(await leases.runOf('one'), 'run-2');
  });

  check('a process that does not know yet what was spent gives nothing back', async (store) => {
    const leases = leasesOf(store);
    for (const id of ['one', 'two']) await leases.registerInstance(name(id));
    await exchange(store, 'one', { neededNanoUsd: 900, leastNanoUsd: 900 });
    // Killed, and started again while the database was away: by the budgets that its folder remembers.
    await leases.registerInstance(name('one', 'run-2'));
    const answer = await leases.exchangeLeases({
      ...{ instance: name('one', 'run-2'), rulesVersion: null, ...LOOK, claims: [IDLE] },
    });
    assert.ok(!answer.isSuperseded);
    assert.deepEqual(answer.grants, []);
    const want = { neededNanoUsd: 500, leastNanoUsd: 500 };
    assert.equal((await exchange(store, 'two', want)).grantedNanoUsd, 0);
  });

  check('what an ended process held is free when its records are in, and not before', async (store) => {
    const leases = leasesOf(store);
    for (const id of ['one', 'two']) await leases.registerInstance(name(id));
    await exchange(store, 'one', { neededNanoUsd: 900, leastNanoUsd: 900 });
    const want = { neededNanoUsd: 500, leastNanoUsd: 500 };
    assert.equal((await exchange(store, 'two', want)).grantedNanoUsd, 0);
    await leases.releaseEnded('one', 'another run');
    assert.equal((await exchange(store, 'two', want)).grantedNanoUsd, 0);
    await leases.releaseEnded('one', 'run-1');
    assert.equal((await exchange(store, 'two', want)).grantedNanoUsd, 500);
    assert.equal(await leases.runOf('one'), null);
  });

  check('instances are told with what they hold', async (store) => {
    const leases = leasesOf(store);
    for (const id of ['one', 'two']) await leases.registerInstance(name(id));
    await exchange(store, 'one', { neededNanoUsd: 7, leastNanoUsd: 7 });
    await exchange(store, 'two', { spentNanoUsd: 3 }, true);
    const told = await leases.instances();
    assert.deepEqual(told.map(({ id, state, host, version }) => [id, state, host, version]).sort(), [
      ['one', 'running', 'host', '1.2.3'],
      ['two', 'stopped', 'host', '1.2.3'],
    ]);
    assert.deepEqual(told.find(({ id }) => id === 'one')?.leases, [
      { budgetId: 'b1', periodStartMs: 0, grantedNanoUsd: 7, spentNanoUsd: 0, reservedNanoUsd: 0 },
    ]);
  });

  check('periods that overlap, of instances in different zones, share one limit', async (store) => {
    for (const id of ['one', 'two']) await leasesOf(store).registerInstance(name(id));
    const day = { ...WINDOW, startMs: 1_000_000, endMs: 2_000_000 };
    const later = { ...WINDOW, startMs: 1_500_000, endMs: 2_500_000 };
    await exchange(store, 'one', { window: day, neededNanoUsd: 900, leastNanoUsd: 900 });
    const want = { neededNanoUsd: 500, leastNanoUsd: 500 };
    assert.equal((await exchange(store, 'two', { window: later, ...want })).grantedNanoUsd, 0);
    const next = { ...WINDOW, startMs: 2_000_000, endMs: 3_000_000 };
    assert.equal((await exchange(store, 'one', { window: next, ...want })).grantedNanoUsd, 500);
  });
}
