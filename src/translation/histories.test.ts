// What stays in a conversation, and what gathers around it: results that come late or twice, tools of the other side,
// notes of libraries, tools from several servers. Each is sent again with every turn, so a refusal would end it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocols/json/json-value.ts';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';

const HELLO = { role: 'user', content: 'Hello' };
const toChat = (fields: object) =>
  messagesToChat({ model: 'gpt-4o', max_tokens: 9, messages: [HELLO], ...fields }).body as JsonObject & {
    messages: JsonObject[];
  };
const toMessages = (fields: object) =>
  chatToMessages({ model: 'claude-sonnet-4-5', messages: [HELLO], ...fields }).body as JsonObject & {
    messages: { role: string; content: JsonObject[] }[];
  };

const uses = (...ids: string[]) => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'f', input: {} })),
});
const result = (tool_use_id: string, content: unknown = 'r') => ({
  type: 'tool_result',
  tool_use_id,
  content,
});
const calls = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const told = (tool_call_id: string, content: unknown = 'r') => ({ role: 'tool', tool_call_id, content });
const PIXEL = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo' } };

test('results in several turns of the user’s follow their calls at OpenAI, before all that is said', () => {
  const order = (...turns: object[]) =>
    toChat({ messages: [HELLO, uses('a', 'b'), ...turns] }).messages.map(({ role, tool_call_id }) =>
      tool_call_id === undefined ? role : tool_call_id,
    );
  const turn = (...content: object[]) => ({ role: 'user', content });
  const expected = ['user', 'assistant', 'a', 'b', 'user'];
  assert.deepEqual(order(turn(result('a', [PIXEL])), turn(result('b'))), expected);
  assert.deepEqual(order(turn(result('a'), { type: 'text', text: 'hm' }), turn(result('b'))), expected);
});

test('results join those of the same calls at Anthropic, one for each call, whatever stands between', () => {
  for (const between of [[], [{ role: 'user', content: 'hm' }], [{ role: 'system', content: 'note' }]]) {
    const { messages } = toMessages({ messages: [HELLO, calls('a', 'b'), told('a'), ...between, told('b')] });
    const found = messages[2]?.content.flatMap((block) => block.tool_use_id ?? []);
    assert.deepEqual(found, ['a', 'b']);
    assert.ok(messages.slice(3).every(({ content }) => !JSON.stringify(content).includes('tool_result')));
  }
  const { messages } = toMessages({ messages: [HELLO, calls('a'), told('a', 'one'), told('a', 'two')] });
  assert.deepEqual(messages[2]?.content, [
    result('a', [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ]),
  ]);
});

test('calls without an id are answered in their order', () => {
  const { messages } = toMessages({ messages: [HELLO, calls('', ''), told(''), told('', 's')] });
  const ids = messages[1]?.content.map(({ id }) => id) ?? [];
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(
    messages[2]?.content.map(({ tool_use_id }) => tool_use_id),
    ids,
  );
});

test('somebody asks, at OpenAI at the beginning, at Anthropic also at the end where the model wants it', () => {
  const { messages } = toChat({
    messages: [{ role: 'user', content: '' }, uses('a'), { role: 'user', content: [result('a')] }],
  });
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool'],
  );
  const last = (fields: object) => {
    const said = { role: 'assistant', content: 'so far' };
    return toMessages({ messages: [HELLO, said], ...fields }).messages.at(-1)?.role;
  };
  assert.equal(last({}), 'assistant');
  assert.equal(last({ max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 1024 } }), 'user');
  for (const model of [
    'claude-opus-4-6',
    'claude-sonnet-4-6',
    'claude-opus-5',
    'us.anthropic.claude-opus-4-7-v1:0',
  ])
    assert.equal(last({ model }), 'user', model);
  // A call waits for its result.
  assert.equal(last({ model: 'claude-opus-5', messages: [HELLO, calls('a')] }), 'assistant');
});

test('a budget of thoughts stays below the bound of the answer, or there are none', () => {
  const budget = (max_tokens: number) =>
    toMessages({ max_tokens, thinking: { type: 'enabled', budget_tokens: 5000 } }).thinking;
  assert.deepEqual(budget(9000), { type: 'enabled', budget_tokens: 5000 });
  assert.deepEqual(budget(5000), { type: 'enabled', budget_tokens: 4999 });
  assert.equal(budget(1000), undefined);
});

