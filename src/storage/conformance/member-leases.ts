// What every store must do that several instances share, for budgets with an allowance for each: a lease for each
// member, which comes with the first look at it and goes when its records tell all.

import assert from 'node:assert/strict';
import { memberKeyOf } from '../../ledger/leases/lease-key.ts';
import type { LeaseAnswer, LeaseAsk, LeaseClaim, LeaseGrant } from '../../ledger/leases/lease-ports.ts';
import { IDLE, LOOK, leasesOf, name, WINDOW } from './leases.ts';
import { type Check, endOf, type StoreUnderTest, startOf } from './model.ts';

const BUDGET_KEY = 'b1/0/each';
/** Whose records the suite's are. */
const HERE = 'here';

function claimOf(member: string, claim: Partial<LeaseClaim> = {}): LeaseClaim {
  const place = { budgetKey: BUDGET_KEY, per: 'session', name: member } as const;
  const window = { ...WINDOW, key: memberKeyOf(BUDGET_KEY, member), member: place };
  return { ...IDLE, window, ...claim };
}

type Told = Exclude<LeaseAnswer, { readonly isSuperseded: true }>;

async function exchange(
  store: StoreUnderTest,
  id: string,
  claims: readonly LeaseClaim[],
  ask: Partial<LeaseAsk> = {},
): Promise<Told> {
  const rulesVersion = await store.budgets.budgetVersion();
  const answer = await leasesOf(store).exchangeLeases({
    ...{ instance: name(id), rulesVersion, claims, ...LOOK, holdsMembers: true, ...ask },
  });
  assert.ok(!answer.isSuperseded);
  return answer;
}

async function grant(store: StoreUnderTest, id: string, claim: LeaseClaim): Promise<LeaseGrant> {
  const [only] = (await exchange(store, id, [claim])).grants;
  assert.ok(only !== undefined);
  return only;
}

const wanting = (amount: number) => ({ neededNanoUsd: amount, leastNanoUsd: amount });
const spending = (amount: number) => ({ spentNanoUsd: amount, keptNanoUsd: amount });

async function registered(store: StoreUnderTest, ids: readonly string[]): Promise<void> {
  for (const id of ids) await leasesOf(store).registerInstance(name(id));
}

