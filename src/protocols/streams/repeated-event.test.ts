import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessagesReader } from '../anthropic/messages-reader.ts';
import { EventStreamMeter } from '../meters/event-stream-meter.ts';
import type { DocumentReader } from '../meters/metering.ts';
import { CompletionsReader } from '../openai/completions-reader.ts';
import { ResponsesReader } from '../openai/responses-reader.ts';
import { RepeatedEvent } from './repeated-event.ts';

const chunk = (delta: object, more: object = {}): object => ({
  id: 'c1',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: null }],
  usage: null,
  ...more,
});
const block = (delta: object, index = 0): object => ({ type: 'content_block_delta', index, delta });

/** Texts that are plain, and all that are not. */
const text = fc.oneof(
  fc.constantFrom('word', ' and', '', 'ü', '"', '\\', '\n', '\u0001', '\u2028', '"content":"x"', '[DONE]'),
  fc.string({ maxLength: 4 }),
);
const chatEvent = fc.oneof(
  { weight: 6, arbitrary: text.map((content) => chunk({ content })) },
  text.map((content) => chunk({ content }, { obfuscation: 'aXb' })),
  text.map((content) => chunk({ role: 'assistant', content, reasoning_content: null })),
  text.map((reasoning_content) => chunk({ content: '', reasoning_content })),
  text.map((content) => chunk({ content, tool_calls: [{ function: { name: 'f', arguments: content } }] })),
  text.map((content) => chunk({ content: [{ text: content }] })),
  fc.tuple(text, text).map(([content, refusal]) => chunk({ content, refusal })),
  fc.tuple(text, fc.nat(9)).map(([content, n]) => chunk({ content }, { usage: { prompt_tokens: n } })),
  text.map((content) => chunk({ content }, { response: 'and more' })),
  fc.constantFrom({ error: { code: 'broken' } }, { choices: [] }, { id: 'c2', model: 'n', choices: [] }),
);
const messageEvent = fc.oneof(
  { weight: 6, arbitrary: text.map((words) => block({ type: 'text_delta', text: words })) },
  text.map((thinking) => block({ type: 'thinking_delta', thinking })),
  text.map((partial_json) => block({ type: 'input_json_delta', partial_json })),
  fc.tuple(text, text).map(([words, thinking]) => block({ text: words, thinking }, 1)),
  text.map((words) => ({ type: 'content_block_start', content_block: { type: 'text', text: words } })),
  fc.constantFrom({ type: 'ping' }, { type: 'message_stop' }, { type: 'error', error: { type: 'e' } }),
);
const part = (delta: unknown, sequence_number: unknown, more: object = {}): object => ({
  type: 'response.output_text.delta',
  sequence_number,
  item_id: 'i',
  delta,
  logprobs: [],
  ...more,
});
const usage = { input_tokens: 3, output_tokens: 4 };
const responseEvent = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(text, fc.nat(2000)).map(([words, at]) => part(words, at)) },
  fc.tuple(text, fc.nat(99)).map(([words, at]) => part(words, at, { obfuscation: 'aXb' })),
  fc.tuple(text, fc.constantFrom(-1, 1.5, 1e30, '7', null)).map(([words, at]) => part(words, at)),
  fc.nat(9).map((at) => part({ text: 'a part of a call' }, at)),
  fc.tuple(text, fc.nat(9)).map(([words, at]) => part(words, at, { usage })),
  fc.tuple(text, fc.nat(9)).map(([words, at]) => part(words, at, { response: { id: 'r', usage } })),
  fc.tuple(text, fc.nat(9)).map(([words, at]) => part(words, at, { object: 'response', id: 'r' })),
  fc.constantFrom({ type: 'error', code: 'broken' }, { type: 'response.completed', response: { usage } }),
);

