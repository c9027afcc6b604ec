import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnswerContent } from '../protocols/answer-content.ts';
import { agreementOf, jsonIn, normalised, toolCallF1 } from './agreement.ts';

const said = (text: string, toolCalls: AnswerContent['toolCalls'] = []): AnswerContent => ({
  text,
  toolCalls,
  thinking: '',
  finishReason: 'stop',
  isRefusal: false,
  error: null,
});

test('to the letter, and but for case, spaces and marks', () => {
  assert.equal(agreementOf(said('Yes.'), said('Yes.')).exact, true);
  const nearly = agreementOf(said('Yes, it  is.'), said('yes it is'));
  assert.deepEqual([nearly.exact, nearly.normalised], [false, true]);
  assert.equal(agreementOf(said('3.5 apples'), said('35 apples')).normalised, false);
  assert.equal(agreementOf(said('it is'), said('it is not')).normalised, false);
  assert.equal(normalised('Ｆull  width!'), 'full width');
});

test('JSON by what it says, and by its structure', () => {
  const agreement = agreementOf(said('{"a":1,"b":["x"]}'), said('```json\n{"b":["y"],"a":2}\n```'));
  assert.deepEqual([agreement.json, agreement.jsonStructure], [false, true]);
  assert.equal(agreementOf(said('{"a":1.0}'), said('{"a":1}')).json, true);
  assert.equal(agreementOf(said('{"a":1}'), said('{"a":"1"}')).jsonStructure, false);
  assert.equal(agreementOf(said('{"a":1}'), said('a is 1')).json, null);
  assert.equal(jsonIn('{broken'), undefined);
});

test('tool calls by name and arguments, each once', () => {
  const call = (city: string) => ({ name: 'get_weather', arguments: { city } });
  assert.equal(agreementOf(said(''), said('')).toolCalls, null);
  assert.equal(toolCallF1([call('a'), call('b')], [call('b'), call('a')]), 1);
  assert.equal(toolCallF1([call('a')], [call('a'), call('a')]), 2 / 3);
  assert.equal(toolCallF1([call('a')], [call('b')]), 0);
  assert.equal(agreementOf(said('x', [call('a')]), said('x')).exact, false);
});
