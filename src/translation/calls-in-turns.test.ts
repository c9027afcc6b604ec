// Streams whose calls of tools come in turns, without ends, with ends of their own making, or again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { messageOf } from '../protocols/anthropic/replay.ts';
import { asArray, asObject, type JsonObject } from '../protocols/json/json-value.ts';
import { streamDocuments } from '../protocols/replay-text.ts';
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

const chunk = (delta: JsonObject, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const DONE = 'data: [DONE]\n\n';

interface Read {
  /** Text, or name and input of a call. */
  readonly content: readonly unknown[];
  readonly stop: unknown;
  readonly isWhole: boolean;
  readonly events: readonly JsonObject[];
}

function read(text: string): Read {
  const stream = new StreamToMessages(CONTEXT);
  const bytes = Buffer.concat([Buffer.from(stream.push(Buffer.from(text))), Buffer.from(stream.end())]);
  const events = streamDocuments(bytes) ?? [];
  const message = messageOf(events);
  const content = asArray(message?.content).map((value) => {
    const block = asObject(value) ?? {};
    return block.type === 'tool_use' ? [block.name, block.input] : block.text;
  });
  return { content, stop: message?.stop_reason, isWhole: stream.isWhole, events };
}

const json = fc.dictionary(
  fc.string({ maxLength: 5 }),
  fc.oneof(fc.string(), fc.integer(), fc.constant([{}])),
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
);
/** Calls, in how many pieces each comes, and whose piece is next. */
const calls = fc.array(fc.record({ input: json, cuts: fc.array(fc.nat(40), { maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 4,
});

test('calls whose pieces come in any turns are told one after another, each whole', () => {
  fc.assert(
    fc.property(calls, fc.infiniteStream(fc.nat(100)), fc.boolean(), (wanted, turns, hasIds) => {
      const queues = wanted.map(({ input, cuts }, index) => {
        const text = JSON.stringify(input);
        const at = [...cuts.map((cut) => cut % (text.length + 1)), 0, text.length].sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, place) => text.slice(at[place], end));
        const id = hasIds ? { id: `call_${index}` } : {};
        const begin = { index, ...id, type: 'function', function: { name: `f${index}`, arguments: '' } };
        return [begin, ...pieces.map((piece) => ({ index, function: { arguments: piece } }))];
      });
      let text = chunk({ role: 'assistant', content: null });
      // Begun in order, as servers do; what follows comes in turns.
      for (const queue of queues) text += chunk({ tool_calls: [queue.shift()] });
      while (queues.some((queue) => queue.length > 0)) {
        const open = queues.filter((queue) => queue.length > 0);
        const next = open[(turns.next().value ?? 0) % open.length];
        text += chunk({ tool_calls: [next?.shift()] });
      }
      const { content, stop, events } = read(text + chunk({}, 'tool_calls') + DONE);
      assert.deepEqual(
        content,
        wanted.map(({ input }, index) => [`f${index}`, input]),
      );
      assert.equal(stop, 'tool_use');
      assertInOrder(events);
    }),
  );
});

/** Never two blocks open at a time. */
function assertInOrder(events: readonly JsonObject[]): void {
  let open: unknown = null;
  for (const { type, index } of events) {
    if (type === 'content_block_start') assert.equal(open, null);
    if (type === 'content_block_start') open = index;
    if (type === 'content_block_delta' || type === 'content_block_stop') assert.equal(index, open);
    if (type === 'content_block_stop') open = null;
  }
  assert.equal(open, null);
}

const call = (fields: JsonObject, called: JsonObject): string =>
  chunk({ tool_calls: [{ ...fields, function: called }] });

test('a call goes on at once while it is the first that is not whole', () => {
  const stream = new StreamToMessages(CONTEXT);
  const said = (text: string): string => Buffer.from(stream.push(Buffer.from(text))).toString();
  said(call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x":' }));
  assert.match(said(call({ index: 0 }, { arguments: '1' })), /"partial_json":"1"/);
  assert.equal(said(call({ index: 1, id: 'b' }, { name: 'two', arguments: '{"y":' })), '');
  assert.match(said(call({ index: 0 }, { arguments: '}' })), /"}".*content_block_stop.*"two".*y/s);
  assert.match(said(call({ index: 1 }, { arguments: '2}' })), /"2}"/);
});

test('habits of servers with the parts of calls', () => {
  const one = call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x":1}' });
  const shapes: Readonly<Record<string, readonly [text: string, content: readonly unknown[]]>> = {
    'all numbered 0, with ids': [
      one + call({ index: 0, id: 'b' }, { name: 'two', arguments: '{}' }),
      [
        ['one', { x: 1 }],
        ['two', {}],
      ],
    ],
    'without numbers or ids': [
      call({}, { name: 'one', arguments: '{"x":1}' }) + call({}, { name: 'one', arguments: '{"x":2}' }),
      [
        ['one', { x: 1 }],
        ['one', { x: 2 }],
      ],
    ],
    'said again as a whole': [one + one, [['one', { x: 1 }]]],
    'an empty id on what follows': [
      call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x"' }) +
        call({ index: 0, id: '' }, { arguments: ':1}' }),
      [['one', { x: 1 }]],
    ],
    'the name on every part': [
      call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x"' }) +
        call({ index: 0, id: 'a' }, { name: 'one', arguments: ':1}' }),
      [['one', { x: 1 }]],
    ],
    'a new id on every part': [
      call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x"' }) +
        call({ index: 0, id: 'b' }, { arguments: ':1}' }),
      [['one', { x: 1 }]],
    ],
    'the name behind the id': [
      call({ index: 0, id: 'a' }, { arguments: '' }) +
        call({ index: 0 }, { name: 'one', arguments: '{"x":1}' }),
      [['one', { x: 1 }]],
    ],
    'arguments as an object': [
      call({ index: 0, id: 'a' }, { name: 'one', arguments: { x: 1 } }),
      [['one', { x: 1 }]],
    ],
    'calls without arguments': [
      call({ index: 0, id: 'a' }, { name: 'one' }) +
        call({ index: 1, id: 'b' }, { name: 'two', arguments: '{}' }),
      [
        ['one', {}],
        ['two', {}],
      ],
    ],
    'text behind a call': [one + chunk({ content: 'So.' }), [['one', { x: 1 }], 'So.']],
    'braces inside a text': [
      call({ index: 0, id: 'a' }, { name: 'one', arguments: '{"x":"}\\"{"' }) +
        call({ index: 1, id: 'b' }, { name: 'two', arguments: '{}' }) +
        call({ index: 0 }, { arguments: '}' }),
      [
        ['one', { x: '}"{' }],
        ['two', {}],
      ],
    ],
  };
  for (const [name, [text, content]] of Object.entries(shapes)) {
    const told = read(text + chunk({}, 'tool_calls') + DONE);
    assert.deepEqual(told.content, content, name);
    assertInOrder(told.events);
  }
});

test('a stream ends as a whole by [DONE] or by a finish word, known or not, and not by breaking off', () => {
  const said = chunk({ role: 'assistant', content: 'Hi' });
  const called = call({ index: 0, id: 'a' }, { name: 'one', arguments: '{}' });
  const ends: readonly (readonly [text: string, stop: unknown, isWhole: boolean])[] = [
    [said + DONE, 'end_turn', true],
    [said + called + DONE, 'tool_use', true],
    [said + chunk({}, 'eos') + DONE, 'end_turn', true],
    [said + called + chunk({}, 'eos') + DONE, 'tool_use', true],
    [said + chunk({}, 'STOP'), 'end_turn', true],
    [said + chunk({}, 'MAX_TOKENS'), 'max_tokens', true],
    [said + chunk({}, 'constructor') + DONE, 'end_turn', true],
    [said + chunk({}, 'tool_calls') + DONE, 'end_turn', true],
    [chunk({ content: 'Hi' }, '') + chunk({}, '') + DONE, 'end_turn', true],
    [said, null, false],
    [DONE, undefined, false],
  ];
  for (const [text, stop, isWhole] of ends) {
    const told = read(text);
    assert.equal(told.isWhole, isWhole, text);
    if (isWhole) assert.equal(told.stop, stop, text);
  }
});

test('an error in a stream, however it is written, is the client’s error event', () => {
  const errors = [
    'data: {"error":"overloaded"}\n\n',
    'data: {"object":"error","message":"overloaded","code":500}\n\n',
    'event: error\ndata: {"type":"error","message":"overloaded"}\n\n',
    chunk({ content: 'a' }) + chunk({}, 'error'),
  ];
  for (const text of errors) {
    const { events, isWhole } = read(text + DONE);
    assert.equal(events.at(-1)?.type, 'error', text);
    assert.match(JSON.stringify(asObject(events.at(-1)?.error)?.message), /overloaded|error/);
    assert.equal(isWhole, true);
  }
});

test('a Messages stream without its last event, or with an unknown stop reason, is whole for a Chat client', () => {
  const event = (document: JsonObject): string =>
    `event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`;
  const begin = event({ type: 'message_start', message: { id: 'm', model: 'c', usage: {} } });
  const tool = event({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'a', name: 'f', input: {} },
  });
  const finish = (text: string): unknown => {
    const stream = new StreamToChat(CONTEXT);
    const told = Buffer.concat([
      Buffer.from(stream.push(Buffer.from(text))),
      Buffer.from(stream.end()),
    ]).toString();
    return stream.isWhole ? /"finish_reason":"(\w+)"/.exec(told)?.[1] : 'broken';
  };
  const end = (stop_reason: string | null): string =>
    event({ type: 'message_delta', delta: { stop_reason } });
  assert.equal(finish(begin + end('end_turn')), 'stop');
  assert.equal(finish(begin + end('brand_new') + event({ type: 'message_stop' })), 'stop');
  assert.equal(finish(begin + tool + end('pause_turn')), 'stop');
  assert.equal(finish(begin + tool + end('end_turn')), 'tool_calls');
  assert.equal(finish(begin + end('tool_use')), 'stop');
  assert.equal(finish(begin + tool + end('brand_new')), 'tool_calls');
  assert.equal(finish(begin + tool + event({ type: 'message_stop' })), 'tool_calls');
  assert.equal(finish(begin + tool), 'broken');
});