export function testMemberLeases(check: Check): void {
  check('each member has leases of its own, and together never more than its limit', async (store) => {
    await registered(store, ['one', 'two']);
    assert.equal((await grant(store, 'one', claimOf('first', wanting(999)))).grantedNanoUsd, 999);
    assert.equal((await grant(store, 'two', claimOf('first', wanting(2)))).grantedNanoUsd, 0);
    assert.equal((await grant(store, 'two', claimOf('first', wanting(1)))).grantedNanoUsd, 1);
    assert.equal((await grant(store, 'two', claimOf('second', wanting(1000)))).grantedNanoUsd, 1000);
    // Those without a name share one.
    assert.equal((await grant(store, 'one', claimOf('', wanting(700)))).grantedNanoUsd, 700);
    assert.equal((await grant(store, 'two', claimOf('', wanting(400)))).grantedNanoUsd, 0);
  });

  check('records of nobody who holds a lease count for the member that they name', async (store) => {
    await store.take([
      { start: startOf(1, { session: 'first' }), end: endOf({ costNanoUsd: 400 }) },
      { start: startOf(2, { session: 'first', reservedNanoUsd: 50, reservedAtMs: 1_700_000_000_002 }) },
      { start: startOf(3, { session: 'second' }), end: endOf({ costNanoUsd: 300 }) },
      { start: startOf(4, { session: null }), end: endOf({ costNanoUsd: 200 }) },
    ]);
    await registered(store, ['one', HERE]);
    const all = { neededNanoUsd: 1000, leastNanoUsd: 1 };
    const claims = ['first', 'second', '', 'third'].map((member) => claimOf(member, all));
    const { grants } = await exchange(store, 'one', claims);
    assert.deepEqual(
      grants.map(({ grantedNanoUsd, others }) => [grantedNanoUsd, others.spentNanoUsd]),
      [
        [550, 450],
        [700, 300],
        [800, 200],
        [1000, 0],
      ],
    );
    // Of one's own there is what one tells.
    assert.equal((await grant(store, HERE, claimOf('second', spending(300)))).others.spentNanoUsd, 0);
  });

  check('who waits for a member’s money is told to whoever may hold some, claimed or not', async (store) => {
    await registered(store, ['one', 'two']);
    await grant(store, 'one', claimOf('first', wanting(1000)));
    const second = await exchange(store, 'two', [claimOf('first', wanting(5))]);
    assert.deepEqual([second.grants[0]?.isUnmet, second.wanted], [true, []], 'it knows that itself');
    const { key, startMs } = claimOf('first').window;
    const place = { key, startMs };
    const placesOf = ({ wanted }: Told) => wanted.map((each) => ({ key: each.key, startMs: each.startMs }));
    assert.deepEqual(placesOf(await exchange(store, 'one', [])), [place]);
    await exchange(store, 'two', [claimOf('first')]);
    assert.deepEqual(placesOf(await exchange(store, 'one', [])), []);
  });

  check('a lease that is done is gone, and its records count in its place', async (store) => {
    await registered(store, ['one', HERE]);
    await grant(store, HERE, claimOf('first', wanting(400)));
    await grant(store, HERE, claimOf('alone', wanting(400)));
    await grant(store, 'one', claimOf('first', wanting(100)));
    await store.take([{ start: startOf(1, { session: 'first' }), end: endOf({ costNanoUsd: 350 }) }]);
    const done = ['first', 'alone'].map((member) => ({ ...claimOf(member, spending(350)), isDone: true }));
    assert.deepEqual((await exchange(store, HERE, done)).grants, []);
    const first = await grant(store, 'one', claimOf('first', { keptNanoUsd: 100, ...wanting(900) }));
    assert.equal(first.others.spentNanoUsd, 350);
    assert.equal(first.grantedNanoUsd, 100, '650 are free, and less than what waits is of no use');
    assert.equal((await grant(store, 'one', claimOf('first', wanting(650)))).grantedNanoUsd, 650);
    const [figures] = await leasesOf(store).memberFigures([
      { budgetKey: BUDGET_KEY, startMs: 0, limitNanoUsd: 350 },
    ]);
    assert.deepEqual(figures, {
      known: 1,
      usedUp: 1,
      most: { name: 'first', spentNanoUsd: 350, reservedNanoUsd: 0 },
    });
  });

  check('a process that begins again frees what an earlier one held for members', async (store) => {
    await registered(store, ['one', HERE]);
    await grant(store, HERE, claimOf('first', wanting(900)));
    await grant(store, HERE, claimOf('second', wanting(900)));
    await grant(store, 'one', claimOf('first', wanting(1)));
    await store.take([
      { start: startOf(1, { session: 'first' }), end: endOf({ costNanoUsd: 30 }) },
      { start: startOf(2, { session: 'second' }), end: endOf({ costNanoUsd: 20 }) },
    ]);
    // It has asked for more for one of them already.
    await exchange(store, HERE, [claimOf('second', { ...spending(20), ...wanting(80) })], {
      areRecordsIn: true,
    });
    assert.equal((await grant(store, 'one', claimOf('first', wanting(971)))).grantedNanoUsd, 0);
    assert.equal((await grant(store, 'one', claimOf('first', wanting(970)))).grantedNanoUsd, 970);
    assert.equal((await grant(store, 'one', claimOf('second', wanting(901)))).grantedNanoUsd, 0);
    assert.equal((await grant(store, 'one', claimOf('second', wanting(900)))).grantedNanoUsd, 900);
  });

  check('what an ended process held for members is free when its records are in', async (store) => {
    const leases = leasesOf(store);
    await registered(store, ['one', HERE]);
    for (const member of ['first', '']) await grant(store, HERE, claimOf(member, wanting(900)));
    // Of this member it has told nothing; only its records do.
    await grant(store, 'one', claimOf('second', wanting(10)));
    assert.equal((await grant(store, 'one', claimOf('first', wanting(500)))).grantedNanoUsd, 0);
    await store.takeFromKilled([
      { start: startOf(1, { session: 'first' }), end: endOf({ costNanoUsd: 30 }) },
      { start: startOf(2, { session: 'second' }), end: endOf({ costNanoUsd: 40 }) },
      { start: startOf(3, { session: null, reservedNanoUsd: 50, reservedAtMs: 1_700_000_000_003 }) },
    ]);
    await leases.releaseEnded(HERE, 'another run');
    assert.equal((await grant(store, 'one', claimOf('first', wanting(500)))).grantedNanoUsd, 0);
    await leases.releaseEnded(HERE, 'run-1');
    assert.equal((await grant(store, 'one', claimOf('first', wanting(970)))).grantedNanoUsd, 970);
    assert.equal((await grant(store, 'one', claimOf('second', wanting(961)))).grantedNanoUsd, 0);
    assert.equal((await grant(store, 'one', claimOf('second', wanting(960)))).grantedNanoUsd, 960);
    assert.equal((await grant(store, 'one', claimOf('', wanting(950)))).grantedNanoUsd, 950);
  });

  check('figures of members are over all instances', async (store) => {
    await registered(store, ['one', 'two']);
    const ask = { budgetKey: BUDGET_KEY, startMs: 0, limitNanoUsd: 100 };
    assert.deepEqual(await leasesOf(store).memberFigures([ask]), [{ known: 0, usedUp: 0, most: null }]);
    await exchange(store, 'one', [claimOf('first', spending(60)), claimOf('second', spending(30))]);
    await exchange(store, 'two', [
      claimOf('first', { ...spending(50), reservedNanoUsd: 5 }),
      claimOf('third'),
    ]);
    assert.deepEqual(await leasesOf(store).memberFigures([ask, { ...ask, startMs: 7 }]), [
      { known: 3, usedUp: 1, most: { name: 'first', spentNanoUsd: 110, reservedNanoUsd: 5 } },
      { known: 0, usedUp: 0, most: null },
    ]);
    const told = await leasesOf(store).instances();
    assert.deepEqual(told.find(({ id }) => id === 'two')?.leases, [
      { budgetId: 'b1', periodStartMs: 0, grantedNanoUsd: 55, spentNanoUsd: 50, reservedNanoUsd: 5 },
    ]);
  });
}
