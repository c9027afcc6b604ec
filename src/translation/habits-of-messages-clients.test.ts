// Requests for Anthropic’s API as agents, SDKs and other gateways write them: what would end a conversation if it were refused,
// and what OpenAI’s API would refuse if it went along.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesToChat } from './request-to-chat.ts';

type Body = Record<string, unknown>;
const HELLO = { role: 'user', content: 'Hello' };
const toChat = (fields: object): Body =>
  JSON.parse(
    JSON.stringify(messagesToChat({ model: 'glm-4.7', max_tokens: 9, messages: [HELLO], ...fields }).body),
  ) as Body;
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });
/** Of what was sent, the members that a line is about. */
const told = (sent: Body, expected: object): Body =>
  Object.fromEntries(Object.keys(expected).map((name) => [name, sent[name]]));

const MESSAGES: readonly (readonly [what: string, fields: object, expected: object])[] = [
  ['nobody as the user', { metadata: { user_id: '' } }, { user: undefined }],
  [
    'results of tools behind other words go before them',
    {
      messages: [
        { role: 'user', content: [text('b'), { type: 'tool_result', tool_use_id: 'a', content: 'r' }] },
      ],
    },
    {
      messages: [
        { role: 'tool', tool_call_id: 'a', content: 'r' },
        { role: 'user', content: 'b' },
      ],
    },
  ],
  [
    'texts alone are one text, wherever they stand',
    {
      system: [text('a', { cache_control: { type: 'ephemeral' } }), text('b')],
      messages: [
        { role: 'user', content: [text('c'), text(''), text('d')] },
        { role: 'assistant', content: [text('e'), text('f')] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', is_error: true, content: [text('g'), text('h')] },
          ],
        },
      ],
    },
    {
      messages: [
        { role: 'system', content: 'a\n\nb' },
        { role: 'user', content: 'c\n\nd' },
        { role: 'assistant', content: 'e\n\nf' },
        { role: 'tool', tool_call_id: 'a', content: 'Error: g\n\nh' },
      ],
    },
  ],
  [
    'what holds nothing is left out',
    {
      system: [],
      messages: [
        HELLO,
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm', signature: 's' }] },
        { role: 'user', content: [] },
        { role: 'assistant', content: '' },
      ],
    },
    { messages: [HELLO] },
  ],
  [
    'documents of text, results of searches and tools that were found are told in words',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'a' } },
            { type: 'document', source: { type: 'content', content: [text('b'), text('c')] } },
            { type: 'search_result', title: 'S', source: 'https://x.example', content: [text('d')] },
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_reference', tool_name: 'f' }] },
          ],
        },
      ],
    },
    {
      messages: [
        { role: 'tool', tool_call_id: 'a', content: 'The tool f can be called now.' },
        { role: 'user', content: 'T\n\na\n\nb\n\nc\n\nS (https://x.example)\n\nd' },
      ],
    },
  ],
  [
    'an answer that quoted goes back without its quotations',
    {
      messages: [
        HELLO,
        { role: 'assistant', content: [text('a', { citations: [{ type: 'page_location' }] })] },
        HELLO,
      ],
    },
    { messages: [HELLO, { role: 'assistant', content: 'a' }, HELLO] },
  ],
  [
    'an input that is a text of JSON already is sent as it is',
    {
      messages: [
        HELLO,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: '{"x":1}' }] },
        HELLO,
      ],
    },
    {
      messages: [
        HELLO,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
        },
        HELLO,
      ],
    },
  ],
  [
    'a temperature of 1 says nothing',
    { temperature: 1, top_p: 1 },
    { temperature: undefined, top_p: undefined },
  ],
  ['a temperature goes along', { temperature: 0, top_p: 0.9 }, { temperature: 0, top_p: 0.9 }],
  [
    'OpenAI’s models that reason take none',
    { model: 'gpt-5-mini', temperature: 0, top_p: 0.9 },
    { temperature: undefined, top_p: undefined },
  ],
  [
    'late models of OpenAI’s take functions only without reasoning',
    {
      model: 'gpt-5.6-sol',
      tools: [{ name: 'f', input_schema: {}, defer_loading: true }],
      output_config: { effort: 'high' },
    },
    { reasoning_effort: 'none' },
  ],
  [
    'and reason without functions',
    { model: 'gpt-5.6-sol', output_config: { effort: 'high' } },
    { reasoning_effort: 'high' },
  ],
  [
    'the o-series calls one by one anyway',
    {
      model: 'o4-mini',
      tools: [{ name: 'f' }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    },
    { tool_choice: 'auto', parallel_tool_calls: undefined },
  ],
  [
    'lists say of what, also where they may be null and where a property is called as a keyword',
    {
      tools: [
        {
          name: 'f',
          input_schema: { properties: { default: { type: ['array', 'null'] }, enum: { type: 'array' } } },
        },
      ],
    },
    {
      tools: [
        {
          type: 'function',
          function: {
            name: 'f',
            parameters: {
              type: 'object',
              properties: {
                default: { type: ['array', 'null'], items: {} },
                enum: { type: 'array', items: {} },
              },
            },
          },
        },
      ],
    },
  ],
];

test('to OpenAI’s API', () => {
  for (const [what, fields, expected] of MESSAGES)
    assert.deepEqual(told(toChat(fields), expected), expected, what);
});
