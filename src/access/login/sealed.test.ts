import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sealer } from './sealed.ts';

test('what was sealed is opened by whoever sealed it, unchanged, until it is over', () => {
  const sealer = new Sealer();
  const sealed = sealer.seal({ state: 'a' }, 1000);
  assert.deepEqual(sealer.open(sealed, 999), { state: 'a' });
  assert.equal(sealer.open(sealed, 1000), null);
  assert.equal(new Sealer().open(sealed, 999), null);
  const other = sealed[20] === 'A' ? 'B' : 'A';
  assert.equal(sealer.open(sealed.slice(0, 20) + other + sealed.slice(21), 999), null);
  assert.notEqual(sealer.seal({ state: 'a' }, 1000), sealed);
});
