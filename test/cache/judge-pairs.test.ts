// The judge and the local embedder on pairs written by hand: what must never be answered for each other, in several
// languages and scripts, and paraphrases that should be.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isAccepted, type MeasuredPair, measure, parsePairs } from '../../scripts/cache-evaluation.ts';
import type { Embedder } from '../../src/cache/embedder.ts';
import { openEmbedder } from '../../src/cache/embedders/registry.ts';
import { judge } from '../../src/cache/guards/judge.ts';

const DISTANCE_MAX = 0.05;
let embedder: Embedder;
before(async () => {
  embedder = await openEmbedder('local');
  measured('./wrong-pairs.json').then(wrongPairs.resolve, wrongPairs.reject);
});
after(() => embedder.close());

/** Measured once for all tests: the model takes its time. */
const wrongPairs = Promise.withResolvers<readonly MeasuredPair[]>();

async function measured(file: string): Promise<readonly MeasuredPair[]> {
  const path = new URL(file, import.meta.url);
  return measure(parsePairs(readFileSync(path, 'utf8'), file), embedder, () => undefined);
}

test('of 300 pairs with different answers none is accepted, whichever of the two was asked first', async () => {
  const pairs = await wrongPairs.promise;
  assert.ok(pairs.length >= 200);
  const turned = pairs.map((pair) => ({ ...pair, a: pair.b, b: pair.a }));
  assert.deepEqual(
    [...pairs, ...turned].filter((pair) => isAccepted(pair, DISTANCE_MAX)).map(({ a, b }) => `${a} | ${b}`),
    [],
  );
});

test('outside of English only the same words are accepted, however similar the vectors are', async () => {
  for (const { a, b } of (await wrongPairs.promise).filter(({ test }) => test === 'language'))
    assert.equal(judge(a, b, 1, DISTANCE_MAX).accepted, false, `${a} | ${b}`);
});

test('of the paraphrases at least nine in ten are accepted', async () => {
  const pairs = await measured('./right-pairs.json');
  const missed = pairs.filter((pair) => !isAccepted(pair, DISTANCE_MAX)).map(({ a, b }) => `${a} | ${b}`);
  assert.ok(missed.length <= pairs.length / 10, missed.join('\n'));
});
