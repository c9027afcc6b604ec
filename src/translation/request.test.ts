// Requests in both directions, field by field: what becomes of each. Whole ones: whole-requests.test.ts; what is refused:
// refused-fields.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';

const HELLO = [{ role: 'user', content: 'Hello' }];
const MESSAGES = { model: 'gpt-5', max_tokens: 100, messages: HELLO };
const CHAT = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: HELLO };

const toChat = (fields: object): Record<string, unknown> => messagesToChat({ ...MESSAGES, ...fields }).body;
const toMessages = (fields: object): Record<string, unknown> => chatToMessages({ ...CHAT, ...fields }).body;

test('the bound on generated tokens is the client’s, the model’s limit, or the documented standard', () => {
  assert.equal(
    messagesToChat({ ...MESSAGES, model: 'gpt-4o', max_tokens: 64_000 }).body.max_completion_tokens,
    16_384,
  );
  assert.equal(messagesToChat({ ...MESSAGES, model: 'glm-4.7', max_tokens: 64_000 }).body.max_tokens, 64_000);
  const bound = (model: string): unknown => chatToMessages({ model, messages: HELLO }).body.max_tokens;
  assert.equal(bound('claude-3-haiku-20240307'), 4_096);
  assert.equal(bound('claude-haiku-4-5-20251001'), 64_000);
  assert.equal(bound('claude-opus-4-1-20250805'), 32_000);
  assert.equal(bound('claude-something-new'), 32_000);
  // As clients of llama.cpp and LM Studio write “as much as you like”.
  const open = { model: 'claude-haiku-4-5', messages: HELLO, max_tokens: -1 };
  assert.equal(chatToMessages(open).body.max_tokens, 64_000);
});

test('an effort that a model does not know is the highest that it knows, or left out', () => {
  const effort = (model: string, level: string): unknown =>
    toChat({ model, output_config: { effort: level } }).reasoning_effort;
  const told = (level: string): readonly unknown[] =>
    [
      'gpt-4o',
      'gpt-5-chat-latest',
      'gpt-5-mini',
      'o4-mini',
      'gpt-5.2',
      'gpt-5.6-sol',
      'glm-4.7',
      'claude-opus-5',
    ].map((model) => effort(model, level));
  const none = [undefined, undefined];
  assert.deepEqual(told('low'), [...none, 'low', 'low', 'low', 'low', 'low', 'low']);
  assert.deepEqual(told('xhigh'), [...none, 'high', 'high', 'xhigh', 'xhigh', 'high', 'xhigh']);
  assert.deepEqual(told('max'), [...none, 'high', 'high', 'xhigh', 'max', 'high', 'max']);
  const thinking = { type: 'enabled', budget_tokens: 31_999 };
  assert.equal(toChat({ model: 'gpt-4o', thinking }).reasoning_effort, undefined);
  const backward = (model: string, level: string): unknown =>
    chatToMessages({ ...CHAT, model, reasoning_effort: level }).body.output_config;
  assert.deepEqual(backward('claude-opus-5', 'minimal'), { effort: 'low' });
  assert.equal(backward('claude-haiku-4-5', 'high'), undefined);
});

test('without tools nothing is said of them, in either direction', () => {
  for (const tool_choice of [undefined, { type: 'auto' }, { type: 'any' }, { type: 'tool', name: 'f' }]) {
    const sent = toChat({ tools: [], tool_choice });
    assert.deepEqual([sent.tools, sent.tool_choice, 'tools' in sent], [undefined, undefined, false]);
  }
  for (const tool_choice of [undefined, 'auto', 'none', 'required']) {
    const sent = toMessages({ tools: [], tool_choice, parallel_tool_calls: false });
    assert.deepEqual(['tools' in sent, 'tool_choice' in sent], [false, false]);
  }
});

test('Claude is told of tools that were called, although none may be called any more', () => {
  const calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }];
  const talk = [
    ...HELLO,
    { role: 'assistant', tool_calls: calls },
    { role: 'tool', tool_call_id: 'a', content: '1' },
  ];
  const sent = toMessages({ messages: talk });
  assert.deepEqual(sent.tools, [{ name: 'f', input_schema: { type: 'object', properties: {} } }]);
  assert.deepEqual(sent.tool_choice, { type: 'none' });
});

