// Answers as compatible servers write them, whole and as a stream.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocols/json/json-value.ts';
import { messageToCompletion } from './answers/answer-to-chat.ts';
import { completionToMessage } from './answers/answer-to-messages.ts';
import { errorToChat, errorToMessages } from './answers/error-bodies.ts';
import { StreamToChat } from './answers/stream-to-chat.ts';
import { StreamToMessages } from './answers/stream-to-messages.ts';
import { ToolNames } from './tools/tool-names.ts';

const WISH = {
  stream: true,
  streamUsage: true,
  thoughts: true,
  toolNames: new ToolNames(),
  stops: [],
  callIds: new Set<string>(),
};
const CONTEXT = { wish: WISH, createdAtSeconds: 1 };

type Told = {
  readonly content: readonly JsonObject[];
  readonly stop_reason: string;
  readonly stop_sequence: unknown;
};

const whole = (message: object, finish_reason: string | null = 'stop', more: object = {}): Told =>
  completionToMessage(
    { id: 'c', choices: [{ index: 0, message, finish_reason, ...more }] },
    CONTEXT,
  ) as unknown as Told;

/** The same told in one chunk: its last event. */
function streamed(message: object, finish_reason: string, more: object = {}, under = 'delta'): JsonObject {
  const stream = new StreamToMessages(CONTEXT);
  const chunk = { id: 'c', choices: [{ index: 0, [under]: message, finish_reason, ...more }] };
  const text = Buffer.concat([
    stream.push(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)),
    stream.end(),
  ]).toString();
  assert.equal(stream.failure, null, text);
  const events = text.split('\n\n').flatMap((event) => /data: (.*)/.exec(event)?.[1] ?? []);
  const parsed = events.map((event) => JSON.parse(event) as JsonObject);
  const delta = parsed.find(({ type }) => type === 'message_delta')?.delta as JsonObject;
  return {
    ...delta,
    kinds: parsed.flatMap(({ content_block }) => (content_block as JsonObject)?.type ?? []),
  };
}

const called = (written: unknown) => ({
  id: 'a',
  type: 'function',
  function: { name: 'f', arguments: written },
});

test('calls that are written oddly are calls all the same', () => {
  const inputs: readonly (readonly [written: unknown, input: object])[] = [
    ['{"a":1}', { a: 1 }],
    ['"{\\"a\\":1}"', { a: 1 }],
    [{ a: 1 }, { a: 1 }],
    ['null', {}],
    ['', {}],
    ['{a:1}', { unread_arguments: '{a:1}' }],
    ['7', { unread_arguments: '7' }],
  ];
  for (const [written, input] of inputs) {
    const { content, stop_reason } = whole({ content: 'x', tool_calls: [called(written)] }, 'tool_calls');
    assert.deepEqual(content[1]?.input, input, String(written));
    assert.equal(stop_reason, 'tool_use');
  }
  const cut = whole({ content: 'x', tool_calls: [called('{}'), called('{"a":')] }, 'length');
  assert.deepEqual([cut.content.length, cut.stop_reason], [2, 'max_tokens']);
  const old = { content: null, function_call: { name: 'f', arguments: '{"a":1}' } };
  const told = whole(old, 'function_call');
  assert.deepEqual(
    [told.content[0]?.name, told.content[0]?.input, told.stop_reason],
    ['f', { a: 1 }, 'tool_use'],
  );
  assert.deepEqual(streamed(old, 'function_call').kinds, ['tool_use']);
  assert.deepEqual(streamed({ role: 'assistant', content: 'x' }, 'stop', {}, 'message').kinds, ['text']);
});

