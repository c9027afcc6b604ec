import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from './key-ring.ts';
import { keyHash, newKeyText } from './key-text.ts';

const PEPPER = 'of-a-test';

function ringOf(more: object): { readonly ring: KeyRing; readonly text: string } {
  const text = newKeyText();
  const limits = { models: null, rpm: null, tpm: null, concurrency: null };
  const definition = {
    ...{ app: null, tag: null, user: null, ...limits, expiresAtMs: null, revokedAtMs: null },
    hashes: [{ hash: keyHash(text, PEPPER), shown: 'tw_', endsAtMs: null }],
    ...more,
  };
  const entries = [{ kind: 'key', name: 'ci', createdAtMs: 0, definition }] as const;
  return { ring: new KeyRing({ entries: () => entries, peppers: () => ['another', PEPPER] }), text };
}

test('a key is taken until the moment that it expires, and opens nothing from then on', () => {
  const { ring, text } = ringOf({ expiresAtMs: 1000 });
  assert.equal(ring.find(text, 999).found?.key.name, 'ci');
  assert.equal(ring.opensAt(999), true);
  assert.deepEqual(ring.find(text, 1000), { found: null, why: 'expired', name: 'ci' });
  assert.equal(ring.opensAt(1000), false);
});

test('a key whose hash is of another pepper, or that was revoked, is not taken', () => {
  const { ring, text } = ringOf({ hashes: [{ hash: 'x', shown: 'tw_', endsAtMs: null }] });
  assert.equal(ring.find(text, 0).why, 'unknown');
  const revoked = ringOf({ revokedAtMs: 5 });
  assert.equal(revoked.ring.find(revoked.text, 0).why, 'revoked');
  assert.equal(revoked.ring.opensAt(0), false);
});
