import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inOrder, type Zone, Zones } from './zones.ts';

const zone: fc.Arbitrary<Zone> = fc
  .record({ bound: fc.nat(5), isBelow: fc.boolean(), toMs: fc.nat(5) })
  .map((given) => ({ ...given, fromMs: 0, grainMs: null, requests: 1 }));

test('the most promising times come first, whenever they were added, and what is not wanted is let go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(zone), fc.nat(4))), (steps) => {
      const zones = new Zones();
      let model: readonly Zone[] = [];
      const isWanted = ({ bound }: Zone): boolean => bound > 0;
      const inOrderOf = (some: readonly Zone[]) =>
        some.map(({ bound, isBelow, toMs }) => [bound, isBelow, toMs]);
      for (const [added, count] of steps) {
        zones.add(added);
        model = [...model, ...added].filter(isWanted).toSorted(inOrder);
        assert.deepEqual(inOrderOf(zones.take(count, isWanted)), inOrderOf(model.slice(0, count)));
        model = model.slice(count);
      }
    }),
  );
});
