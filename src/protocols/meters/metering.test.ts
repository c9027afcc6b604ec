import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertUsage } from '../../../test/metering/assert-usage.ts';
import { totalUsage } from '../../core/usage.ts';
import { anthropic } from '../anthropic/protocol.ts';
import { openai } from '../openai/protocol.ts';
import { DocumentMeter } from './document-meter.ts';
import { type DocumentReader, EMPTY_READING } from './metering.ts';

const TARGETS = [
  [anthropic, '/v1/messages'],
  [openai, '/v1/chat/completions'],
  [openai, '/v1/responses'],
] as const;

const FIELDS = [
  'usage',
  'input_tokens',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'iterations',
  'type',
];
const hostile = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.integer(),
    fc.constantFrom('message', 'message_delta', 'response', null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(...FIELDS, 'message', 'response', 'choices', 'cache_creation'),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
}));

test('no body makes a meter throw or count below zero', () => {
  fc.assert(
    fc.property(
      hostile.value,
      fc.constantFrom(...TARGETS),
      fc.boolean(),
      (value, [protocol, path], isStream) => {
        const head = { status: 200, contentType: isStream ? 'text/event-stream' : 'application/json' };
        const meter = protocol.meter(protocol.endpoint('POST', path), head, path);
        assert.ok(meter !== null);
        const text = JSON.stringify(value);
        meter.push(Buffer.from(isStream ? `data: ${text}\n\n` : text));
        assertUsage(totalUsage(meter.end().runs));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a fault in reading costs the figures and nothing else', () => {
  const reader: DocumentReader = {
    read() {
      throw new Error('a shape that nobody thought of');
    },
    reading: () => assert.fail('it was at fault'),
    generatedText: () => '',
  };
  const meter = new DocumentMeter(reader);
  meter.push(Buffer.from('{}'));
  assert.deepEqual(meter.end(), EMPTY_READING);
});

test('a stated cost that cannot be right is left out, and the figures stay', () => {
  for (const cost of ['1e300', '-1', '"free"', 'null', '[]']) {
    const meter = openai.meter(
      openai.endpoint('POST', '/v1/chat/completions'),
      { status: 200, contentType: null },
      '/',
    );
    meter?.push(Buffer.from(`{"usage":{"prompt_tokens":1,"cost":${cost}}}`));
    const reading = meter?.end();
    assert.deepEqual([reading?.reportedCostNanoUsd, reading?.runs[0]?.usage.inputTokens], [null, 1], cost);
  }
});

const documents: readonly (readonly [path: string, document: object, output: number])[] = [
  [
    '/v1/chat/completions',
    { choices: [{ message: { content: 'a' } }], usage: { prompt_tokens: 9, completion_tokens: 5 } },
    5,
  ],
  ['/v1/chat/completions', { choices: [], usage: { prompt_tokens: 9, total_tokens: 50 } }, 41],
  ['/v1/completions', { choices: [{ text: 'a' }], usage: { prompt_tokens: 9, completion_tokens: 5 } }, 5],
  ['/v1/responses', { object: 'response', usage: { input_tokens: 9, output_tokens: 5 } }, 5],
  ['/v1/messages', { type: 'message', usage: { input_tokens: 9, output_tokens: 5 } }, 5],
];

test("the figures of a whole document are the provider's, whatever it leaves out, with a byte order mark or not", () => {
  for (const [path, document, output] of documents) {
    for (const mark of ['', '\ufeff']) {
      const protocol = path === '/v1/messages' ? anthropic : openai;
      const head = { status: 200, contentType: 'application/json' };
      const meter = protocol.meter(protocol.endpoint('POST', path), head, path);
      meter?.push(Buffer.from(mark + JSON.stringify(document)));
      const reading = meter?.end();
      const usage = totalUsage(reading?.runs ?? []);
      assert.deepEqual(
        [reading?.usageIsFinal, usage.inputTokens, usage.outputTokens],
        [true, 9, output],
        path,
      );
    }
  }
});

test('usage in a chunk of its own is final, also where nothing says that the stream has ended', () => {
  const head = { status: 200, contentType: 'text/event-stream' };
  const meter = openai.meter(openai.endpoint('POST', '/v1/chat/completions'), head, '/v1/chat/completions');
  meter?.push(Buffer.from('data: {"choices":[{"delta":{"content":"a"}}]}\n\n'));
  meter?.push(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5}}\n\n'));
  assert.equal(meter?.end().usageIsFinal, true);
});

const typed = (...documents: readonly object[]): string =>
  documents.map((document) => `data: ${JSON.stringify(document)}\n\n`).join('');
const WORD = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Lake Titicaca' } };
const START = { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } };
const end = (usage: object | null) => [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
  { type: 'message_stop' },
];
const chunk = (content: string, usage: object | null, finish: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  usage,
});
const candidates = (text: string, usageMetadata?: object, finishReason?: string) => ({
  candidates: [{ content: { parts: [{ text }] }, finishReason }],
  usageMetadata,
});
const COUNTS = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 };
const GEMINI_COUNTS = { promptTokenCount: 9, candidatesTokenCount: 1, totalTokenCount: 10 };

