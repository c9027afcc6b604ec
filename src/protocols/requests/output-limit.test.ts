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

test('each API has its own place for it', () => {
  const places: readonly (readonly [endpoint: string, request: Record<string, unknown>])[] = [
    ['gemini/generateContent', { generationConfig: { maxOutputTokens: 77 } }],
    ['gemini/streamGenerateContent', { generation_config: { max_output_tokens: 77 } }],
    ['gemini/interactions', { generation_config: { max_output_tokens: 77 } }],
    ['bedrock/converse', { inferenceConfig: { maxTokens: 77 } }],
    ['bedrock/converse-stream', { additionalModelRequestFields: { max_tokens: 77 } }],
    ['bedrock/invoke', { max_gen_len: 77 }],
    ['bedrock/invoke', { textGenerationConfig: { maxTokenCount: 77 } }],
    ['bedrock/invoke-stream', { max_tokens: 77 }],
    ['vertex/rawPredict', { max_tokens: 77 }],
    ['ollama/chat', { options: { num_predict: 77 } }],
    ['cohere/chat', { max_tokens: 77 }],
    ['complete', { max_tokens_to_sample: 77 }],
  ];
  for (const [endpoint, request] of places) assert.equal(outputLimit(endpoint, request), 77, endpoint);
  for (const endpoint of ['gemini/generateContent', 'bedrock/converse', 'ollama/chat', 'ollama/generate'])
    assert.equal(outputLimit(endpoint, { max_tokens: 1 }), null, endpoint);
  for (const num_predict of [-1, -2, 0])
    assert.equal(outputLimit('ollama/chat', { options: { num_predict } }), null);
});

test('a name that only some servers read raises a bound, and is none by itself', () => {
  for (const name of ['max_output_tokens', 'max_new_tokens', 'n_predict']) {
    assert.equal(outputLimit('chat/completions', { max_tokens: 10, [name]: 4000 }), 4000);
    assert.equal(outputLimit('chat/completions', { max_tokens: 10, [name]: 5 }), 10);
    assert.equal(outputLimit('chat/completions', { max_tokens: 10, [name]: -1 }), null);
  }
});

test('thinking may go beyond the bound, up to its own', () => {
  const thinking = { type: 'enabled', budget_tokens: 30_000 };
  assert.equal(outputLimit('messages', { max_tokens: 1000, thinking }), 30_000);
  assert.equal(outputLimit('messages', { max_tokens: 64_000, thinking }), 64_000);
  // Gateways pass it on to Claude.
  assert.equal(outputLimit('chat/completions', { max_tokens: 1000, thinking }), 30_000);
  assert.equal(outputLimit('chat/completions', { max_tokens: 1000, reasoning: { max_tokens: 2000 } }), 2000);
});

test('Converse has the budget for thinking among a model’s own fields, by either name', () => {
  for (const name of ['thinking', 'reasoning_config']) {
    const fields = { [name]: { type: 'enabled', budget_tokens: 30_000 } };
    const request = { inferenceConfig: { maxTokens: 100 }, additionalModelRequestFields: fields };
    assert.equal(outputLimit('bedrock/converse', request), 30_000);
    assert.equal(outputLimit('bedrock/converse-stream', request), 30_000);
  }
});

test('where thinking is bounded apart from the answer, both count', () => {
  const chat = (request: Record<string, unknown>): number | null =>
    outputLimit('chat/completions', { max_tokens: 1000, ...request });
  assert.equal(chat({ model: 'qwen-plus', enable_thinking: true, thinking_budget: 500 }), 1500);
  assert.equal(chat({ model: 'qwen-plus', thinking_budget: 500 }), 1500);
  assert.equal(chat({ model: 'qwen-plus', enable_thinking: true }), null);
  assert.equal(chat({ model: 'qwen-plus', enable_thinking: true, thinking_budget: 'x' }), null);
  assert.equal(chat({ model: 'qwen-plus', enable_thinking: false, thinking_budget: 500 }), 1000);
  assert.equal(chat({ model: 'qwen-plus' }), 1000);
  for (const model of ['qwq-plus', 'qwen3-235b-a22b-thinking-2507', 'qwen3.6-plus', 'doubao-seed-1-6-251015'])
    assert.equal(chat({ model }), null, model);
  assert.equal(chat({ model: 'qwen3.6-plus', enable_thinking: false }), 1000);
  assert.equal(chat({ model: 'doubao-seed-1-6-251015', thinking: { type: 'disabled' } }), 1000);
  assert.equal(chat({ model: 'doubao-seed-1-6-251015', max_completion_tokens: 9000 }), null);
  assert.equal(
    chat({ model: 'doubao-seed-1-6-251015', max_tokens: null, max_completion_tokens: 9000 }),
    9000,
  );
  // Elsewhere the same weights count their thinking in.
  assert.equal(chat({ model: 'Qwen/Qwen3-235B-A22B-Thinking-2507' }), 1000);
});

test('zero is no bound to a server that takes it for nothing', () => {
  assert.equal(outputLimit('chat/completions', { max_tokens: 0 }), null);
  assert.equal(outputLimit('messages', { max_tokens: 0 }), 0);
});

test('what is no number bounds nothing, whatever stands beside it', () => {
  for (const odd of ['10', -1, 0.5, 1e308, [], {}, true])
    assert.equal(outputLimit('chat/completions', { max_tokens: 10, max_completion_tokens: odd }), null);
  assert.equal(outputLimit('chat/completions', JSON.parse('{"__proto__":{"max_tokens":1}}')), null);
  assert.equal(outputLimit('chat/completions', null), null);
});
