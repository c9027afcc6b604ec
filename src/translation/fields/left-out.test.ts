import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesToChat } from '../request-to-chat.ts';
import { chatToMessages } from '../request-to-messages.ts';

const HELLO = { role: 'user', content: 'Hello' };
const tools = [{ name: 'f', input_schema: {} }];

test('fields of which nothing is left are told, and those that say nothing are not', () => {
  const toChat = (model: string, fields: object) =>
    messagesToChat({ model, max_tokens: 9, messages: [HELLO], ...fields }).leftOut;
  const sampling = { temperature: 0.2, top_p: 0.9 };
  assert.deepEqual(toChat('gpt-4o', sampling), []);
  assert.deepEqual(toChat('gpt-5', sampling), ['temperature', 'top_p']);
  assert.deepEqual(toChat('gpt-5', { temperature: 1, top_p: null }), []);
  assert.deepEqual(
    toChat('gpt-5', { cache_control: { type: 'ephemeral' }, thinking: { type: 'adaptive' } }),
    ['cache_control'],
  );
  const effort = { output_config: { effort: 'high' } };
  assert.deepEqual(toChat('gpt-5', effort), []);
  assert.deepEqual(toChat('gpt-5.4', { ...effort, tools }), ['output_config']);
  assert.deepEqual(toChat('glm-4.7', { thinking: { type: 'disabled' }, context_management: { edits: [] } }), [
    'thinking',
    'context_management',
  ]);
});

test('also towards Anthropic', () => {
  const toMessages = (model: string, fields: object) =>
    chatToMessages({ model, messages: [HELLO], ...fields }).leftOut;
  const fields = { ...{ temperature: 0.2, top_p: 0.9, top_k: 5 }, store: false, metadata: { a: 'b' } };
  assert.deepEqual(toMessages('claude-sonnet-4-5', fields), ['top_p', 'metadata']);
  assert.deepEqual(toMessages('claude-opus-4-7', fields), ['temperature', 'top_p', 'top_k', 'metadata']);
  assert.deepEqual(toMessages('claude-sonnet-4-5', { reasoning_effort: 'high' }), ['reasoning_effort']);
  assert.deepEqual(toMessages('claude-opus-4-6', { reasoning_effort: 'high', verbosity: 'medium' }), []);
});
