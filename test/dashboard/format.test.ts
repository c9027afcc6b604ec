// How the page writes figures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usdTicks } from '../../web/src/format.ts';

test('a money axis has as many decimals as its step needs', () => {
  assert.deepEqual(usdTicks([0, 2e9, 4e9]), ['$0', '$2', '$4']);
  assert.deepEqual(usdTicks([0, 5e8, 1e9]), ['$0', '$0.50', '$1.00']);
  assert.deepEqual(usdTicks([0, 1000, 2000]), ['$0', '$0.000001', '$0.000002']);
});

test('an axis on which nothing was spent does not say so at each line', () => {
  assert.deepEqual(usdTicks([0, 0.2, 0.4]), ['$0', '', '']);
  assert.deepEqual(usdTicks([0]), ['$0']);
});
