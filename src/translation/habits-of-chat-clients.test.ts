// Requests for OpenAI’s API as agents, SDKs and other gateways write them: what would end a conversation if it were refused,
// and what Anthropic’s API would refuse if it went along.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatToMessages } from './request-to-messages.ts';

type Body = Record<string, unknown>;
const HELLO = { role: 'user', content: 'Hello' };
const toMessages = (fields: object): Body =>
  JSON.parse(
    JSON.stringify(chatToMessages({ model: 'claude-sonnet-4-6', messages: [HELLO], ...fields }).body),
  ) as Body;
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });
const call = (written: unknown, more: object = {}) => ({
  id: 'a',
  type: 'function',
  function: { name: 'f', arguments: written, ...more },
});
const MARK = { cache_control: { type: 'ephemeral' } };
/** Of what was sent, the members that a line is about. */
const told = (sent: Body, expected: object): Body =>
  Object.fromEntries(Object.keys(expected).map((name) => [name, sent[name]]));
const JPEG = '/9j/4AAQ';
const picture = (media_type: string, data: string) => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});
const shown = (url: unknown) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: url }] }],
});
const seen = (media_type: string, data: string) => ({
  messages: [{ role: 'user', content: [picture(media_type, data)] }],
});
const chose = (tool_choice: unknown) => ({
  tools: [{ type: 'function', function: { name: 'f' } }],
  tool_choice,
});
const calledWith = (written: unknown) => ({
  messages: [HELLO, { role: 'assistant', tool_calls: [call(written)] }],
});
const used = (input: unknown) => ({
  messages: [HELLO, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input }] }],
});

const result = (more: object) => ({ role: 'tool', tool_call_id: 'a', content: 'r', ...more });
const resultBlock = (more: object) => ({ type: 'tool_result', tool_use_id: 'a', content: 'r', ...more });

