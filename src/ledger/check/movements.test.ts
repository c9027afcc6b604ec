import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Movement, Movements } from './movements.ts';

const movement = fc.record({
  reservedAtMs: fc.nat(5),
  tookMs: fc.nat(3),
  costNanoUsd: fc.constantFrom(0, 7),
  isKnown: fc.boolean(),
  reservedNanoUsd: fc.constantFrom(null, 0, 9),
});

test('each begins and ends once, in order, and what ends makes room before others begin', () => {
  fc.assert(
    fc.property(fc.array(movement, { maxLength: 8 }), (given) => {
      const all = given.map(
        ({ tookMs, ...rest }, index): Movement => ({
          ...rest,
          id: `r${index}`,
          settledAtMs: rest.reservedAtMs + tookMs,
        }),
      );
      const movements = new Movements();
      for (const each of all) movements.add(each);
      assert.equal(movements.length, all.length);
      const steps = [...movements.steps()].map(({ isReserve, movement: of }) => {
        assert.deepEqual(of, all[Number(of.id.slice(1))]);
        return { id: of.id, isReserve, atMs: isReserve ? of.reservedAtMs : of.settledAtMs };
      });
      assert.equal(steps.length, 2 * all.length);
      const [open, ended] = [new Set<string>(), new Set<string>()];
      let beforeMs = 0;
      for (const { id, isReserve, atMs } of steps) {
        assert.ok(atMs >= beforeMs);
        beforeMs = atMs;
        if (isReserve) {
          assert.ok(!open.has(id) && !ended.has(id));
          // Nobody holds room any more whose time was over.
          for (const other of open) assert.ok((all[Number(other.slice(1))]?.settledAtMs ?? 0) > atMs);
          open.add(id);
        } else {
          assert.ok(open.delete(id));
          ended.add(id);
        }
      }
    }),
  );
});
