// Stored answers in the other form: what they say and what they are charged stays the same.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Protocol, StoredAnswer } from '../../src/core/protocol.ts';
import { totalUsage } from '../../src/core/usage.ts';
import { anthropic } from '../../src/protocols/anthropic/protocol.ts';
import { messageEvents, messageOf } from '../../src/protocols/anthropic/replay.ts';
import { openai } from '../../src/protocols/openai/protocol.ts';
import { completionChunks, completionOf } from '../../src/protocols/openai/replay-chat.ts';
import { pieces } from '../../src/protocols/replay-text.ts';

const FOLDER = process.env.TOKENWATCH_RECORDED_STREAMS ?? '../shared/data/streams';
/** Kinds of recordings, by what their first document says. */
const KINDS: readonly (readonly [mark: RegExp, protocol: Protocol, path: string])[] = [
  [/"type":\s*"message(?:_start)?"/, anthropic, '/v1/messages'],
  [/"object":\s*"response"/, openai, '/v1/responses'],
  [/"object":\s*"chat\.completion/, openai, '/v1/chat/completions'],
];

interface Said {
  readonly text: string;
  readonly usage: unknown;
  readonly model: string | null;
  readonly finishReason: string | null;
  readonly complete: boolean;
}

function said(protocol: Protocol, path: string, answer: StoredAnswer): Said {
  const endpoint = protocol.endpoint('POST', path);
  const contentType = answer.form === 'stream' ? 'text/event-stream' : 'application/json';
  const meter = protocol.meter(endpoint, { status: 200, contentType }, path);
  meter?.push(answer.body);
  const reading = meter?.end();
  assert.ok(meter && reading);
  const { model, finishReason, complete, runs } = reading;
  // A tool call's arguments may be spelt with other spaces, and a document may have its reasoning behind the text.
  const text = [...meter.generatedText().replace(/\s/g, '')].sort().join('');
  return { text, usage: totalUsage(runs), model, finishReason, complete };
}

test('every recorded answer that can be had in the other form says and costs the same there', (context) => {
  const files = globSync('*/*.{txt,json}', { cwd: FOLDER }).sort();
  if (files.length === 0) return context.skip('the recordings are not here');
  let converted = 0;
  for (const file of files) {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const kind = KINDS.find(([mark]) => mark.test(text));
    if (kind === undefined) continue;
    const [, protocol, path] = kind;
    const isStream = file.endsWith('.txt');
    const endpoint = protocol.endpoint('POST', path);
    const body = isStream
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => `data: ${line}\n\n`)
          .join('') + (endpoint.asksForStreamUsage ? 'data: [DONE]\n\n' : '')
      : text;
    const stored: StoredAnswer = { form: isStream ? 'stream' : 'document', body: Buffer.from(body) };
    const before = said(protocol, path, stored);
    // Only whole answers are ever stored.
    if (!before.complete) continue;
    const replayed = protocol.replay(endpoint, stored, { stream: !isStream, streamUsage: true });
    if (replayed === null) continue;
    converted += 1;
    const after = said(protocol, path, { form: isStream ? 'document' : 'stream', body: replayed });
    assert.deepEqual(after, before, file);
  }
  assert.ok(converted > 15, `only ${converted} recordings were converted`);
});

test('a completion whose content is a list of parts is not replayed as a stream that would lose it', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: '4' },
  ];
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  assert.equal(completionChunks({ object: 'chat.completion', model: 'm', choices, usage }, true), null);
});

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, noNullPrototype: true });
const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: fc.string() }),
  fc.record({
    type: fc.constant('tool_use'),
    id: fc.string(),
    name: fc.string(),
    input: fc.oneof(json, fc.constant({})),
  }),
  fc.record({ type: fc.constant('redacted_thinking'), data: fc.string() }),
);

test('a message and its events amount to each other', () => {
  const message = fc.record({
    id: fc.string(),
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    model: fc.string(),
    content: fc.array(block, { maxLength: 5 }),
    stop_reason: fc.constantFrom('end_turn', 'tool_use'),
    stop_sequence: fc.constant(null),
    usage: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
  });
  fc.assert(
    fc.property(message, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as typeof value;
      assert.deepEqual(messageOf(messageEvents(plain) ?? []), plain);
    }),
  );
});

test('a completion and its chunks amount to each other', () => {
  const call = fc.record({
    id: fc.string({ minLength: 1 }),
    type: fc.constant('function'),
    function: fc.record({ name: fc.string({ minLength: 1 }), arguments: text }),
  });
  const message = fc.oneof(
    fc.record({ role: fc.constant('assistant'), content: text, refusal: fc.constant(null) }),
    fc.record({
      role: fc.constant('assistant'),
      content: fc.constant(null),
      refusal: fc.constant(null),
      tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    }),
  );
  const messages = fc.array(message, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(messages, fc.nat(), (values, tokens) => {
      const completion: object = {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: values.map((value, index) => ({
          index,
          message: value,
          logprobs: null,
          finish_reason: 'stop',
        })),
        usage: { prompt_tokens: tokens, completion_tokens: 1 },
      };
      const plain = JSON.parse(JSON.stringify(completion)) as Record<string, unknown>;
      assert.deepEqual(completionOf(completionChunks(plain, true) ?? []), plain);
    }),
  );
});

test('a text without blanks is cut without looking through it from its beginning for each piece', (context) => {
  const searched = context.mock.method(String.prototype, 'lastIndexOf');
  const parts = pieces('字'.repeat(1000));
  searched.mock.restore();
  assert.equal(parts.length, Math.ceil(1000 / 24));
  const longest = Math.max(0, ...searched.mock.calls.map((call) => String(call.this).length));
  assert.ok(longest <= 25, `a search went over ${longest} characters`);
});

test('pieces join to the text, and none breaks a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (whole) => {
      const parts = pieces(whole);
      assert.equal(parts.join(''), whole);
      for (const part of parts) assert.ok(part !== '' && part.isWellFormed());
    }),
  );
});

test('what the other form cannot say is not replayed in it', () => {
  const chat = openai.endpoint('POST', '/v1/chat/completions');
  const replay = (value: unknown): Uint8Array | null =>
    openai.replay(
      chat,
      { form: 'document', body: Buffer.from(JSON.stringify(value)) },
      { stream: true, streamUsage: false },
    );
  const choice = { index: 0, finish_reason: 'stop' };
  const spoken = { role: 'assistant', content: null, audio: { id: 'a', data: 'AAAA' } };
  assert.notEqual(replay({ choices: [{ ...choice, message: { role: 'assistant', content: 'a' } }] }), null);
  assert.equal(replay({ choices: [{ ...choice, message: spoken }] }), null);
  const events = [{ type: 'message_start', message: {} }, { type: 'unheard_of' }, { type: 'message_stop' }];
  assert.equal(messageOf(events), null);
  assert.equal(messageOf(events.slice(0, 1)), null);
});
