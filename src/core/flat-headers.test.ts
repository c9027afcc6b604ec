import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerPairs } from './flat-headers.ts';

test('a flat list of headers becomes pairs, in order, with repeated names', () => {
  assert.deepEqual(headerPairs(['A', '1', 'b', '2', 'A', '3']), [
    ['A', '1'],
    ['b', '2'],
    ['A', '3'],
  ]);
  assert.deepEqual(headerPairs([]), []);
});

test('a name without a value at the end is left out', () => {
  assert.deepEqual(headerPairs(['A', '1', 'b']), [['A', '1']]);
});
