// A whole request of an agent, in both directions: everything that it holds becomes something of the other API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';
import { ToolNames } from './tools/tool-names.ts';

/** What a schema without all else is. */
const EMPTY = { type: 'object', properties: {} };

test('a whole agent request of Anthropic’s API becomes one of OpenAI’s', () => {
  const { body, wish } = messagesToChat({
    model: 'gpt-5-mini',
    max_tokens: 300,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is on it?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'signed' },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
          { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'a cat' }] },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no light', is_error: true },
          { type: 'text', text: 'And now?' },
        ],
      },
    ],
    tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    stop_sequences: ['END'],
    temperature: 0.5,
    top_p: 0.9,
    stream: true,
    metadata: { user_id: 'user-1' },
    service_tier: 'standard_only',
    thinking: { type: 'adaptive' },
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
  });
  assert.deepEqual(wish, {
    stream: true,
    streamUsage: true,
    thoughts: true,
    toolNames: new ToolNames(),
    stops: ['END'],
    callIds: new Set(['toolu_1', 'toolu_2']),
  });
  assert.deepEqual(body, {
    model: 'gpt-5-mini',
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is on it?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'a cat' },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'Error: no light' },
      { role: 'user', content: 'And now?' },
    ],
    max_completion_tokens: 300,
    stream: true,
    stream_options: { include_usage: true },
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: EMPTY } }],
    tool_choice: 'required',
    parallel_tool_calls: false,
    user: 'user-1',
    service_tier: 'default',
    reasoning_effort: 'high',
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object' }, strict: false },
    },
  });
});

test('a whole agent request of OpenAI’s API becomes one of Anthropic’s', () => {
  const { body, wish } = chatToMessages({
    model: 'claude-opus-4-8',
    max_completion_tokens: 300,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'No jokes.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is on it?' },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j=', detail: 'auto' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: '',
        refusal: null,
        annotations: [],
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
          { id: 'call_2', type: 'function', function: { name: 'look', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'a cat' },
      {
        role: 'tool',
        tool_call_id: 'call_2',
        content: [
          { type: 'text', text: 'dark' },
          { type: 'text', text: 'cold' },
        ],
      },
      { role: 'user', content: 'And now?' },
      { role: 'developer', content: 'Answer in French.' },
    ],
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'look' } },
    parallel_tool_calls: false,
    stop: 'END',
    temperature: 0.5,
    top_p: 0.9,
    stream: true,
    stream_options: { include_usage: true },
    user: 'user-1',
    service_tier: 'default',
    reasoning_effort: 'high',
    store: true,
    prompt_cache_key: 'k',
    metadata: { a: 'b' },
    n: 1,
    frequency_penalty: 0,
    logprobs: false,
    seed: null,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'x', strict: true, schema: { type: 'object' } },
    },
  });
  assert.deepEqual(wish, {
    stream: true,
    streamUsage: true,
    thoughts: true,
    toolNames: new ToolNames(),
    stops: [],
    callIds: new Set(['call_1', 'call_2']),
  });
  assert.deepEqual(body, {
    model: 'claude-opus-4-8',
    max_tokens: 300,
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'No jokes.' },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is on it?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j=' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'call_1', name: 'look', input: { at: 1 } },
          { type: 'tool_use', id: 'call_2', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: 'a cat' },
          {
            type: 'tool_result',
            tool_use_id: 'call_2',
            content: [
              { type: 'text', text: 'dark' },
              { type: 'text', text: 'cold' },
            ],
          },
          { type: 'text', text: 'And now?' },
        ],
      },
      { role: 'system', content: 'Answer in French.' },
    ],
    stop_sequences: ['END'],
    stream: true,
    tools: [{ name: 'look', input_schema: EMPTY }],
    tool_choice: { type: 'tool', name: 'look', disable_parallel_tool_use: true },
    metadata: { user_id: 'user-1' },
    service_tier: 'standard_only',
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
  });
});
