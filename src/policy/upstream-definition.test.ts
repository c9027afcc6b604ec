import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUpstream, PLAIN_UPSTREAM, upstreamOf } from './upstream-definition.ts';

const check = (more: object): void =>
  checkUpstream('mine', { ...PLAIN_UPSTREAM, api: 'openai', url: 'https://api.example.com', ...more });

test('an upstream may set headers, but none that the proxy sets and none with a credential', () => {
  check({ headers: { 'x-team': 'growth' } });
  for (const name of ['Content-Length', 'x-tokenwatch-app', 'X-TokenWatch-Tag'])
    assert.throws(() => check({ headers: { [name]: 'x' } }), /is the proxy's own to set/);
  assert.throws(() => check({ headers: { Authorization: 'x' } }), /--key-env or --key-file/);
  assert.throws(() => check({ headers: { 'two words': 'x' } }), /is not a header's name/);
});

test('an upstream serves the models of a list, by their names and by patterns', () => {
  const models = 'mistral-*, codestral-latest';
  const serves = (listed: string, model: string | null): boolean =>
    upstreamOf(
      'mine',
      { ...PLAIN_UPSTREAM, api: 'openai', url: 'https://api.example.com', models: listed },
      0,
    ).serves(model);
  check({ models });
  for (const model of ['mistral-small', 'codestral-latest']) assert.ok(serves(models, model), model);
  for (const model of ['codestral-2', 'gpt-4o', 'a,codestral-latest', null])
    assert.ok(!serves(models, model), String(model));
  for (const wrong of ['', 'a,,b', 'a,', 'two words'])
    assert.throws(() => check({ models: wrong }), /is not a list/);
});
