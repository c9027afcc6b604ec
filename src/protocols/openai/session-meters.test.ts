// What a WebSocket session does not tell for certain makes its cost unknown; it is never nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageMeter } from '../../core/protocol.ts';
import { totalUsage } from '../../core/usage.ts';
import { chargeBasis } from '../charge-basis.ts';
import { RealtimeMeter } from './realtime-meter.ts';
import { ResponsesSocketMeter } from './responses-socket-meter.ts';

type Basis = ReturnType<typeof chargeBasis>;
const UNTOLD = { input_tokens: 20, output_tokens: 5, total_tokens: 25 };
const USED = {
  ...UNTOLD,
  input_token_details: { text_tokens: 20 },
  output_token_details: { audio_tokens: 5 },
};
const ZEROS = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

/** How the session is charged; unknown too where a part of it is. */
function basisOf(meter: MessageMeter, events: readonly object[]): Basis {
  for (const event of events) meter.read(event);
  const reading = meter.reading();
  const basis = chargeBasis({
    charge: 'unknown',
    sent: true,
    isError: false,
    wasSilent: false,
    reading,
    hasText: () => false,
  });
  return reading.hasUnpricedParts ? 'unknown' : basis;
}

const begun = (id: string) => ({ type: 'response.created', response: { id, status: 'in_progress' } });
const done = (id: string, usage: unknown, status = 'completed') => ({
  type: 'response.done',
  response: { id, status, usage },
});
const sound = (id: string) => ({ type: 'response.output_audio.delta', response_id: id, delta: 'AAAA' });
const COMMITTED = { type: 'input_audio_buffer.committed', item_id: 'i' };
const heard = (usage: unknown, item = 'i') => ({
  type: 'conversation.item.input_audio_transcription.completed',
  item_id: item,
  usage,
});
const hearingBy = (model: string) => ({
  type: 'session.updated',
  session: { audio: { input: { transcription: { model } } } },
});
const hearing = (item = 'i') => ({
  type: 'conversation.item.input_audio_transcription.delta',
  item_id: item,
  delta: 'hel',
});

const REALTIME: readonly (readonly [name: string, events: readonly object[], basis: Basis])[] = [
  ['an answer with its usage', [begun('a'), sound('a'), done('a', USED)], 'provider'],
  ['an answer in sound that its usage leaves out', [begun('a'), sound('a'), done('a', UNTOLD)], 'unknown'],
  ['an answer in text', [begun('a'), done('a', UNTOLD)], 'provider'],
  ['sound that was sent, and is left out', [COMMITTED, begun('a'), done('a', UNTOLD)], 'unknown'],
  ['sound that was sent', [COMMITTED, begun('a'), sound('a'), done('a', USED)], 'provider'],
  ['an answer that is still made', [begun('a'), sound('a')], 'unknown'],
  ['a second one that is still made', [begun('a'), done('a', USED), begun('b')], 'unknown'],
  ['a usage of zeros', [begun('a'), sound('a'), done('a', ZEROS)], 'unknown'],
  ['an empty usage', [begun('a'), done('a', {})], 'unknown'],
  ['no usage', [begun('a'), done('a', undefined)], 'unknown'],
  ['one that was cancelled in the middle', [begun('a'), sound('a'), done('a', null, 'cancelled')], 'unknown'],
  ['one that failed before a word', [begun('a'), done('a', null, 'failed')], 'nothing'],
  ['a transcription of zeros', [heard(ZEROS)], 'unknown'],
  ['a transcription with no end', [hearing()], 'unknown'],
  ['a transcription with its usage', [hearingBy('gpt-4o-transcribe'), hearing(), heard(USED)], 'provider'],
  ['a transcription by a model that nothing names', [hearing(), heard(USED)], 'unknown'],
  [
    'a transcription that failed',
    [hearing(), { type: 'conversation.item.input_audio_transcription.failed', item_id: 'i' }],
    'nothing',
  ],
  ['nothing that is answered', [{ type: 'session.created', session: { id: 's' } }], 'nothing'],
];
for (const [name, events, basis] of REALTIME)
  test(`a Realtime session with ${name} is charged by: ${basis}`, () => {
    assert.equal(basisOf(new RealtimeMeter(), events), basis);
  });

const text = { type: 'response.output_text.delta', delta: 'x' };
const last = (usage: unknown, status = 'completed') => ({
  type: `response.${status}`,
  response: { id: `resp_${status}`, status, output: [], usage },
});
const RESPONSES: readonly (readonly [name: string, events: readonly object[], basis: Basis])[] = [
  ['a response with its usage', [begun('a'), text, last(USED)], 'provider'],
  ['a usage of zeros', [begun('a'), text, last(ZEROS)], 'unknown'],
  ['an empty usage', [begun('a'), text, last({})], 'unknown'],
  ['no usage', [begun('a'), last(null)], 'unknown'],
  ['a response that failed before a word', [begun('a'), last(null, 'failed')], 'nothing'],
];
for (const [name, events, basis] of RESPONSES)
  test(`a session of responses with ${name} is charged by: ${basis}`, () => {
    assert.equal(basisOf(new ResponsesSocketMeter(), events), basis);
  });

test('a session says with each answer that it has come to more, and tells how much while it runs', () => {
  const last = (id: string, usage: unknown) => ({
    type: 'response.completed',
    response: { id, object: 'response', model: 'gpt-5', status: 'completed', output: [], usage },
  });
  const realtime = [
    hearingBy('gpt-4o-transcribe'),
    begun('a'),
    done('a', USED),
    heard(USED),
    done('b', USED),
  ];
  const responses = [begun('a'), last('a', USED), last('a', USED), begun('b'), last('b', USED)];
  for (const [meter, events, figures, told] of [
    [new RealtimeMeter(), realtime, [0, 0, 1, 2, 3], [0, 0, 5, 10, 15]],
    // One that is told again is no other.
    [new ResponsesSocketMeter(), responses, [0, 1, 1, 1, 2], [0, 5, 5, 5, 10]],
  ] as const) {
    const seen = events.map((event) => {
      meter.read(event);
      return [meter.figures, totalUsage(meter.reading().runs).outputTokens];
    });
    assert.deepEqual(
      seen,
      figures.map((count, index) => [count, told[index]]),
    );
  }
});

test('each answer of a session stays with the model that gave it', () => {
  const by = (model: string) => ({ type: 'session.updated', session: { model } });
  const response = (id: string, model: string) => ({
    type: 'response.completed',
    response: { id, object: 'response', model, status: 'completed', output: [], usage: USED },
  });
  const realtime = [by('gpt-realtime'), done('a', USED), by('gpt-realtime-mini'), done('b', USED)];
  const responses = [response('a', 'gpt-5'), response('b', 'gpt-5-mini')];
  for (const [meter, events, told] of [
    [new RealtimeMeter(), realtime, ['gpt-realtime', null]],
    [new ResponsesSocketMeter(), responses, ['gpt-5', 'gpt-5-mini']],
  ] as const) {
    for (const event of events) meter.read(event);
    const { model, runs } = meter.reading();
    assert.deepEqual(
      runs.map((run) => run.model),
      told,
    );
    assert.equal(model, events === realtime ? 'gpt-realtime-mini' : 'gpt-5-mini');
  }
});
