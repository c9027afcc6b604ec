// Texts at which an answer ends, where the model at the other side cannot be told them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocols/json/json-value.ts';
import { messagesToChat } from '../request-to-chat.ts';
import { chatToMessages } from '../request-to-messages.ts';
import type { AnswerWish, StreamTranslation } from '../translator.ts';
import { messageToCompletion } from './answer-to-chat.ts';
import { completionToMessage } from './answer-to-messages.ts';
import { StopTexts } from './stop-texts.ts';
import { StreamToChat } from './stream-to-chat.ts';
import { StreamToMessages } from './stream-to-messages.ts';

const HELLO = [{ role: 'user', content: 'Hello' }];
const toChat = (model: string, stop_sequences: unknown[]) =>
  messagesToChat({ model, max_tokens: 9, messages: HELLO, stop_sequences });
const toMessages = (stop: unknown) => chatToMessages({ model: 'claude-sonnet-4-5', messages: HELLO, stop });

test('words end at the first text that stops them, however they come', () => {
  for (const [stops, words, told, found] of [
    [['END'], 'one END two', 'one ', 'END'],
    [['END'], 'one EN', 'one EN', null],
    [['END'], 'ENEND', 'EN', 'END'],
    [['b', 'ab'], 'xaby', 'x', 'ab'],
    [['\n\n'], 'a\nb\n\nc', 'a\nb', '\n\n'],
    [['aab'], 'aaab', 'a', 'aab'],
    [[], 'END', 'END', null],
  ] as const)
    for (let size = 1; size <= words.length; size += 1) {
      const cutter = new StopTexts(stops);
      let text = '';
      for (let at = 0; at < words.length; at += size) text += cutter.take(words.slice(at, at + size));
      assert.deepEqual([text + cutter.rest(), cutter.found], [told, found], `${words} by ${size}`);
    }
});

test('a model is told its stops where it takes them, and else its answer is ended here', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];
  for (const [model, stops, there, here] of [
    ['gpt-4o', ['a', 'b', 'a', ''], ['a', 'b'], []],
    ['gpt-4o', five, undefined, five],
    ['o3', ['a'], undefined, ['a']],
    ['gpt-5-mini', ['a'], undefined, ['a']],
    ['gpt-5-chat-latest', ['a'], ['a'], []],
    ['deepseek-chat', ['a'], ['a'], []],
  ] as const) {
    const { body, wish, leftOut } = toChat(model, [...stops]);
    assert.deepEqual([body.stop, wish.stops, leftOut], [there, here, []], model);
  }
  for (const [stop, there, here] of [
    ['\n', undefined, ['\n']],
    [['END', ' ', ''], ['END'], [' ']],
    ['', undefined, []],
  ] as const) {
    const { body, wish } = toMessages(stop);
    assert.deepEqual([body.stop_sequences, wish.stops], [there, here]);
  }
});

const USAGE = { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 };
const call = { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };

test('a Messages client gets the words before it, and which it was, whole and as a stream, and all of the usage', () => {
  const { wish } = toChat('o3', ['END']);
  const context = { wish, createdAtSeconds: 0 };
  const message = { role: 'assistant', content: 'one END two', tool_calls: [call] };
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
  const whole = completionToMessage({ id: 'c', model: 'm', choices, usage: USAGE }, context);
  assert.deepEqual(
    [whole.content, whole.stop_reason, whole.stop_sequence],
    [[{ type: 'text', text: 'one ', citations: null }], 'stop_sequence', 'END'],
  );
  const deltas = [{ content: 'one E' }, { content: 'ND tw' }, { content: 'o' }, { tool_calls: [call] }];
  const text = streamed(new StreamToMessages(context), [
    ...deltas.map((delta) => ({ id: 'c', choices: [{ index: 0, delta }] })),
    { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], usage: USAGE },
  ]);
  assert.deepEqual(wordsIn(text, 'text'), 'one ');
  assert.match(text, /"stop_reason":"stop_sequence","stop_sequence":"END"/);
  assert.match(text, /"output_tokens":9/);
  assert.doesNotMatch(text, /"type":"tool_use"/);
});

test('a Chat client gets the words before it, whole and as a stream', () => {
  const { wish } = toMessages('\n');
  for (const [words, told, finish] of [
    ['one\ntwo', 'one', 'stop'],
    ['one', 'one', 'tool_calls'],
  ] as const) {
    const content = [
      { type: 'text', text: words },
      { type: 'tool_use', id: 'a', name: 'f', input: {} },
    ];
    const { choices } = messageToCompletion(
      { type: 'message', content, stop_reason: 'tool_use' },
      { wish, createdAtSeconds: 0 },
    ) as { choices: { message: JsonObject; finish_reason: string }[] };
    const [choice] = choices;
    assert.deepEqual([choice?.message.content, choice?.finish_reason], [told, finish]);
    assert.equal(choice?.message.tool_calls === undefined, finish === 'stop');
    const text = streamed(chatStream(wish), [
      { type: 'message_start', message: {} },
      ...[...words].map((one) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: one },
      })),
      { type: 'content_block_start', index: 1, content_block: content[1] },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
    ]);
    assert.equal(wordsIn(text, 'content'), told);
    assert.match(text, new RegExp(`"finish_reason":"${finish}"`));
    assert.equal(text.includes('tool_calls":['), finish === 'tool_calls');
  }
});

const chatStream = (wish: AnswerWish): StreamTranslation => new StreamToChat({ wish, createdAtSeconds: 0 });

const wordsIn = (text: string, member: string): string =>
  [...text.matchAll(new RegExp(`"${member}":"([^"]*)"`, 'g'))].map(([, words]) => words).join('');

function streamed(stream: StreamTranslation, events: object[]): string {
  const bytes = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  return Buffer.from(stream.push(bytes)).toString() + Buffer.from(stream.end()).toString();
}
