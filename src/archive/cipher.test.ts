import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canaryOf, dataKeyOf, KeyRing, parsePromptKeys } from './cipher.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = Buffer.from('a store');

test('what is sealed opens with the same key, store and place only, and is never the same twice', () => {
  const key = dataKeyOf(KEY, SECRET);
  const sealed = key.seal(Buffer.from('text'), 'place');
  assert.equal(key.open(sealed, 'place')?.toString(), 'text');
  assert.equal(key.open(sealed, 'elsewhere'), null);
  assert.equal(dataKeyOf(Buffer.alloc(32, 8), SECRET).open(sealed, 'place'), null);
  assert.equal(dataKeyOf(KEY, Buffer.from('another store')).open(sealed, 'place'), null);
  assert.notDeepEqual(key.seal(Buffer.from('text'), 'place'), sealed);
  for (const at of [0, 15, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(key.open(changed, 'place'), null);
  }
  assert.equal(key.open(sealed.subarray(0, 20), 'place'), null);
});

test('a key is 32 bytes in hexadecimal or base64', () => {
  assert.deepEqual(parsePromptKeys(''), []);
  assert.deepEqual(parsePromptKeys(`${KEY.toString('hex')}, ${KEY.toString('base64')}`), [KEY, KEY]);
  assert.deepEqual(parsePromptKeys(KEY.toString('base64url')), [KEY]);
  for (const text of ['secret', 'ab'.repeat(31), 'zz'.repeat(32), `${KEY.toString('hex')},`])
    assert.equal(parsePromptKeys(text), undefined, text);
});

test('a ring with one right key opens an archive; without one it is refused by name', () => {
  const right = dataKeyOf(KEY, SECRET);
  const canaries = { [right.id]: canaryOf(right) };
  const other = Buffer.alloc(32, 9);
  assert.equal(new KeyRing([other, KEY], SECRET, canaries).current?.id, dataKeyOf(other, SECRET).id);
  assert.throws(() => new KeyRing([other], SECRET, canaries), new RegExp(`theirs is ${right.id}`));
  assert.throws(() => new KeyRing([], SECRET, canaries), /set TOKENWATCH_PROMPT_KEY/);
  assert.equal(new KeyRing([], SECRET, {}).current, null);
});
