import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputLimit } from './output-limit.ts';

test('of the names that an endpoint reads the largest counts', () => {
  const chat = (request: Record<string, unknown>): number | null => outputLimit('chat/completions', request);
  assert.equal(chat({ max_tokens: 10, max_completion_tokens: 4000 }), 4000);
  assert.equal(chat({ max_tokens: 4000, max_completion_tokens: 10 }), 4000);
  assert.equal(chat({ max_tokens: 10, max_completion_tokens: null }), 10);
  assert.equal(outputLimit('messages', { max_tokens: 7, max_completion_tokens: 9 }), 7);
});

test('a name that the endpoint does not read bounds nothing', () => {
  assert.equal(outputLimit('chat/completions', { max_output_tokens: 1 }), null);
  assert.equal(outputLimit('responses', { max_tokens: 1 }), null);
  assert.equal(outputLimit('toString', { max_tokens: 5 }), 5);
});

test('what is no number bounds nothing, whatever stands beside it', () => {
  for (const odd of ['10', -1, 0.5, 1e308, [], {}, true])
    assert.equal(outputLimit('chat/completions', { max_tokens: 10, max_completion_tokens: odd }), null);
  assert.equal(outputLimit('chat/completions', JSON.parse('{"__proto__":{"max_tokens":1}}')), null);
  assert.equal(outputLimit('chat/completions', null), null);
});
