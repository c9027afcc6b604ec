import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChargedKeys } from './charged-keys.ts';

test('a key that comes again repeats; of very many the oldest are forgotten, and no others', () => {
  const charged = new ChargedKeys();
  const keys = Array.from({ length: 10_001 }, (_, index) => `key ${index}`);
  for (const key of keys) assert.equal(charged.repeats(key), false);
  assert.ok(keys.slice(1).every((key) => charged.repeats(key)));
  assert.equal(charged.repeats('key 0'), false);
});