test('words for an ending, and what ended it', () => {
  const endings: readonly (readonly [finish: string, more: object, reason: string, sequence: unknown])[] = [
    ['stop', { stop_reason: '###' }, 'stop_sequence', '###'],
    ['stop', { matched_stop: 'END' }, 'stop_sequence', 'END'],
    ['stop', { stop_reason: 151_645 }, 'end_turn', null],
    ['stop', { stop_reason: 'end_turn' }, 'end_turn', null],
    ['stop', { stop_reason: 'stop' }, 'end_turn', null],
    ['eos', {}, 'end_turn', null],
    ['MAX_OUTPUT_TOKENS', {}, 'max_tokens', null],
    ['repetition', {}, 'max_tokens', null],
    ['guardrail_intervened', {}, 'refusal', null],
    ['function_call', {}, 'end_turn', null],
    ['constructor', {}, 'end_turn', null],
  ];
  for (const [finish, more, reason, sequence] of endings) {
    const { stop_reason, stop_sequence } = whole({ content: 'x' }, finish, more);
    assert.deepEqual([stop_reason, stop_sequence], [reason, sequence], finish);
    const last = streamed({ content: 'x' }, finish, more);
    assert.deepEqual([last.stop_reason, last.stop_sequence], [reason, sequence], finish);
  }
  for (const finish of ['abort', 'malformed_function_call', 'network_error'])
    assert.throws(() => whole({ content: 'x' }, finish), /ended with the word/);
});

test('parts of an answer under other names', () => {
  const { content } = whole({
    content: [
      { type: 'output_text', text: 'a' },
      { type: 'refusal', refusal: 'b' },
    ],
    refusal: '',
  });
  assert.equal(content[0]?.text, 'ab');
  assert.equal(whole({ content: 'x', refusal: '' }).stop_reason, 'end_turn');
});

test('an event that says no more than what went wrong is an error', () => {
  for (const bare of [
    ...[
      { message: 'boom' },
      { detail: 'boom' },
      { code: 1305, msg: 'boom' },
      { error_code: 17, error_msg: 'boom' },
    ],
    { base_resp: { status_code: 1008, status_msg: 'boom' } },
    { success: false, errors: [{ code: 5006, message: 'boom' }] },
    [{ error: { code: 503, message: 'boom', status: 'UNAVAILABLE' } }],
  ]) {
    const stream = new StreamToMessages(CONTEXT);
    const text = stream.push(Buffer.from(`event: error\ndata: ${JSON.stringify(bare)}\n\n`)).toString();
    assert.match(text, /event: error\n.*"message":"boom"/);
  }
});

test('what a server says went wrong is told, wherever it says it', () => {
  const said: readonly (readonly [object, string])[] = [
    [{ detail: [{ loc: ['body', 'x'], msg: 'field required' }] }, 'field required (body.x)'],
    [{ success: false, errors: [{ code: 7003, message: 'No route' }], messages: [] }, 'No route'],
    [{ Message: 'no access', __type: 'x' }, 'no access'],
    [{ code: 500, msg: '404 NOT_FOUND', success: false }, '404 NOT_FOUND'],
    [{ base_resp: { status_code: 2013, status_msg: 'invalid' } }, 'invalid'],
    [{ error: ['Too long', 'second'], error_type: 'validation' }, 'Too long'],
    [{ error: { error: { message: 'deep' } } }, 'deep'],
    [{ type: 'about:blank', title: 'Too Many Requests', status: 429 }, 'Too Many Requests'],
    [{ type: 'about:blank', title: 'Bad Request', detail: 'because' }, 'because'],
    [
      { error: { message: 'Provider returned error', metadata: { raw: '{"error":{"message":"why"}}' } } },
      'Provider returned error: why',
    ],
  ];
  for (const [body, expected] of said)
    for (const translated of [errorToChat, errorToMessages]) {
      const { error } = translated(400, body as JsonObject, JSON.stringify(body)).body;
      assert.equal((error as JsonObject).message, expected);
    }
});

test('odd parts of answers: no names, one id for all calls, blanks before a call, marks of quotes', () => {
  const filler = { index: 0, id: 'a', type: 'function', function: { name: '', arguments: '' } };
  assert.deepEqual(streamed({ content: 'x', tool_calls: [filler] }, 'stop').kinds, ['text']);
  assert.equal(whole({ content: 'x', tool_calls: [filler] }).stop_reason, 'end_turn');
  const twice = [0, 1].map((index) => ({ ...called(`{"a":${index}}`), index }));
  const ids = whole({ tool_calls: twice }, 'tool_calls').content.map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
  const once = { content: '\n\n', tool_calls: twice };
  assert.deepEqual(streamed(once, 'tool_calls').kinds, ['tool_use', 'tool_use']);
  assert.equal(whole(once, 'tool_calls').content.length, 2);
  const quoting = [
    { type: 'text', text: 'x' },
    { type: 'reference', reference_ids: [1] },
  ];
  assert.equal(whole({ content: quoting }).content[0]?.text, 'x');
  // Blanks between words stay.
  assert.equal(whole({ content: ' x' }).content[0]?.text, ' x');
});