for (const [form, event, open] of [
  ['chat', chatEvent, () => new CompletionsReader()],
  ['messages', messageEvent, () => new MessagesReader()],
  ['responses', responseEvent, () => new ResponsesReader()],
] as const satisfies readonly [string, fc.Arbitrary<object>, () => DocumentReader][]) {
  test(`the events of a ${form} stream count as their documents do, repeated or not, however they are cut`, () => {
    const line = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), line, fc.array(fc.nat(400)), (documents, end, cuts) => {
        const expected = open();
        for (const document of documents) expected.read(document);
        const meter = new EventStreamMeter(open());
        const stream = documents.map((it) => `data: ${JSON.stringify(it)}${end}${end}`).join('');
        let rest = Buffer.from(stream);
        for (const cut of cuts) {
          // Read as far as it came, as for a budget that watches.
          meter.push(rest.subarray(0, cut));
          meter.generatedText();
          rest = rest.subarray(cut);
        }
        meter.push(rest);
        const reading = meter.end();
        assert.equal(meter.generatedText(), expected.generatedText());
        assert.deepEqual(reading, { ...expected.reading(), isCutShort: reading.isCutShort });
      }),
    );
  });
}

test('what an event says beside its text is news again behind another that says something else', () => {
  const others = [{ id: 'c2', model: 'n', choices: [] }, chunk({ content: 'x' }, { model: 'n' })];
  for (const other of others) {
    const meter = new EventStreamMeter(new CompletionsReader());
    for (const document of [chunk({ content: 'a' }), chunk({ content: 'b' }), other, chunk({ content: 'c' })])
      meter.push(Buffer.from(`data: ${JSON.stringify(document)}\n\n`));
    assert.equal(meter.generatedText().slice(-1), 'c');
    const { model, responseId } = meter.end();
    assert.deepEqual([model, responseId], ['m', 'c1']);
  }
});

test('an event is known again by what stands around its text, and by nothing less', () => {
  const repeated = new RepeatedEvent();
  const event = (words: string, more = ''): string => `data: {"a":1,"text": "${words}"${more}}\n\n`;
  assert.equal(repeated.endIn(event('one'), 0), -1);
  repeated.remember(event('one'), 'text');
  const stream = `: x\n\n${event('two')}${event('one')}`;
  assert.equal(repeated.endIn(stream, 5), 5 + event('two').length);
  assert.equal(repeated.text, 'two');
  for (const other of [
    event('t\\"wo'),
    event('t\\u0041wo'),
    event('t\two'),
    event('two', ',"usage":{}'),
    event('two').replace('1', '2'),
    event('two').slice(0, -1),
    event('two').slice(0, 20),
  ])
    assert.equal(repeated.endIn(other, 0), -1, other);
  repeated.remember(event('one', ',"obfuscation":"xyz"'), 'text');
  assert.notEqual(repeated.endIn(event('two', ',"obfuscation":"a"'), 0), -1);
});

test('a filling of any length is no other event', () => {
  const repeated = new RepeatedEvent();
  const event = (words: string, filling: string): string =>
    `data: {"text":"${words}","n":null,"obfuscation":"${filling}"}\n\n`;
  repeated.remember(event('one', 'abc'), 'text');
  assert.equal(repeated.endIn(event('four', 'ab'), 0), event('four', 'ab').length);
  assert.equal(repeated.text, 'four');
  assert.equal(repeated.endIn(event('four', 'a\\"b'), 0), -1);
  assert.equal(repeated.endIn(event('four', 'ab').replace('"n":null,', ''), 0), -1);
});

test('a count of events is no other event', () => {
  const repeated = new RepeatedEvent();
  const event = (count: string, words: string): string =>
    `event: d\ndata: {"sequence_number":${count},"delta":"${words}","obfuscation":"x"}\n\n`;
  repeated.remember(event('9', 'one'), 'delta');
  assert.equal(repeated.endIn(event('10', 'two'), 0), event('10', 'two').length);
  assert.equal(repeated.text, 'two');
  for (const count of ['', '010', '1.5', '-1', '1e3', '"1"', 'null'])
    assert.equal(repeated.endIn(event(count, 'two'), 0), -1, count);
});

test('a stream whose events never come again is not remembered for long', () => {
  const repeated = new RepeatedEvent();
  const event = (number: number): string => `data: {"sequence":${number},"text":"x"}\n\n`;
  for (let number = 0; number < 20; number += 1) repeated.remember(event(number), 'text');
  assert.equal(repeated.endIn(event(19), 0), -1);
  assert.equal(repeated.endIn(event(7), 0), event(7).length);
});
