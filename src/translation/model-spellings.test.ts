// What is known of a model holds for every way in which gateways and clouds spell its name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';

const HELLO = { role: 'user', content: 'Hello' };
const tools = [{ type: 'function', function: { name: 'f', strict: true, parameters: closed() } }];

function closed(): object {
  return { type: 'object', properties: {}, required: [], additionalProperties: false };
}

const SPELLINGS_OF_CLAUDE: readonly (readonly string[])[] = [
  [
    'claude-opus-4-5',
    'anthropic/claude-opus-4.5',
    'Claude-Opus-4-5-20251101',
    'claude-opus-4-5@20251101',
    'us.anthropic.claude-opus-4-5-20251101-v1:0',
    'own-gateway/claude-opus-4.5',
  ],
  ['claude-opus-4-7', 'anthropic/claude-opus-4.7', 'global.anthropic.claude-opus-4-7-v1:0'],
  ['claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4', 'claude-sonnet-4@20250514', 'claude-4-sonnet'],
  ['claude-opus-4-1', 'anthropic/claude-opus-4.1', 'claude-opus-4-1@20250805'],
  ['claude-3-7-sonnet-20250219', 'anthropic/claude-3.7-sonnet', 'claude-sonnet-3.7'],
  ['claude-3-5-haiku-20241022', 'anthropic/claude-3.5-haiku', 'anthropic.claude-3-5-haiku-20241022-v1:0'],
  ['claude-3-haiku-20240307', 'anthropic/claude-3-haiku', 'anthropic.claude-3-haiku-20240307-v1:0'],
];

test('Claude is asked the same by each of its names', () => {
  const asked = (model: string): unknown => {
    const messages = [HELLO, { role: 'system', content: 'Now.' }, { role: 'assistant', content: 'so far' }];
    const request = { model, messages, tools, temperature: 0.5, top_p: 0.9 };
    const thinking = chatToMessages({ model, messages: [HELLO], reasoning_effort: 'low' }).body;
    return [chatToMessages(request).body, thinking].map((body) => ({ ...body, model: '' }));
  };
  for (const [first = '', ...others] of SPELLINGS_OF_CLAUDE)
    for (const other of others) assert.deepEqual(asked(other), asked(first), other);
});

const SPELLINGS_OF_GPT: readonly (readonly string[])[] = [
  ['gpt-4o', 'openai/gpt-4o', 'GPT-4o-2024-08-06', 'azure/gpt-4o', 'ft:gpt-4o-2024-08-06:org::id'],
  ['gpt-4.1', 'openai/gpt-4.1', 'gpt-4.1-2025-04-14', 'openrouter/openai/gpt-4.1'],
  ['gpt-4-1106-preview', 'openai/gpt-4-1106-preview'],
  ['gpt-3.5-turbo', 'openai/gpt-3.5-turbo', 'azure/gpt-3-5-turbo'],
  ['gpt-5', 'openai/gpt-5', 'gpt-5-2025-08-07', 'openrouter/openai/gpt-5'],
  ['gpt-5.1-codex-max', 'openai/gpt-5.1-codex-max', 'github-copilot/gpt-5.1-codex-max'],
  ['gpt-5.4', 'openai/gpt-5.4', 'azure/gpt-5-4'],
  ['gpt-5.1-chat-latest', 'openai/gpt-5.1-chat'],
  ['o4-mini', 'openai/o4-mini', 'o4-mini-2025-04-16', 'azure/o4-mini'],
  ['gpt-oss-120b', 'openai/gpt-oss-120b', 'groq/openai/gpt-oss-120b'],
];

test('models of OpenAI’s are asked the same by each of their names', () => {
  const asked = (model: string): unknown => {
    const request = { model, max_tokens: 200_000, messages: [HELLO], temperature: 0.5 };
    const choice = { type: 'auto', disable_parallel_tool_use: true };
    const called = { ...request, tools: [{ name: 'f', input_schema: {} }], tool_choice: choice };
    const effort = { ...request, output_config: { effort: 'max' } };
    return [called, effort].map((one) => ({ ...messagesToChat(one).body, model: '' }));
  };
  for (const [first = '', ...others] of SPELLINGS_OF_GPT)
    for (const other of others) assert.deepEqual(asked(other), asked(first), other);
});