const event = (type: string, more: object) => ({ type, ...more });
const answer = (status: string, usage: object | null) => ({
  response: { id: 'resp_1', object: 'response', status, output: [], usage },
});
const DELTA = event('response.output_text.delta', { delta: 'Titicaca' });
const line = (more: object): string => `${JSON.stringify({ model: 'llama3.2', done: false, ...more })}\n`;
const EVALS = { prompt_eval_count: 9, eval_count: 1 };

const STREAM_ENDS: readonly (readonly [name: string, path: string, body: string, isFinal: boolean])[] = [
  ['an end without an output', '/v1/messages', typed(START, WORD, ...end({})), false],
  ['an output of zero', '/v1/messages', typed(START, WORD, ...end({ output_tokens: 0 })), false],
  ['an output of null', '/v1/messages', typed(START, WORD, ...end({ output_tokens: null })), false],
  ['an output below zero', '/v1/messages', typed(START, WORD, ...end({ output_tokens: -1 })), false],
  ['words behind the output', '/v1/messages', typed(START, ...end({ output_tokens: 2 }), WORD), false],
  ['an output', '/v1/messages', typed(START, WORD, ...end({ output_tokens: 4 })), true],
  ['no output and no words', '/v1/messages', typed(START, ...end({ output_tokens: 0 })), true],
  [
    'an output, and a zero behind it',
    '/v1/messages',
    typed(START, WORD, ...end({ output_tokens: 4 }), ...end({ output_tokens: 0 })),
    true,
  ],
  [
    'a running total that stopped',
    '/v1/chat/completions',
    typed(chunk('La', COUNTS), chunk('ke Titicaca', null), chunk('', null, 'stop')),
    false,
  ],
  [
    'a running total to the end',
    '/v1/chat/completions',
    typed(chunk('La', COUNTS), chunk('ke', COUNTS), chunk('', null, 'stop')),
    true,
  ],
  [
    'a running total that stopped, of Gemini',
    '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    typed(candidates('La', GEMINI_COUNTS), candidates('ke Titicaca', undefined, 'STOP')),
    false,
  ],
  [
    'a running total to the end, of Gemini',
    '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    typed(candidates('Lake', GEMINI_COUNTS), candidates('', undefined, 'STOP')),
    true,
  ],
  [
    'a running total that stopped, of a response',
    '/v1/responses',
    typed(
      event('response.in_progress', answer('in_progress', { input_tokens: 9, output_tokens: 1 })),
      DELTA,
      event('response.completed', answer('completed', null)),
    ),
    false,
  ],
  [
    'figures in its last event, of a response',
    '/v1/responses',
    typed(DELTA, event('response.completed', answer('completed', { input_tokens: 9, output_tokens: 4 }))),
    true,
  ],
  [
    'a running total that stopped, in lines',
    '/api/chat',
    line({ message: { content: 'La' }, ...EVALS }) +
      line({ message: { content: 'ke Titicaca' } }) +
      line({ done: true }),
    false,
  ],
  [
    'figures in its last line',
    '/api/chat',
    line({ message: { content: 'Lake' } }) + line({ message: { content: '!' }, done: true, ...EVALS }),
    true,
  ],
];
for (const [name, path, body, isFinal] of STREAM_ENDS)
  test(`a stream with ${name} has ${isFinal ? 'its figures' : 'none that are final'}`, () => {
    const protocol = path === '/v1/messages' ? anthropic : openai;
    const contentType = path === '/api/chat' ? 'application/x-ndjson' : 'text/event-stream';
    const meter = protocol.meter(protocol.endpoint('POST', path), { status: 200, contentType }, path);
    meter?.push(Buffer.from(body));
    const reading = meter?.end();
    assert.deepEqual([reading?.usageIsFinal, reading?.runs[0]?.usage.inputTokens], [isFinal, 9]);
  });