test('thoughts in lists are thoughts, and come once', () => {
  const listed = { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] };
  assert.equal(whole({ content: 'x', ...listed }).content[0]?.thinking, 'hm');
  assert.equal(whole({ content: 'x', reasoning: 'hm', ...listed }).content[0]?.thinking, 'hm');
  const blocks = { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }] };
  assert.deepEqual(streamed({ content: 'x', ...blocks }, 'stop').kinds, ['thinking', 'text']);
});

test('tools that a server ran by itself do not break an answer, nor does a call that it never closes', () => {
  const use = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } };
  const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] };
  const message = { id: 'm', type: 'message', stop_reason: 'end_turn', usage: null };
  const told = messageToCompletion(
    { ...message, content: [use, found, { type: 'text', text: 'x' }] },
    CONTEXT,
  );
  assert.match(JSON.stringify(told), /"content":"x"/);
  assert.throws(() => messageToCompletion({ ...message, content: [{ type: 'new' }] }, CONTEXT), /type "new"/);
  const stream = new StreamToChat(CONTEXT);
  const events = [
    { type: 'message_start', message: { id: 'm' } },
    ...[use, found].map((content_block, index) => ({ type: 'content_block_start', index, content_block })),
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{}' } },
    {
      type: 'content_block_start',
      index: 2,
      content_block: { type: 'tool_use', id: 'a', name: 'f', input: {} },
    },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
    { type: 'message_stop' },
  ];
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  const said = Buffer.concat([stream.push(Buffer.from(text)), stream.end()]).toString();
  assert.equal(stream.failure, null);
  assert.match(said, /"arguments":"\{\}"[\s\S]*"finish_reason":"tool_calls"/);
});

test('what Claude quotes does not break an answer', () => {
  const stream = new StreamToChat(CONTEXT);
  const events = [
    { type: 'message_start', message: { id: 'm', model: 'c' } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: {} } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    { type: 'message_stop' },
  ];
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  assert.match(stream.push(Buffer.from(text)).toString(), /"content":"x"[\s\S]*\[DONE\]/);
  const message = {
    type: 'message',
    content: [{ type: 'text', text: 'x', citations: [{}] }],
    stop_reason: 'end_turn',
  };
  assert.match(JSON.stringify(messageToCompletion(message, CONTEXT)), /"content":"x"/);
});

test('errors that agents act upon are told in the words that they look for', () => {
  const long = { error: { message: 'Too many.', code: 'context_length_exceeded' } };
  const said = { message: "This model's maximum context length is 128000 tokens." };
  const messages = (status: number, body: JsonObject): unknown[] => {
    const told = errorToMessages(status, body, '');
    const { type, message } = told.body.error as JsonObject;
    return [told.status, type, message];
  };
  assert.deepEqual(messages(400, long), [400, 'invalid_request_error', 'prompt is too long: Too many.']);
  assert.deepEqual(messages(400, said), [
    400,
    'invalid_request_error',
    `prompt is too long: ${said.message}`,
  ]);
  assert.deepEqual(messages(429, { error: { message: 'Empty.', code: 'insufficient_quota' } }), [
    402,
    'billing_error',
    'Empty.',
  ]);
  const chat = (status: number, type: string, message: string): unknown[] => {
    const told = errorToChat(status, { type: 'error', error: { type, message } }, '');
    return [told.status, (told.body.error as JsonObject).code];
  };
  const tooLong = 'prompt is too long: 210000 tokens > 200000 maximum';
  assert.deepEqual(chat(400, 'invalid_request_error', tooLong), [400, 'context_length_exceeded']);
  assert.deepEqual(chat(400, 'invalid_request_error', 'No.'), [400, 'invalid_request_error']);
  assert.deepEqual(chat(400, 'invalid_request_error', 'Your credit balance is too low to …'), [
    400,
    'insufficient_quota',
  ]);
});

