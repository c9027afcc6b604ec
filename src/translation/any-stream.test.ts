// Streams of anything at all: translated, or ended with an error that the client can read; never a crash.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asObject, parseJson } from '../protocols/json/json-value.ts';
import { ToolNames } from './tools/tool-names.ts';
import type { StreamTranslation } from './translator.ts';
import { TRANSLATORS } from './translators.ts';

const CONTEXT = {
  wish: {
    stream: true,
    streamUsage: true,
    thoughts: true,
    toolNames: new ToolNames(),
    stops: [],
    callIds: new Set<string>(),
  },
  createdAtSeconds: 1,
};

const scalar = fc.constantFrom<unknown>(
  null,
  0,
  1,
  -1,
  'x',
  '',
  '{"a":',
  true,
  {},
  [],
  'stop',
  'tool_use',
  'text',
);
const NAMES = [
  'index',
  'type',
  'text',
  'thinking',
  'content',
  'delta',
  'message',
  'usage',
  'tool_calls',
  'function',
  'name',
  'arguments',
  'id',
  'choices',
  'finish_reason',
  'stop_reason',
  'content_block',
  'partial_json',
  'error',
];
const EVENTS = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'text_delta',
  'input_json_delta',
  'tool_use',
  'text',
  'error',
];
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.constantFrom<unknown>(...EVENTS),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
  ),
})).value;
const event = fc.oneof(
  fc.record({
    type: fc.constantFrom(...EVENTS),
    index: scalar,
    delta: json,
    content_block: json,
    message: json,
  }),
  fc.record({
    id: scalar,
    choices: fc.array(fc.record({ index: scalar, delta: json, finish_reason: scalar })),
  }),
  json,
);
const body = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: event.map((one) => JSON.stringify(one)) },
      fc.constant('[DONE]'),
      fc.string(),
    ),
  )
  .map((datas) => Buffer.from(datas.map((data) => `data: ${data}\n\n`).join('')));

test('any stream is translated or ended readably, the same wherever it is cut', () => {
  fc.assert(
    fc.property(body, fc.nat(), (bytes, at) => {
      for (const translator of TRANSLATORS) {
        const whole = read(translator.stream(CONTEXT), [bytes]);
        const cut = at % (bytes.length + 1);
        const parts = read(translator.stream(CONTEXT), [bytes.subarray(0, cut), bytes.subarray(cut)]);
        assert.deepEqual(parts, whole);
        for (const line of whole.text.split('\n').filter((one) => one.startsWith('data: {')))
          assert.notEqual(asObject(parseJson(line.slice(6))), null);
        if (whole.code !== null) assert.equal(whole.isWhole, true);
      }
    }),
    { numRuns: 500 },
  );
});

function read(stream: StreamTranslation, chunks: readonly Buffer[]) {
  const passed = chunks.map((chunk) => Buffer.from(stream.push(chunk)));
  const text = Buffer.concat([...passed, Buffer.from(stream.end())]).toString('utf8');
  return { text, isWhole: stream.isWhole, code: stream.failure?.code ?? null };
}
