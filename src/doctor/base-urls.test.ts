import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../settings.ts';
import { proxiedHost, wrongBaseUrls } from './base-urls.ts';
import type { Patient } from './check-up.ts';

const TLS = { TOKENWATCH_TLS_CERT: '/tls/server.crt', TOKENWATCH_TLS_KEY: '/tls/server.key' };

function patientOf(environment: Readonly<Record<string, string>>): Patient {
  return { settings: readSettings({ ...environment }), environment, nowMs: () => 0 };
}

for (const [environment, found] of [
  [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:8877/anthropic' }, null],
  [{ ANTHROPIC_BASE_URL: 'http://localhost:8877/anthropic/' }, null],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/v1' }, null],
  [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:8877/anthropic/v1' }, /ends in \/v1/],
  [{ ANTHROPIC_BASE_URL: 'https://api.anthropic.com/v1/' }, /ends in \/v1/],
  [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:8877' }, /does not lead to \/anthropic/],
  [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:8877/openai' }, /does not lead to \/anthropic/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/v1' }, /does not lead to \/openai/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai' }, /lacks \/v1/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/v1/v1' }, /has \/v1 twice/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/v1/chat/completions' }, /names an endpoint/],
  [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:8877/anthropic/v1/messages/' }, /names an endpoint/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/azure/openai/deployments/x' }, null],
  // Right there: it is another's.
  [{ OPENAI_BASE_URL: 'https://generativelanguage.googleapis.com/v1beta/openai/' }, null],
  [{ OPENAI_BASE_URL: '127.0.0.1:8877/openai/v1' }, /is no http/],
  [{ OPENAI_BASE_URL: 'localhost:8877/openai/v1' }, /is no http/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8878/openai/v1' }, /the dashboard’s port/],
  [{ OPENAI_BASE_URL: 'https://api.example.com:8878/v1' }, null],
  [{ OPENAI_BASE_URL: 'http://localhost:11434/v1' }, null],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:9000/openai/v1' }, /not TokenWatch’s port, which is 8877/],
  [{ OPENAI_BASE_URL: 'https://[::1]:8877/openai/v1' }, /has no certificate/],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/v1', ...TLS }, /speaks TLS alone/],
  [{ OPENAI_BASE_URL: 'https://127.0.0.1:8877/openai/v1', ...TLS }, null],
] as const)
  test(`${JSON.stringify(environment)} ${found === null ? 'is no mistake' : `: ${found.source}`}`, () => {
    const wrong = wrongBaseUrls(patientOf(environment)).map((each) => each.found);
    if (found === null) assert.deepEqual(wrong, []);
    else assert.match(wrong.join('\n'), found);
  });

test('what is to be set instead is told whole', () => {
  const [wrong] = wrongBaseUrls(patientOf({ OPENAI_BASE_URL: 'http://localhost:8878', ...TLS }));
  assert.equal(wrong?.advice, 'Set it to https://localhost:8877/openai/v1.');
});

test('a proxy that applications would ask for TokenWatch is told, by the name that they call it', () => {
  const proxy = { HTTP_PROXY: 'http://proxy.example:3128' };
  const called = { OPENAI_BASE_URL: 'http://127.0.0.1:8877/openai/v1' };
  const hostOf = (environment: Readonly<Record<string, string>>) => proxiedHost(patientOf(environment))?.host;
  assert.equal(hostOf(proxy), 'localhost');
  assert.equal(hostOf({ ...proxy, NO_PROXY: 'localhost' }), undefined);
  assert.equal(hostOf({ ...proxy, ...called, NO_PROXY: 'localhost' }), '127.0.0.1');
  assert.equal(hostOf({ ...proxy, ...called, NO_PROXY: '127.0.0.0/8' }), undefined);
  assert.equal(hostOf({ all_proxy: 'http://proxy.example:3128' }), 'localhost');
  assert.equal(hostOf({ HTTPS_PROXY: 'http://proxy.example:3128' }), undefined);
  assert.equal(hostOf({ HTTPS_PROXY: 'http://proxy.example:3128', ...TLS }), 'localhost');
});
