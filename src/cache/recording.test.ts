import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_READING } from '../protocols/meters/metering.ts';
import type { AnswerCache } from './answer-cache.ts';
import { Flights, type Landing } from './flights.ts';
import { Recording, type RecordingOptions } from './recording.ts';

const WHOLE = { ...EMPTY_READING, complete: true, finishReason: 'stop' };

test('while an answer that is not kept is counted, its flight takes nobody in, and who follows hears of its end', () => {
  for (const [outcome, reading, isOpen] of [
    ['completed', WHOLE, true],
    ['truncated', { ...WHOLE, complete: false, finishReason: null }, false],
    ['completed', { ...WHOLE, errorCode: 'server_error' }, false],
    ['completed', { ...WHOLE, finishReason: 'content_filter' }, false],
  ] as const) {
    const flights = new Flights();
    const flight = flights.lead('key');
    const landings: Landing[] = [];
    flight?.follow({ opened() {}, outgrown() {}, landed: (landing) => landings.push(landing) });
    const options: RecordingOptions = {
      cache: {} as AnswerCache,
      clock: { now: () => 0, monotonicMs: () => 0 } as RecordingOptions['clock'],
      key: { id: 'key', parts: [] } as unknown as RecordingOptions['key'],
      protocol: 'openai',
      endpoint: 'chat/completions',
      model: 'gpt-4o',
      ttlMs: 1000,
      flight,
      onKept: () => assert.fail('nothing was taped'),
    };
    const recording = new Recording(options);
    recording.ending(outcome, reading);
    assert.equal(flights.find('key') === flight, isOpen, outcome);
    recording.settled({ outcome, costNanoUsd: 0 } as Parameters<Recording['settled']>[0], reading);
    assert.equal(landings.length, 1);
    assert.equal(flights.find('key'), null);
  }
});
