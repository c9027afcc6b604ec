import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMeantAsKey, isWholeKey, keyHash, newKeyText, shownPart } from './key-text.ts';

test('a key is told from whatever else, and from itself with a character changed or missing', () => {
  const key = newKeyText();
  assert.match(key, /^tw_[0-9A-Za-z]{49}$/);
  assert.ok(isWholeKey(key) && isMeantAsKey(key));
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom('', 'a', '0', 'Z', ' ', 'é'), (at, by) => {
      const other = key.slice(0, at) + by + key.slice(at + 1);
      assert.equal(isWholeKey(other), other === key);
    }),
    { numRuns: 200 },
  );
  assert.equal(isMeantAsKey('sk-test'), false);
});

test('keys differ, their hashes tell them apart, and a hash is of no use without the pepper', () => {
  const keys = Array.from({ length: 200 }, newKeyText);
  assert.equal(new Set(keys.map((key) => keyHash(key, 'pepper'))).size, 200);
  const [key = ''] = keys;
  assert.notEqual(keyHash(key, 'pepper'), keyHash(key, 'another'));
  assert.ok(key.startsWith(shownPart(key)) && shownPart(key).length < 12);
});
