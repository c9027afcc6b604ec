// Ids of calls that come again: two calls of one answer under one id, and servers that begin anew with every answer.
// Anthropic's API refuses such a conversation, and clients tell calls and results apart by their ids alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocols/json/json-value.ts';
import { messageToCompletion } from './answers/answer-to-chat.ts';
import { completionToMessage } from './answers/answer-to-messages.ts';
import { StreamToChat } from './answers/stream-to-chat.ts';
import { StreamToMessages } from './answers/stream-to-messages.ts';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';
import type { AnswerWish, StreamTranslation } from './translator.ts';

const HELLO = { role: 'user', content: 'Hello' };
const toMessages = (messages: object[]) => chatToMessages({ model: 'claude-sonnet-4-5', messages });
const toChat = (messages: object[]) => messagesToChat({ model: 'gpt-4o', max_tokens: 9, messages });

const called = (id: string | undefined, n: number) => ({
  ...(id === undefined ? {} : { id }),
  type: 'function',
  function: { name: 'f', arguments: JSON.stringify({ n }) },
});
const calls = (...told: object[]) => ({ role: 'assistant', content: null, tool_calls: told });
const result = (tool_call_id: string, content: string) => ({ role: 'tool', tool_call_id, content });
const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });

/** Of each call what it was asked and what came of it. */
function pairs(messages: object[]): unknown[] {
  const { messages: turns } = toMessages(messages).body as { messages: { content: JsonObject[] | string }[] };
  const blocks = turns.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const uses = blocks.filter(({ type }) => type === 'tool_use');
  assert.equal(new Set(uses.map(({ id }) => id)).size, uses.length, 'each id is another');
  return uses.map(({ id, input }) => [
    (input as JsonObject).n,
    ...blocks.filter(({ tool_use_id }) => tool_use_id === id).map(({ content }) => content),
  ]);
}

test('calls of one id in a history get ids of their own at Anthropic, each with its own result', () => {
  for (const id of ['c', '', undefined]) {
    const told = id ?? '';
    const one = [calls(called(id, 1), called(id, 2)), result(told, 'one'), result(told, 'two')];
    const twoPairs = [
      [1, 'one'],
      [2, 'two'],
    ];
    assert.deepEqual(pairs([HELLO, ...one]), twoPairs);
    const inTurns = [calls(called(id, 1)), result(told, 'one'), calls(called(id, 2)), result(told, 'two')];
    assert.deepEqual(pairs([HELLO, ...inTurns]), twoPairs);
    const unanswered = [calls(called(id, 1)), HELLO, calls(called(id, 2)), result(told, 'two')];
    assert.deepEqual(pairs([HELLO, ...unanswered]), [[1], [2, 'two']]);
  }
});

test('a call that is told among the parts and among the calls is one call', () => {
  const twice = { ...calls(called('a', 1)), content: [{ ...use('a'), input: { n: 1 } }] };
  assert.deepEqual(pairs([HELLO, twice, result('a', 'one'), twice, result('a', 'two')]), [
    [1, 'one'],
    [1, 'two'],
  ]);
});

test('the calls of an answer have ids that the conversation does not have, and the same for any repeat', () => {
  const history = [HELLO, { role: 'assistant', content: [use('c')] }, HELLO];
  const first = idsInMessage(toChat(history).wish);
  assert.equal(new Set(['c', ...first]).size, 3);
  assert.deepEqual(idsInMessage(toChat(history).wish), first);
  const later = [...history, { role: 'assistant', content: first.map(use) }, HELLO];
  assert.equal(new Set(['c', ...first, ...idsInMessage(toChat(later).wish)]).size, 5);
  // As long as none comes again, they are the server's own.
  assert.equal(idsInMessage(toChat([HELLO]).wish)[0], 'c');
  const ids = idsInCompletion(toMessages([HELLO, calls(called('c', 1)), result('c', 'r')]).wish);
  assert.equal(new Set(['c', ...ids]).size, 3);
  assert.equal(idsInCompletion(toMessages([HELLO]).wish)[0], 'c');
});

/** The ids of the two calls of one id, whole and as a stream, which must agree. */
function idsInMessage(wish: AnswerWish): string[] {
  const context = { wish, createdAtSeconds: 0 };
  const two = [called('c', 1), called('c', 2)];
  const choice = { index: 0, message: { role: 'assistant', tool_calls: two }, finish_reason: 'tool_calls' };
  const message = completionToMessage({ id: 'x', model: 'm', choices: [choice] }, context);
  const whole = (message.content as JsonObject[]).map(({ id }) => String(id));
  const tool_calls = two.map((call, index) => ({ index, ...call }));
  const chunk = { id: 'x', choices: [{ index: 0, delta: { tool_calls }, finish_reason: 'tool_calls' }] };
  const text = streamed(new StreamToMessages(context), [chunk]);
  assert.deepEqual(
    [...text.matchAll(/"type":"tool_use","id":"([^"]+)"/g)].map(([, id]) => id),
    whole,
  );
  return whole;
}

function idsInCompletion(wish: AnswerWish): string[] {
  const context = { wish, createdAtSeconds: 0 };
  const content = [use('c'), use('c')];
  const completion = messageToCompletion({ type: 'message', content, stop_reason: 'tool_use' }, context);
  const [choice] = completion.choices as { message: { tool_calls: { id: string }[] } }[];
  const whole = choice?.message.tool_calls.map(({ id }) => id) ?? [];
  const events = content.map((content_block, index) => ({
    type: 'content_block_start',
    index,
    content_block,
  }));
  const text = streamed(new StreamToChat(context), [{ type: 'message_start', message: {} }, ...events]);
  assert.deepEqual(
    [...text.matchAll(/"index":\d,"id":"([^"]+)"/g)].map(([, id]) => id),
    whole,
  );
  return whole;
}

function streamed(stream: StreamTranslation, events: object[]): string {
  const bytes = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  return Buffer.from(stream.push(bytes)).toString() + Buffer.from(stream.end()).toString();
}