test('pictures and documents in results of tools follow as the user’s, or stay where the API takes them', () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
  const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } };
  const result = (id: string, ...content: unknown[]) => ({ type: 'tool_result', tool_use_id: id, content });
  const content = [
    result('a', { type: 'text', text: 'a.png:' }, { type: 'image', source }),
    result('b', pdf),
    result('c', { type: 'text', text: 'no' }),
    { type: 'text', text: 'And?' },
  ];
  const { messages } = toChat({ messages: [{ role: 'user', content }] });
  assert.deepEqual(messages, [
    { role: 'tool', tool_call_id: 'a', content: 'a.png:' },
    { role: 'tool', tool_call_id: 'b', content: 'It follows in the next message.' },
    { role: 'tool', tool_call_id: 'c', content: 'no' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'From the result of the tool call a:' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'text', text: 'From the result of the tool call b:' },
        { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
        { type: 'text', text: 'And?' },
      ],
    },
  ]);
  const seen = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
  const back = toMessages({ messages: [...HELLO, { role: 'tool', tool_call_id: 'a', content: seen }] });
  assert.deepEqual((back.messages as unknown[])[1], {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source }] }],
  });
});

test('nothing blank goes to Claude: neither texts nor turns nor stops nor the end of its own words', () => {
  const blank = { type: 'text', text: ' \n' };
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '' } };
  const { system, messages, stop_sequences } = toMessages({
    model: 'claude-haiku-4-5',
    stop: ['', '\n\n', 'END'],
    messages: [
      { role: 'system', content: [blank, { type: 'text', text: 'Be brief.' }] },
      { role: 'developer', content: '' },
      { role: 'user', content: [blank, { type: 'text', text: 'x' }] },
      { role: 'assistant', content: '' },
      { role: 'user', content: '  ' },
      { role: 'assistant', content: [blank], tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: '' },
      { role: 'system', content: '' },
      { role: 'assistant', content: 'It is ' },
    ],
  });
  assert.deepEqual(system, [{ type: 'text', text: 'Be brief.' }]);
  assert.deepEqual(messages, [
    { role: 'user', content: [{ type: 'text', text: 'x' }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] },
    { role: 'assistant', content: 'It is' },
  ]);
  assert.deepEqual(stop_sequences, ['END']);
  assert.equal(toMessages({ stop: '\n' }).stop_sequences, undefined);
  assert.equal(toChat({ stop_sequences: [''] }).stop, undefined);
  assert.equal(toMessages({ messages: [{ role: 'system', content: ' ' }, ...HELLO] }).system, undefined);
});

test('a schema of an answer is closed for Claude, as far as it does not say otherwise', () => {
  const inner = { type: 'object', properties: { b: { type: 'string' } } };
  const format = (schema: object): unknown =>
    toMessages({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } })
      .output_config;
  assert.deepEqual(format({ type: 'object', properties: { a: { type: 'array', items: inner } } }), {
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: { a: { type: 'array', items: { ...inner, additionalProperties: false } } },
        additionalProperties: false,
      },
    },
  });
  const open = {
    type: 'object',
    properties: { type: { enum: [{ properties: 1 }] } },
    additionalProperties: true,
  };
  assert.deepEqual(format(open), { format: { type: 'json_schema', schema: open } });
});

test('text behind a call comes before it, for OpenAI’s API', () => {
  const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  const { messages } = toChat({
    messages: [
      ...HELLO,
      { role: 'assistant', content: [call, { type: 'text', text: 'Calling.' }] },
      ...HELLO,
    ],
  });
  assert.deepEqual((messages as unknown[])[1], {
    role: 'assistant',
    content: 'Calling.',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  });
});

