import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUpstream, PLAIN_UPSTREAM } from './upstream-definition.ts';

const check = (more: object): void =>
  checkUpstream('mine', { ...PLAIN_UPSTREAM, api: 'openai', url: 'https://api.example.com', ...more });

test('an upstream may set headers, but none that the proxy sets and none with a credential', () => {
  check({ headers: { 'x-team': 'growth' } });
  for (const name of ['Content-Length', 'x-tokenwatch-app', 'X-TokenWatch-Tag'])
    assert.throws(() => check({ headers: { [name]: 'x' } }), /is the proxy's own to set/);
  assert.throws(() => check({ headers: { Authorization: 'x' } }), /--key-env or --key-file/);
  assert.throws(() => check({ headers: { 'two words': 'x' } }), /is not a header's name/);
});
