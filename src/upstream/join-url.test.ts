import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinUpstreamPath } from './join-url.ts';

const cases: readonly (readonly [base: string, path: string, expected: string])[] = [
  ['https://api.openai.com', '/v1/chat/completions', '/v1/chat/completions'],
  ['https://api.openai.com/', '/chat/completions', '/v1/chat/completions'],
  ['https://api.openai.com/v1', '/v1/chat/completions', '/v1/chat/completions'],
  ['https://api.openai.com/v1/', '/chat/completions', '/v1/chat/completions'],
  ['https://api.z.ai', '/v1/chat/completions', '/api/paas/v4/chat/completions'],
  ['https://api.z.ai', '/chat/completions', '/api/paas/v4/chat/completions'],
  ['https://api.z.ai', '/api/coding/paas/v4/chat/completions', '/api/coding/paas/v4/chat/completions'],
  ['https://api.z.ai/api/coding/paas/v4', '/v1/chat/completions', '/api/coding/paas/v4/chat/completions'],
  ['https://api.z.ai/api/coding/paas/v4', '/chat/completions', '/api/coding/paas/v4/chat/completions'],
  ['https://api.z.ai/api/coding/paas/v4', '/api/coding/paas/v4/models', '/api/coding/paas/v4/models'],
  ['https://api.anthropic.com', '/v1/messages', '/v1/messages'],
  ['https://api.anthropic.com', '/v1/messages?beta=true', '/v1/messages?beta=true'],
  ['https://api.anthropic.com', '/messages?beta=true', '/v1/messages?beta=true'],
  ['https://api.anthropic.com/v1', '/v1/messages/batches', '/v1/messages/batches'],
  ['https://api.z.ai/api/anthropic', '/v1/messages', '/api/anthropic/v1/messages'],
  ['https://api.perplexity.ai', '/chat/completions', '/chat/completions'],
  [
    'https://unit.openai.azure.com/openai/deployments/gpt',
    '/chat/completions?api-version=1',
    '/openai/deployments/gpt/chat/completions?api-version=1',
  ],
  [
    'https://unit.openai.azure.com/openai/deployments/gpt',
    '/v1/chat/completions?api-version=1',
    '/openai/deployments/gpt/chat/completions?api-version=1',
  ],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    '/v1/chat/completions',
    '/v1beta/openai/chat/completions',
  ],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai/',
    '/chat/completions',
    '/v1beta/openai/chat/completions',
  ],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    '/v1beta/openai/models',
    '/v1beta/openai/models',
  ],
  ['https://api.deepinfra.com/v1/openai', '/v1/embeddings', '/v1/openai/embeddings'],
  [
    'https://eu-aiplatform.googleapis.com/v1/projects/p/locations/eu/endpoints/openapi',
    '/v1/chat/completions',
    '/v1/projects/p/locations/eu/endpoints/openapi/chat/completions',
  ],
  ['https://gateway.ai.cloudflare.com/v1/a/g/openai', '/v1/responses', '/v1/a/g/openai/responses'],
  ['https://gateway.ai.cloudflare.com/v1/a/g/anthropic', '/v1/messages', '/v1/a/g/anthropic/v1/messages'],
  ['https://api.openai.com', '/anything/else?x=%2F', '/anything/else?x=%2F'],
  ['https://api.openai.com', '/', '/'],
  ['https://generativelanguage.googleapis.com/v1beta', '/v1/models', '/v1beta/models'],
  ['https://api.openai.com', '/modelsque', '/modelsque'],
];

for (const [base, path, expected] of cases) {
  test(`${base} and ${path} join to ${expected}`, () => {
    const url = new URL(base);
    for (const when of ['at first', 'once it is known'])
      assert.equal(joinUpstreamPath(url, path), expected, when);
  });
}

test('a path is joined once, whatever its queries', () => {
  let reads = 0;
  const base = {
    hostname: 'api.openai.com',
    get pathname() {
      reads += 1;
      return '/v1';
    },
  };
  for (let query = 0; query < 1000; query += 1)
    assert.equal(joinUpstreamPath(base, `/v1/models?after=${query}`), `/v1/models?after=${query}`);
  const once = reads;
  reads = 0;
  joinUpstreamPath(base, '/v1/files');
  assert.equal(once, reads, 'as often as for one path');
  reads = 0;
  joinUpstreamPath(base, '/v1/models?after=1000');
  assert.equal(reads, 0);
});