test('of two members that name the model the last counts, in requests and in answers, as their parsers take it', () => {
  const endpoint = openai.endpoint('POST', '/v1/chat/completions');
  const body = '{"model":"a","model":"b","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}';
  const meter = openai.meter(
    endpoint,
    { status: 200, contentType: 'application/json' },
    '/v1/chat/completions',
  );
  meter?.push(Buffer.from(body));
  assert.equal(meter?.end().model, 'b');
  assert.equal(openai.readRequest(endpoint, JSON.parse(body)).model, 'b');
});

test('an answer that nobody can read was generated as it stands; a page for people was not', () => {
  const WORDS = 'Lake Titicaca is the largest lake in Peru.';
  const half = '{"choices":[{"message":{"content":"Lake Titicaca is the lar';
  const long = 'word '.repeat(100_000);
  for (const [type, body, wanted] of [
    ['text/plain', WORDS, WORDS],
    ['application/json', half, half],
    ['application/json', '{"a":1}{"b":2}', '{"a":1}{"b":2}'],
    ['text/plain', long, long],
    ['text/event-stream', `data: ${WORDS}\n\ndata: [DONE]\n\n`, WORDS],
    ['text/html', `<!DOCTYPE html><p>${WORDS}`, ''],
    ['application/json', '', ''],
  ] as const) {
    const path = '/v1/chat/completions';
    const meter = openai.meter(openai.endpoint('POST', path), { status: 200, contentType: type }, path);
    meter?.push(Buffer.from(body));
    assert.deepEqual(meter?.end().runs, []);
    assert.equal(meter?.generatedText(), wanted, body.slice(0, 60));
  }
});

const TOLD_ELSEWHERE: Readonly<Record<string, readonly [path: string, body: string]>> = {
  'events whose name stands twice': [
    '/v1/chat/completions',
    'data: data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}\n\ndata: data: [DONE]\n\n',
  ],
  'a chat with Gemini’s figures': [
    '/v1/chat/completions',
    '{"choices":[{"message":{"content":"x"}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"totalTokenCount":13}}',
  ],
  'a message in camel case': [
    '/v1/messages',
    '{"type":"message","role":"assistant","content":[],"usage":{"inputTokens":9,"outputTokens":4}}',
  ],
};
for (const [name, [path, body]] of Object.entries(TOLD_ELSEWHERE))
  test(`figures are read from ${name}`, () => {
    const protocol = path === '/v1/messages' ? anthropic : openai;
    const type = body.startsWith('data') ? 'text/event-stream' : 'application/json';
    const meter = protocol.meter(protocol.endpoint('POST', path), { status: 200, contentType: type }, path);
    meter?.push(Buffer.from(body));
    const { inputTokens, outputTokens } = totalUsage(meter?.end().runs ?? []);
    assert.deepEqual([inputTokens, outputTokens], [9, 4]);
  });
