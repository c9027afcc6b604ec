import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance } from './edit-distance.ts';

/** By the book: the whole table. */
function naive(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  const table = a.reduce(
    (row, character, at) => {
      const next = [at + 1];
      for (const [index, wanted] of b.entries())
        next.push(
          Math.min(
            (row[index] ?? 0) + (character === wanted ? 0 : 1),
            (row[index + 1] ?? 0) + 1,
            (next[index] ?? 0) + 1,
          ),
        );
      return next;
    },
    Array.from({ length: b.length + 1 }, (_, index) => index),
  );
  return table[b.length] ?? 0;
}

test('a distance is that of the whole table, or more than was asked for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀', ' '), maxLength: 9 });
  fc.assert(
    fc.property(text, text, fc.nat(9), (one, other, most) => {
      const distance = naive(one, other);
      assert.equal(editDistance(one, other, most), distance > most ? null : distance);
    }),
  );
  assert.equal(editDistance('kitten', 'sitting', 5), 3);
});
