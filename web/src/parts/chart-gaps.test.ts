import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapsIn, loneIn } from './chart-gaps.ts';

test('gaps lie between what is known, not before the first or behind the last', () => {
  assert.deepEqual(gapsIn([null, 1, 2, null, null, 5, null, 0, null]), [
    [2, 5],
    [5, 7],
  ]);
  assert.deepEqual(gapsIn([1, 2, 3]), []);
  assert.deepEqual(gapsIn([null, null]), []);
});

test('a figure is alone where none lies beside it', () => {
  assert.deepEqual(loneIn([1, null, 2, 3, null, 4, null]), [0, 5]);
  assert.deepEqual(loneIn([7]), [0]);
  assert.deepEqual(loneIn([]), []);
});
