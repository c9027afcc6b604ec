import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkGaps } from './chunk-gaps.ts';

function gapsOf(atMs: readonly number[]): ChunkGaps {
  let nowMs = 0;
  const gaps = new ChunkGaps([0.125, 0.5, 1], () => nowMs);
  for (const at of atMs) {
    nowMs = at;
    gaps.came();
  }
  return gaps;
}

test('gaps are counted by class, with the sum of each', () => {
  assert.deepEqual(gapsOf([0, 125, 250, 500, 1000, 6000]).groups(), [
    { count: 2, seconds: 0.25 },
    { count: 2, seconds: 0.75 },
    { count: 1, seconds: 5 },
  ]);
});

test('a gap of exactly a bound is of the class below it', () => {
  assert.deepEqual(gapsOf([0, 125]).groups(), [{ count: 1, seconds: 0.125 }]);
});

test('a stream of one part, or none, has no gaps', () => {
  assert.deepEqual(gapsOf([]).groups(), []);
  assert.deepEqual(gapsOf([7]).groups(), []);
});
