import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChargedKeys } from '../ledger/charged-keys.ts';
import { billingKeyOf } from './billing-key.ts';

test('an answer that is fetched keeps its key, and one that is made anew under a known id has none', () => {
  const known = new ChargedKeys();
  const keyOf = (method: string, path: string, key: string | null = 'response:r1', isWebSocket = false) =>
    billingKeyOf({ method, path, isWebSocket }, key, known);
  assert.equal(keyOf('POST', '/v1/responses'), 'response:r1');
  assert.equal(keyOf('GET', '/v1/responses/r1'), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses/r1/cancel'), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses'), null);
  assert.equal(keyOf('GET', '/v1/responses', 'response:r1', true), null);
  assert.equal(keyOf('POST', '/v1/responses', 'response:r2'), 'response:r2');
  assert.equal(keyOf('POST', '/v1/responses', null), null);
});