const CHAT: readonly (readonly [what: string, fields: object, expected: object])[] = [
  [
    'a picture by its bare address',
    shown('https://x.example/a.png'),
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }],
        },
      ],
    },
  ],
  [
    'image/jpg is image/jpeg',
    shown({ url: 'data:image/jpg;base64,AAAA', detail: 'low' }),
    seen('image/jpeg', 'AAAA'),
  ],
  [
    'a picture that is called otherwise than it is',
    shown({ url: `data:image/png;base64,${JPEG}` }),
    seen('image/jpeg', JPEG),
  ],
  [
    'a picture with a name in its address',
    shown({ url: 'data:image/gif;name=a.gif;base64,R0lGOD' }),
    seen('image/gif', 'R0lGOD'),
  ],
  [
    'a file of text',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', file: { filename: 'a.md', file_data: 'data:text/markdown;base64,w7Y=' } },
          ],
        },
      ],
    },
    {
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              title: 'a.md',
              source: { type: 'text', media_type: 'text/plain', data: 'ö' },
            },
          ],
        },
      ],
    },
  ],
  [
    'a result that says it is an error',
    { messages: [HELLO, { role: 'assistant', tool_calls: [call('{}')] }, result({ is_error: true })] },
    { messages: [...used({}).messages, { role: 'user', content: [resultBlock({ is_error: true })] }] },
  ],
  [
    'a result that says it is none',
    { messages: [HELLO, { role: 'assistant', tool_calls: [call('{}')] }, result({ is_error: false })] },
    { messages: [...used({}).messages, { role: 'user', content: [resultBlock({})] }] },
  ],
  ['arguments that were cut off', calledWith('{"a":'), used({ unread_arguments: '{"a":' })],
  ['arguments that are a list', calledWith('[1]'), used({ unread_arguments: '[1]' })],
  ['arguments that were encoded twice', calledWith('"{\\"a\\":1}"'), used({ a: 1 })],
  ['arguments that are an object', calledWith({ a: 1 }), used({ a: 1 })],
  ['arguments that are null', calledWith('null'), used({})],
  ['a choice as an object', chose({ type: 'any' }), { tool_choice: { type: 'any' } }],
  [
    'a choice in Anthropic’s form',
    chose({ type: 'tool', name: 'f' }),
    { tool_choice: { type: 'tool', name: 'f' } },
  ],
  [
    'a choice in the form of the Responses API',
    chose({ type: 'function', name: 'f' }),
    { tool_choice: { type: 'tool', name: 'f' } },
  ],
  ['Mistral’s word for it', chose('any'), { tool_choice: { type: 'any' } }],
  [
    'a tool in the form of the Responses API, marked',
    { tools: [{ type: 'function', name: 'f', description: 'd', parameters: {}, ...MARK }] },
    { tools: [{ name: 'f', description: 'd', input_schema: { type: 'object', properties: {} }, ...MARK }] },
  ],
  [
    'marks of the prompt cache stay where they are',
    {
      messages: [
        { role: 'system', content: [text('a', MARK)] },
        { role: 'user', content: [text('b', MARK)] },
        { role: 'assistant', content: 'c', ...MARK },
        { role: 'user', content: 'd', ...MARK },
      ],
    },
    {
      system: [text('a', MARK)],
      messages: [
        { role: 'user', content: [text('b', MARK)] },
        { role: 'assistant', content: [text('c', MARK)] },
        { role: 'user', content: [text('d', MARK)] },
      ],
    },
  ],
  [
    'what libraries note on answers is left out',
    {
      messages: [
        HELLO,
        {
          role: 'assistant',
          content: [text('a', { annotations: [{}] })],
          annotations: [{ type: 'url_citation' }],
          provider_specific_fields: {},
          parsed: null,
          reasoning_details: [{}],
          tool_calls: [{ ...call('{}', { parsed_arguments: {} }), extra_content: { google: {} } }],
        },
      ],
    },
    {
      messages: [
        HELLO,
        { role: 'assistant', content: [text('a'), { type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      ],
    },
  ],
  [
    'who speaks is said in the text',
    { messages: [{ ...HELLO, name: 'Ann' }] },
    { messages: [{ role: 'user', content: 'Ann: Hello' }] },
  ],
  [
    'who has an empty name speaks without one',
    { messages: [{ ...HELLO, name: ' ' }] },
    { messages: [HELLO] },
  ],
  [
    'instructions alone are the question',
    { messages: [{ role: 'system', content: 'Say hi.' }] },
    { system: undefined, messages: [{ role: 'user', content: 'Say hi.' }] },
  ],
  [
    'the user begins',
    { messages: [{ role: 'system', content: 's' }, { role: 'assistant', content: 'Hi!' }, HELLO] },
    {
      system: 's',
      messages: [
        { role: 'user', content: '(The conversation begins.)' },
        { role: 'assistant', content: 'Hi!' },
        HELLO,
      ],
    },
  ],
  [
    'later instructions join the first where the model takes none among the turns',
    { messages: [{ role: 'system', content: 'a' }, HELLO, { role: 'developer', content: 'b' }] },
    { system: [text('a'), text('b')], messages: [HELLO] },
  ],
  [
    'or where they stand in a place that it does not take',
    {
      model: 'claude-opus-4-8',
      messages: [HELLO, { role: 'system', content: 'a' }, HELLO, { role: 'system', content: 'b' }],
    },
    { system: 'a', messages: [HELLO, HELLO, { role: 'system', content: 'b' }] },
  ],
  ['one of temperature and top_p', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: undefined }],
  ['nobody as the user', { user: '', safety_identifier: '' }, { metadata: undefined }],
  ['top_p alone', { temperature: 1, top_p: 0.9, top_k: 5 }, { temperature: undefined, top_p: 0.9, top_k: 5 }],
  [
    'both for models that take both',
    { model: 'claude-3-5-haiku-20241022', temperature: 0.5, top_p: 0.9 },
    { temperature: 0.5, top_p: 0.9 },
  ],
  [
    'neither for models that take neither',
    { model: 'claude-opus-4-7', temperature: 0.5, top_p: 0.9 },
    { temperature: undefined, top_p: undefined },
  ],
  [
    'nor where the model thinks',
    { reasoning_effort: 'low', temperature: 0.5 },
    { thinking: { type: 'adaptive' }, temperature: undefined },
  ],
  [
    'where a tool must be called, Claude does not think',
    { ...chose('required'), reasoning_effort: 'low' },
    { thinking: undefined, output_config: { effort: 'low' } },
  ],
  [
    'OpenRouter’s effort',
    { reasoning: { effort: 'high', exclude: true } },
    { output_config: { effort: 'high' } },
  ],
  [
    'OpenRouter’s bound',
    { reasoning: { max_tokens: 2000 }, usage: { include: true } },
    { output_config: { effort: 'low' } },
  ],
  ['OpenRouter’s no', { reasoning: { enabled: false } }, { thinking: { type: 'disabled' } }],
  [
    'Anthropic’s own',
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
  ],
  [
    'bounds that Claude’s API refuses are told in words',
    {
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'x',
          description: 'D',
          schema: {
            type: 'object',
            properties: { minimum: { type: 'integer', minimum: 1, description: 'N' } },
          },
        },
      },
    },
    {
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            description: 'D',
            additionalProperties: false,
            properties: { minimum: { type: 'integer', description: 'N {minimum: 1}' } },
          },
        },
      },
    },
  ],
  [
    'a tool with such bounds is not strict',
    {
      tools: [
        {
          type: 'function',
          function: {
            name: 'f',
            strict: true,
            parameters: {
              type: 'object',
              properties: { a: { type: 'integer', minimum: 1 } },
              required: ['a'],
              additionalProperties: false,
            },
          },
        },
      ],
    },
    {
      tools: [
        {
          name: 'f',
          input_schema: {
            type: 'object',
            properties: { a: { type: 'integer', minimum: 1 } },
            required: ['a'],
            additionalProperties: false,
          },
        },
      ],
    },
  ],
];

test('to Anthropic’s API', () => {
  for (const [what, fields, expected] of CHAT)
    assert.deepEqual(told(toMessages(fields), expected), expected, what);
  const id = (user: string): unknown => (toMessages({ user }).metadata as Body).user_id;
  for (const user of ['ann@example.com', '+1 555 010 0000', 'x'.repeat(300)])
    assert.match(String(id(user)), /^[0-9a-f]{64}$/);
  for (const user of ['user-17', '00000000-0000-1000-8000-000000000000']) assert.equal(id(user), user);
});
