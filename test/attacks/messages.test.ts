// The same as in `parsers.test.ts`, for messages of a WebSocket as their meters get them, fields of a page, and trace
// contexts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RealtimeMeter } from '../../src/protocols/openai/realtime-meter.ts';
import { ResponsesSocketMeter } from '../../src/protocols/openai/responses-socket-meter.ts';
import { GeminiLiveMeter } from '../../src/protocols/others/gemini-live-meter.ts';
import { urlFormFacts } from '../../src/proxy/body/url-form.ts';
import { traceContext, traceparentOf } from '../../src/telemetry/otel/trace-context.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** Of what means something to somebody. */
const textOf = (...pieces: string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 20 })
    .map((all) => all.join(''));

test('whatever the messages of a session say, they come to figures that can be, or to none', () => {
  const figure = fc.oneof(fc.jsonValue(), fc.nat(), fc.constantFrom(-1, 1e308, 0.5, '7', null));
  const usage = fc.dictionary(
    fc.constantFrom(
      ...['input_tokens', 'output_tokens', 'total_tokens', 'input_token_details', 'output_token_details'],
      ...[
        'cached_tokens',
        'audio_tokens',
        '__proto__',
        'promptTokenCount',
        'responseTokenCount',
        'tokenCount',
      ],
      ...[
        'promptTokensDetails',
        'responseTokensDetails',
        'totalTokenCount',
        'thoughtsTokenCount',
        'modality',
      ],
    ),
    fc.oneof(figure, fc.array(fc.dictionary(fc.constantFrom('modality', 'tokenCount'), figure))),
  );
  const response = fc.oneof(fc.jsonValue(), fc.record({ id: fc.jsonValue(), usage, output: fc.jsonValue() }));
  const typed = fc.record(
    {
      type: fc.constantFrom(
        ...[
          'response.done',
          'response.completed',
          'session.updated',
          'error',
          '__proto__',
          'response.created',
        ],
        ...['conversation.item.input_audio_transcription.completed', 'response.output_item.done'],
      ),
      response,
      session: fc.jsonValue(),
      item: fc.jsonValue(),
      usage,
      setup: fc.jsonValue(),
      serverContent: fc.jsonValue(),
      usageMetadata: usage,
    },
    { requiredKeys: [] },
  );
  let figures = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(anyText, fc.jsonValue(), typed)), (messages) => {
      for (const meter of [new RealtimeMeter(), new ResponsesSocketMeter(), new GeminiLiveMeter()]) {
        for (const message of messages) {
          if (meter instanceof GeminiLiveMeter) meter.readAsked(message);
          meter.read(message);
        }
        for (const run of meter.reading().runs)
          for (const tokens of Object.values(run.usage))
            assert.ok(tokens === null || tokens >= 0, `${tokens}`);
        figures += meter.figures;
      }
    }),
    { numRuns: 1000 },
  );
  // Some of it is read.
  assert.ok(figures > 0);
});

test('fields of a page and trace contexts are read as everybody reads them, or are none', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const field = textOf(
    'model',
    'stream',
    'prompt',
    '=',
    '&',
    ';',
    '%',
    '6D',
    '3B',
    '00',
    'a',
    '+',
    'true',
    '__proto__',
  );
  let read = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        field,
        anyText,
        field.map((text) => `model=${text}`),
      ),
      (text) => {
        const facts = urlFormFacts(Buffer.from(text), headers);
        if (facts === null) return;
        read += 1;
        const fields = new URLSearchParams(text);
        assert.deepEqual(fields.getAll('model'), [facts.model]);
        assert.doesNotMatch(facts.model ?? '', /[\s;&\0]/);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(read > 0);
  const part = textOf(
    '00',
    'ff',
    '-',
    '0af7651916cd43dd8448eb211c80319c',
    'b7ad6b7169203331',
    '01',
    '0'.repeat(32),
  );
  const id = '019ac0de-0000-7000-8000-000000000001';
  const sampling = { followsParent: true, share: 0.5 };
  fc.assert(
    fc.property(fc.oneof(part, anyText), (traceparent) => {
      const ours = traceparentOf(traceContext(id, { traceparent }, sampling));
      assert.match(ours, /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-0[01]$/);
    }),
    { numRuns: 500 },
  );
});
