// Anthropic's own blocks in Chat Completions requests, as Cursor's agent writes them (router-for-me/CLIProxyAPI#3805,
// BerriAI/litellm#25669), and in histories of its own API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocols/json/json-value.ts';
import { messagesToChat } from '../request-to-chat.ts';
import { chatToMessages } from '../request-to-messages.ts';

const HELLO = { role: 'user', content: 'Hello' };
const MARK = { cache_control: { type: 'ephemeral' } };
const LONG = 'a.tool/'.repeat(12);
const use = (id: string, name = 'f', more: object = {}) => ({
  type: 'tool_use',
  id,
  name,
  input: {},
  ...more,
});
const result = (id: string, content: unknown, more: object = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo' } };
const toMessages = (fields: object): JsonObject =>
  chatToMessages({ model: 'claude-sonnet-4-6', messages: [HELLO], ...fields }).body;

test('calls, results, pictures and tools in Anthropic’s form go along', () => {
  const tools = [{ name: 'f', description: 'd', input_schema: { type: 'object', properties: {} } }];
  const words = { type: 'text', text: 'a' };
  const body = toMessages({
    tools: [...tools, { type: 'custom', name: 'g', input_schema: {}, ...MARK }],
    tool_choice: { type: 'tool', name: 'f' },
    messages: [
      { role: 'user', content: [picture, { type: 'text', text: 'Which?' }] },
      { role: 'assistant', content: [words, use('toolu_1'), use('toolu_2', LONG, MARK)] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go on' },
          result('toolu_2', [{ type: 'text', text: 'r' }, picture], { is_error: true, ...MARK }),
          result('toolu_1', ''),
        ],
      },
    ],
  });
  assert.deepEqual(body.tool_choice, { type: 'tool', name: 'f' });
  assert.deepEqual(body.tools, [
    tools[0],
    { name: 'g', input_schema: { type: 'object', properties: {} }, ...MARK },
  ]);
  const [asked, called, answered] = body.messages as { content: JsonObject[] }[];
  assert.deepEqual(asked?.content[0], picture);
  const { name } = called?.content[2] ?? {};
  assert.match(String(name), /^a_tool_.{1,57}$/);
  assert.deepEqual(called?.content, [words, use('toolu_1'), use('toolu_2', String(name), MARK)]);
  assert.deepEqual(answered?.content, [
    {
      type: 'tool_result',
      tool_use_id: 'toolu_2',
      is_error: true,
      ...MARK,
      content: [{ type: 'text', text: 'r' }, picture],
    },
    { type: 'tool_result', tool_use_id: 'toolu_1' },
    { type: 'text', text: 'Go on' },
  ]);
});

test('results alone are a turn, and what no client of either API writes is refused', () => {
  const messages = [
    HELLO,
    { role: 'assistant', content: [use('a')] },
    { role: 'user', content: [result('a', 'r')] },
  ];
  assert.deepEqual((toMessages({ messages }).messages as object[])[2], {
    role: 'user',
    content: [result('a', 'r')],
  });
  const odd = [{ role: 'user', content: [result('a', 'r', { wobble: 1 })] }];
  assert.throws(() => toMessages({ messages: odd }), /messages\[0\]\.content\[0\]\.wobble/);
  const tools = [{ type: 'bash_20250124', name: 'bash', input_schema: {} }];
  assert.throws(() => toMessages({ tools }), /tools\[0\]\.type/);
  const inside = [{ role: 'tool', tool_call_id: 'a', content: [result('b', 'r')] }];
  assert.throws(() => toMessages({ messages: inside }), /parts of type "tool_result"/);
});

test('a call that is told in both forms is one', () => {
  const called = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"b":1}' } };
  const content = [{ type: 'text', text: 'x' }, use('a', 'f', { index: 1, partial_json: '{"b":1}' })];
  const messages = [HELLO, { role: 'assistant', content, tool_calls: [called] }, HELLO];
  const [, answer] = toMessages({ messages }).messages as { content: JsonObject[] }[];
  assert.deepEqual(answer?.content, [{ type: 'text', text: 'x' }, use('a', 'f', { input: { b: 1 } })]);
});

test('the mark of the prompt cache on a whole request goes along', () => {
  assert.deepEqual(toMessages(MARK).cache_control, MARK.cache_control);
});

test('a summary in a history is told, who went on with an answer is not, and no question at all is refused', () => {
  const request = { model: 'glm-4.7', max_tokens: 9 };
  const answer = [
    { type: 'compaction', content: 'Ann wants tea.' },
    { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } },
    { type: 'text', text: 'Yes.' },
  ];
  const messages = [HELLO, { role: 'assistant', content: answer }, HELLO];
  assert.deepEqual((messagesToChat({ ...request, messages }).body.messages as object[])[1], {
    role: 'assistant',
    content: '(The conversation so far, in short:\nAnn wants tea.)\n\nYes.',
  });
  for (const none of [[], [{ role: 'user', content: '' }]])
    assert.throws(() => messagesToChat({ ...request, messages: none }), /nothing is said/);
});
