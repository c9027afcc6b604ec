import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parametersOf } from './request-parameters.ts';

test('each API has its own places for the same parameters', () => {
  const expected = { temperature: 0.5, topP: 0.9, stopSequences: ['a', 'b'] };
  const stops = ['a', 'b'];
  for (const body of [
    { temperature: 0.5, top_p: 0.9, stop: stops },
    { temperature: 0.5, top_p: 0.9, stop_sequences: stops },
    { generationConfig: { temperature: 0.5, topP: 0.9, stopSequences: stops } },
    { inferenceConfig: { temperature: 0.5, topP: 0.9, stopSequences: stops } },
    { options: { temperature: 0.5, top_p: 0.9, stop: stops } },
  ])
    assert.deepEqual(parametersOf(body), expected, JSON.stringify(body));
});

test('the form of the answer is told by the conventions’ words', () => {
  for (const [body, type] of [
    [{ response_format: { type: 'json_schema', json_schema: {} } }, 'json'],
    [{ text: { format: { type: 'text' } } }, 'text'],
    [{ generationConfig: { responseMimeType: 'application/json' } }, 'json'],
    [{ format: { type: 'object' } }, 'json'],
    [{ modalities: ['text', 'audio'] }, 'speech'],
    [{ generationConfig: { responseModalities: ['IMAGE'] } }, 'image'],
    [{ response_format: { type: 'constructor' } }, undefined],
    [{}, undefined],
  ] as const)
    assert.equal(parametersOf(body).outputType, type, JSON.stringify(body));
});

test('what has another form than the conventions want is left out; one answer is nothing to tell', () => {
  const odd = { temperature: '0.5', top_p: null, top_k: 1.5, seed: 2 ** 60, n: 1, stop: 7, dimensions: [3] };
  assert.deepEqual(parametersOf(odd), {});
});

test('a choice of candidates is no number of most likely tokens', () => {
  assert.deepEqual(parametersOf({ top_logprobs: 5 }), {});
});

test('whatever a body holds, what is told is small', () => {
  fc.assert(
    fc.property(fc.anything(), fc.array(fc.string({ maxLength: 500 })), (anything, stop) => {
      const told = parametersOf({ stop, reasoning_effort: 'x'.repeat(5000), temperature: anything });
      assert.ok(JSON.stringify(told).length < 30_000);
      parametersOf(anything);
    }),
  );
});