test('what Claude Code tells Anthropic about billing is not told to others', () => {
  const header = 'x-anthropic-billing-header: cc_version=2.1.0; cc_entrypoint=cli; cch=0a1b2;';
  const block = (text: string) => ({ type: 'text', text });
  const system = (value: unknown): unknown => {
    const [first] = toChat({ system: value }).messages as { role: string; content: unknown }[];
    return first?.role === 'system' ? first.content : undefined;
  };
  assert.equal(system([block(header), block('Be brief.')]), 'Be brief.');
  assert.equal(system([block(`${header}\nBe brief.`)]), 'Be brief.');
  assert.equal(system([block(header)]), undefined);
  assert.equal(system(header), undefined);
  assert.equal(system(`About ${header}`), `About ${header}`);
});

test('a schema is sent as strict only where strict mode takes it', () => {
  const closed = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const open = { ...closed, required: [] };
  const strictOf = (input_schema: unknown): unknown =>
    JSON.parse(JSON.stringify(toChat({ tools: [{ name: 'f', input_schema, strict: true }] }))).tools[0]
      .function.strict;
  assert.deepEqual([strictOf(closed), strictOf(open)], [true, undefined]);
  const answer = (schema: unknown): unknown =>
    toChat({ output_format: { type: 'json_schema', schema } }).response_format;
  const named = (schema: unknown, strict: boolean) => ({
    type: 'json_schema',
    json_schema: { name: 'answer', schema, strict },
  });
  assert.deepEqual([answer(closed), answer(open)], [named(closed, true), named(open, false)]);
  const claude = (model: string): unknown => {
    const called = { name: 'f', parameters: closed, strict: true };
    const { body } = chatToMessages({ ...CHAT, model, tools: [{ type: 'function', function: called }] });
    return (body.tools as { strict?: unknown }[])[0]?.strict;
  };
  assert.deepEqual([claude('claude-opus-5'), claude('claude-3-5-sonnet-20241022')], [true, undefined]);
});

test('thinking and reasoning effort meet where both name a level', () => {
  const effort = (budget: number): unknown =>
    toChat({ thinking: { type: 'enabled', budget_tokens: budget } }).reasoning_effort;
  assert.deepEqual([2_048, 8_192, 8_193].map(effort), ['low', 'medium', 'high']);
  assert.equal(toChat({ thinking: { type: 'disabled' } }).reasoning_effort, undefined);
  assert.deepEqual(toMessages({ reasoning_effort: 'none' }).thinking, { type: 'disabled' });
  const old = { ...CHAT, model: 'claude-haiku-4-5', reasoning_effort: 'none' };
  assert.equal(chatToMessages(old).body.thinking, undefined);
});

test('long user ids and foreign ids of calls fit the other API, the same each time', () => {
  const long = 'x'.repeat(65);
  const first = toChat({ metadata: { user_id: long } }).user;
  assert.match(String(first), /^[0-9a-f]{64}$/);
  assert.equal(toChat({ metadata: { user_id: long } }).user, first);
  const { messages } = toMessages({
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', tool_calls: [{ id: 'functions.f:0', type: 'function', function: { name: 'f' } }] },
      { role: 'tool', tool_call_id: 'functions.f:0', content: 'y' },
    ],
  });
  const ids = [...JSON.stringify(messages).matchAll(/call_[0-9a-f]{32}/g)].map(([id]) => id);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

test('thoughts that came from another API go back to it; signed ones stay away', () => {
  const turn = (signature: string) => [
    ...HELLO,
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature },
        { type: 'text', text: 'Ah' },
      ],
    },
    ...HELLO,
  ];
  const sent = (signature: string): unknown =>
    (toChat({ model: 'glm-4.7', messages: turn(signature) }).messages as unknown[])[1];
  assert.deepEqual(sent('tokenwatch-translated'), {
    role: 'assistant',
    content: 'Ah',
    reasoning_content: 'Hm',
  });
  assert.deepEqual(sent('EqQBCg'), { role: 'assistant', content: 'Ah' });
});

test('a PDF goes both ways', () => {
  const source = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' };
  const document = { type: 'document', source, title: 'a.pdf' };
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } };
  const chat = toChat({ messages: [{ role: 'user', content: [document] }] });
  assert.deepEqual(chat.messages, [{ role: 'user', content: [file] }]);
  assert.deepEqual(toMessages({ messages: chat.messages }).messages, [{ role: 'user', content: [document] }]);
});
