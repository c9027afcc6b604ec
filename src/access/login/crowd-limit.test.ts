import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrowdLimit } from './crowd-limit.ts';

test('as many of each kind get in as may, and another one when one has left', () => {
  const limit = new CrowdLimit(2);
  const [first, second] = [limit.enter('a'), limit.enter('a')];
  assert.ok(first !== null && second !== null && limit.enter('b') !== null);
  assert.equal(limit.enter('a'), null);
  first();
  assert.ok(limit.enter('a') !== null);
  assert.equal(limit.enter('a'), null);
  second();
  assert.ok(limit.enter('a') !== null);
});
