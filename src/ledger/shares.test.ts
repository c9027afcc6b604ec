import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Shares } from './shares.ts';

interface Sums {
  readonly share: string | null;
  spentNanoUsd: number;
  reservedNanoUsd: number;
  isHeld: boolean;
}

function sharesOf(most: number): Shares<Sums> {
  return new Shares(
    (share, spentNanoUsd): Sums => ({ share, spentNanoUsd, reservedNanoUsd: 0, isHeld: false }),
    most,
  );
}

test('those that are forgotten have spent no less when they come again, however many there are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ who: fc.nat(60), cost: fc.nat(1000) }), { maxLength: 400 }),
      fc.integer({ min: 1, max: 20 }),
      (requests, most) => {
        const shares = sharesOf(most);
        const spent = new Map<string, number>();
        for (const { who, cost } of requests) {
          const name = `session ${who}`;
          const sums = shares.of(name);
          assert.ok(sums.spentNanoUsd >= (spent.get(name) ?? 0), 'never less than it spent');
          sums.spentNanoUsd += cost;
          shares.spent(sums, cost);
          spent.set(name, (spent.get(name) ?? 0) + cost);
          assert.ok(shares.size <= most);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a forgotten few are remembered exactly, and one that is new begins with nothing', () => {
  const shares = sharesOf(10);
  for (let index = 0; index < 1000; index += 1) shares.of(`s${index}`).spentNanoUsd += index;
  assert.equal(shares.size, 10);
  const wrong = Array.from({ length: 1000 }, (_, index) => index).filter(
    (index) => shares.of(`s${index}`).spentNanoUsd !== index,
  );
  assert.ok(wrong.length <= 5, `${wrong.length} of 1000 share all of their cells with dearer ones`);
  const fresh = Array.from({ length: 200 }, (_, index) => shares.of(`new ${index}`).spentNanoUsd);
  assert.ok(fresh.filter((spent) => spent > 0).length <= 5);
});

test('one with something reserved is not forgotten, and one that spends afterwards is charged where it is now', () => {
  const shares = sharesOf(2);
  const held = shares.of('held');
  held.reservedNanoUsd = 5;
  const gone = shares.of('gone');
  for (const name of ['a', 'b', 'c']) shares.of(name);
  assert.equal(shares.of('held'), held);
  const again = shares.of('gone');
  assert.notEqual(again, gone);
  gone.spentNanoUsd += 7;
  shares.spent(gone, 7);
  assert.equal(again.spentNanoUsd, 7);
});

test('however many run on for long, the others are forgotten in time', () => {
  const shares = sharesOf(200);
  for (let index = 0; index < 150; index += 1) shares.of(`long ${index}`).reservedNanoUsd = 1;
  for (let index = 0; index < 5000; index += 1) shares.of(`short ${index}`);
  assert.ok(shares.size <= 204, `${shares.size} are known`);
  assert.equal(shares.of('long 0').reservedNanoUsd, 1);
});

test('whoever the store does not tell of has spent at most as much as the least that it told', () => {
  const shares = sharesOf(2);
  const nothing = { reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
  const told = [9, 4].map((costNanoUsd) => ({ ...nothing, share: `s${costNanoUsd}`, costNanoUsd }));
  for (const [sums, { costNanoUsd }] of shares.load(told)) sums.spentNanoUsd += costNanoUsd;
  assert.equal(shares.of('s9').spentNanoUsd, 9);
  assert.equal(shares.of('other').spentNanoUsd, 4);
});
