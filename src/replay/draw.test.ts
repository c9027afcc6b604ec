import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { ItemFacts } from '../archive/ports.ts';
import { Draw } from './draw.ts';

const ids = Array.from({ length: 5000 }, (_, index) => `prompt ${index}`);

function drawn(count: number | undefined, from: readonly string[]): readonly string[] {
  const draw = new Draw(count);
  for (const id of from) draw.add({ id } as ItemFacts);
  return draw.drawn().map(({ id }) => id);
}

test('a draw takes the same prompts in whatever order they come, and a smaller one some of a larger one', () => {
  const all = ids.toSorted((one, other) => (hash('sha256', one) < hash('sha256', other) ? -1 : 1));
  assert.deepEqual(drawn(20, ids), all.slice(0, 20));
  assert.deepEqual(drawn(20, ids.toReversed()), all.slice(0, 20));
  assert.deepEqual(drawn(300, ids), all.slice(0, 300));
  assert.deepEqual(drawn(undefined, ids), all);
  assert.equal(drawn(20, ids.slice(0, 3)).length, 3);
});