test('an event that is too large to be translated ends the stream with an error that says so', () => {
  const text = 'x'.repeat(2 * 1024 * 1024 + 1);
  const chunk = { id: 'c', choices: [{ index: 0, delta: { content: text } }] };
  const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } };
  for (const [stream, event] of [
    [new StreamToMessages(CONTEXT), chunk],
    [new StreamToChat(CONTEXT), delta],
  ] as const) {
    const told = stream.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
    assert.match(Buffer.from(told).toString(), /more than 2097152 characters/);
    assert.match(stream.failure?.message ?? '', /more than 2097152 characters/);
  }
});

test('pictures and sound, which the other API has no form for, are errors, whole and in a stream', () => {
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo' } };
  for (const message of [
    { content: 'Here', images: [picture] },
    { content: null, audio: { id: 'a', data: 'AAAA', transcript: 'Hi' } },
  ]) {
    assert.throws(() => whole(message), { code: 'answer_not_translatable' });
    const stream = new StreamToMessages(CONTEXT);
    const chunk = { id: 'c', choices: [{ index: 0, delta: message, finish_reason: null }] };
    assert.match(
      Buffer.from(stream.push(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))).toString(),
      /error/,
    );
    assert.equal(stream.failure?.code, 'answer_not_translatable');
  }
  assert.equal(whole({ content: 'Hi', images: [], audio: null }).content[0]?.text, 'Hi');
});

test('an answer without an id and a model has empty ones, which clients can read', () => {
  const { id, model } = whole({ content: 'x' }) as unknown as JsonObject;
  assert.deepEqual([id, model], ['c', '']);
  const told = messageToCompletion({ type: 'message', id: 7, content: [], stop_reason: 'end_turn' }, CONTEXT);
  assert.deepEqual([told.id, told.model], ['7', '']);
  const stream = new StreamToChat(CONTEXT);
  const begin = { type: 'message_start', message: {} };
  const text = Buffer.from(stream.push(Buffer.from(`data: ${JSON.stringify(begin)}\n\n`))).toString();
  assert.match(text, /"id":"","object":"chat.completion.chunk","created":1,"model":""/);
});

test('a stream of thoughts that its client does not get says that it goes on', () => {
  const stream = new StreamToMessages({ ...CONTEXT, wish: { ...WISH, thoughts: false } });
  const chunk = (delta: object, finish_reason: string | null = null): Buffer =>
    Buffer.from(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  const parts = [
    ...Array<Buffer>(100).fill(chunk({ reasoning_content: 'hm' })),
    chunk({ content: 'x' }, 'stop'),
  ];
  const told = Buffer.concat([...parts.map((part) => stream.push(part)), stream.end()]).toString();
  const types = [...told.matchAll(/event: (\w+)/g)].map(([, type]) => type);
  assert.deepEqual(types, [
    'message_start',
    ...Array<string>(3).fill('ping'),
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
});

test('arguments in a stream that are no object become one, as in a whole answer', () => {
  const inputs: readonly (readonly [pieces: readonly string[], input: object])[] = [
    [['"{\\"a\\"', ':1}"'], { a: 1 }],
    [[' ', 'nu', 'll'], {}],
    [['[1', ']'], { unread_arguments: '[1]' }],
    [['{"a"', ':1}'], { a: 1 }],
  ];
  for (const [pieces, input] of inputs) {
    const stream = new StreamToMessages(CONTEXT);
    const parts = pieces.map((piece, index) => ({
      index: 0,
      ...(index === 0 ? { id: 'a' } : {}),
      function: { ...(index === 0 ? { name: 'f' } : {}), arguments: piece },
    }));
    const next = { index: 1, id: 'b', function: { name: 'g', arguments: '{}' } };
    const chunks = [...parts, next].map((call) => ({
      id: 'c',
      choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }],
    }));
    const end = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] };
    const lines = [...chunks, end].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
    const told = Buffer.concat([stream.push(Buffer.from(lines.join(''))), stream.end()]).toString();
    const json = [...told.matchAll(/"index":0,"delta":(\{"type":"input_json_delta".*?\})\}\n/g)];
    const joined = json
      .map(([, delta]) => (JSON.parse(delta!) as { partial_json: string }).partial_json)
      .join('');
    assert.deepEqual(JSON.parse(joined), input, told);
    assert.match(told, /"name":"g"/);
  }
});