test('what ran at Anthropic is told as a text', () => {
  const found = { type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'zz' };
  const said = (...content: object[]) =>
    toChat({
      messages: [HELLO, { role: 'assistant', content: [...content, { type: 'text', text: 'said' }] }, HELLO],
    }).messages[1]?.content;
  const use = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } };
  assert.equal(
    said(use, { type: 'web_search_tool_result', tool_use_id: 's', content: [found] }),
    '(A tool found:\nA: https://a.example)\n\nsaid',
  );
  const printed = {
    type: 'bash_code_execution_result',
    stdout: 'out\n',
    stderr: '',
    return_code: 0,
    content: [],
  };
  assert.equal(
    said({ type: 'bash_code_execution_tool_result', tool_use_id: 's', content: printed }),
    '(A tool found:\nout)\n\nsaid',
  );
  const refused = { type: 'web_search_tool_result_error', error_code: 'unavailable' };
  assert.equal(said(use, { type: 'web_search_tool_result', tool_use_id: 's', content: refused }), 'said');
  const answered = [{ type: 'text', text: 'r' }];
  assert.equal(
    said({ type: 'mcp_tool_result', tool_use_id: 'm', content: answered }),
    '(A tool found:\nr)\n\nsaid',
  );
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  assert.equal(said({ type: 'mcp_tool_result', tool_use_id: 'm', content: deep }), 'said');
});

test('notes of libraries stay behind, and thoughts and parts under other names are read', () => {
  const notes = { id: 'x', status: 'completed', created_at: 1, response_metadata: {}, usage: {} };
  const { messages } = toMessages({
    messages: [
      {
        ...HELLO,
        ...notes,
        content: [
          { type: 'input_text', text: 'Hello' },
          { type: 'text', text: null },
        ],
      },
      {
        ...notes,
        role: 'assistant',
        images: [],
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'output_text', text: 'x' },
        ],
      },
      HELLO,
    ],
  });
  assert.deepEqual(messages, [
    { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
    HELLO,
  ]);
  assert.deepEqual(toChat({ messages: [{ ...HELLO, ...notes, images: [] }] }).messages, [HELLO]);
});

test('files and images come in more than one dress', () => {
  const part = (one: object) =>
    toMessages({ messages: [{ role: 'user', content: [one] }] }).messages[0]?.content[0]?.source;
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' };
  const file = (file_data: string) => part({ type: 'file', file: { filename: 'a.pdf', file_data } });
  assert.deepEqual(file('JVBERi0xLjQK'), pdf);
  assert.deepEqual(file('data:application/pdf;base64,JVBERi0x\r\nLjQK\n'), pdf);
  assert.deepEqual(file('https://a.example/a.pdf'), { type: 'url', url: 'https://a.example/a.pdf' });
  assert.deepEqual(part({ type: 'input_file', filename: 'a.pdf', file_data: 'JVBERi0xLjQK' }), pdf);
  const png = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
  const image = (url: string) => part({ type: 'image_url', image_url: { url } });
  assert.deepEqual(image('data:image/png;base64,iVBORw0K\nGgo=\n'), png);
  assert.deepEqual(image('data:application/octet-stream;base64,iVBORw0KGgo='), png);
  assert.deepEqual(
    part({ type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' }),
    png,
  );
  assert.throws(() => image('data:application/octet-stream;base64,AAAA'), /its bytes are no/);
  assert.throws(() => file('AAAA'), /neither a base64 PDF/);
});

test('tools that are told twice are told once', () => {
  const tool = { name: 'f', input_schema: { type: 'object', properties: {} } };
  assert.equal((toChat({ tools: [tool, tool] }).tools as unknown[]).length, 1);
  const called = { type: 'function', function: { name: 'f' } };
  assert.equal((toMessages({ tools: [called, called] }).tools as unknown[]).length, 1);
});

test('the root of a tool’s schema is one object, whatever it was put together from', () => {
  const a = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const b = { properties: { b: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, required: ['b'] };
  const root = (schema: object) => {
    const [one] = toChat({ tools: [{ name: 'f', input_schema: schema }] }).tools as {
      function: JsonObject;
    }[];
    const parameters = one?.function.parameters;
    const [other] = toMessages({ tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] })
      .tools as JsonObject[];
    assert.deepEqual(other?.input_schema, parameters);
    return parameters;
  };
  const properties = { ...a.properties, ...b.properties };
  assert.deepEqual(root({ anyOf: [a, b] }), { type: 'object', properties });
  assert.deepEqual(root({ oneOf: [a, { ...b, required: ['a', 'b'] }], description: 'd' }), {
    type: 'object',
    description: 'd',
    properties,
    required: ['a'],
  });
  assert.deepEqual(root({ type: 'object', allOf: [{ ...a, additionalProperties: true }, b] }), {
    type: 'object',
    additionalProperties: true,
    properties,
    required: ['a', 'b'],
  });
  const $defs = { A: a, Self: { $ref: '#/$defs/Self' } };
  assert.deepEqual(root({ $ref: '#/$defs/A', $defs }), { ...a, $defs });
  assert.deepEqual(root({ $ref: '#/$defs/Self', $defs }), { type: 'object', properties: {}, $defs });
  const again = { anyOf: Array.from({ length: 20 }, () => ({ $ref: '#/$defs/A' })) };
  assert.deepEqual(root({ ...again, $defs: { A: again } }), {
    type: 'object',
    properties: {},
    $defs: { A: again },
  });
  assert.deepEqual(root({ $ref: '#/__proto__/x' }), { type: 'object', properties: {} });
});
