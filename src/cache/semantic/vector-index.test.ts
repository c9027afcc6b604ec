import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cosineSimilarity } from '../embedder.ts';
import type { StoredQuestion } from './ports.ts';
import { NEW_STANDING } from './trust.ts';
import { Partition, VectorIndex } from './vector-index.ts';

function stored(key: string, vector: Float32Array, expiresAtMs = 1000): StoredQuestion {
  return {
    key,
    partition: 'p',
    bodyPartition: 'b',
    embedder: 'e',
    text: key,
    vector,
    expiresAtMs,
    standing: NEW_STANDING,
  };
}

const unit = (values: readonly number[]): Float32Array => {
  const length = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / length);
};
const vectors = fc
  .array(fc.integer({ min: -9, max: 9 }), { minLength: 6, maxLength: 6 })
  .filter((values) => values.some((value) => value !== 0))
  .map(unit);

test('the nearest are those that comparing all finds, whatever was put, replaced and removed', async () => {
  const step = fc.tuple(
    fc.constantFrom('put', 'put', 'put', 'remove'),
    fc.integer({ min: 0, max: 40 }),
    vectors,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), vectors, async (steps, asked) => {
      const partition = new Partition(6, []);
      const model = new Map<string, Float32Array>();
      for (const [what, number, vector] of steps) {
        const key = `k${number}`;
        if (what === 'put') {
          partition.put(stored(key, vector));
          model.set(key, vector);
        } else {
          partition.remove(key);
          model.delete(key);
        }
      }
      assert.equal(partition.size, model.size);
      const expected = [...model.values()]
        .map((vector) => cosineSimilarity(asked, vector))
        .sort((a, b) => b - a)
        .slice(0, 5);
      const found = await partition.nearest(asked, 5, 0);
      assert.equal(found.length, expected.length);
      for (const [index, { question, similarity }] of found.entries()) {
        assert.ok(Math.abs(similarity - (expected[index] ?? 0)) < 1e-6);
        const vector = model.get(question.key);
        assert.ok(vector !== undefined && Math.abs(cosineSimilarity(asked, vector) - similarity) < 1e-6);
      }
    }),
    { numRuns: 150 },
  );
});

test('what has expired is not found, and goes', async () => {
  const partition = new Partition(2, [stored('a', unit([1, 0]), 10), stored('b', unit([0, 1]), 20)]);
  const keys = async (nowMs: number) =>
    (await partition.nearest(unit([1, 0]), 5, nowMs)).map(({ question }) => question.key);
  assert.deepEqual(await keys(9), ['a', 'b']);
  assert.deepEqual(await keys(10), ['b']);
  assert.equal(partition.size, 1);
});

test('an answer that is stored anew while a search passes its expired one stays', async () => {
  const dimensions = 500_001;
  const vector = new Float32Array(dimensions);
  const partition = new Partition(dimensions, [stored('a', vector, 100), stored('b', vector, 10)]);
  const search = partition.nearest(vector, 5, 50);
  for (let index = 0; index < 16; index += 1) partition.put(stored(`fresh ${index}`, vector, 100));
  partition.put(stored('b', vector, 100));
  await search;
  assert.notEqual(partition.find('b'), null);
});

test('a search over many leaves the event loop free in between, and keeps what it began with', async () => {
  const many = 5000;
  const partition = new Partition(
    384,
    Array.from({ length: many }, (_, index) => stored(`k${index}`, unit([index + 1, 1]))),
  );
  let turns = 0;
  let isOver = false;
  setImmediate(function turn() {
    if (isOver) return;
    turns += 1;
    partition.put(stored(`late${turns}`, unit([1, 0])));
    setImmediate(turn);
  });
  const wide = new Float32Array(384);
  wide.set(unit([1, 0]));
  const found = await partition.nearest(wide, 5, 0);
  isOver = true;
  assert.ok(turns >= 1);
  assert.equal(found.length, 5);
  assert.ok(found.every(({ question }) => question.key.startsWith('k')));
});

test('partitions beyond the bound go, the longest unused first', () => {
  const full = (): Partition =>
    new Partition(
      100,
      Array.from({ length: 20 }, (_, index) => stored(`k${index}`, unit([1]))),
    );
  const index = new VectorIndex(3 * full().bytes);
  for (const name of ['a', 'b', 'c']) index.put(name, full());
  index.find('a');
  index.put('d', full());
  assert.equal(index.find('b'), null);
  for (const name of ['a', 'c', 'd']) assert.notEqual(index.find(name), null);
});
