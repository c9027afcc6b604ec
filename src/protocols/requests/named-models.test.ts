import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherModels } from './named-models.ts';

test('the models that may answer instead or as well are found wherever a request names them', () => {
  const others = (body: unknown): readonly string[] => otherModels(body, 'a');
  assert.deepEqual(others({ models: ['a', 'b', 'b', 'c'] }), ['b', 'c']);
  assert.deepEqual(others({ fallbacks: ['b', { model: 'c' }, { a: ['d'] }] }), ['b', 'c', 'd']);
  assert.deepEqual(others({ providerOptions: { gateway: { models: ['b'] } } }), ['b']);
  assert.deepEqual(others({ tools: [{ type: 'function' }, { type: 'advisor_20260301', model: 'b' }] }), [
    'b',
  ]);
  assert.deepEqual(others({ context_window_fallbacks: [{ a: ['b'] }] }), ['b']);
  // OpenRouter's: an advisor, and a panel with its judge, as a tool or a plugin.
  const advisor = { type: 'openrouter:advisor', parameters: { model: 'b' } };
  const panel = { model: 'c', analysis_models: ['d', 'a'] };
  assert.deepEqual(others({ tools: [advisor, { type: 'openrouter:fusion', parameters: panel }] }), [
    'b',
    'c',
    'd',
  ]);
  assert.deepEqual(others({ plugins: [{ id: 'web' }, { id: 'fusion', ...panel }] }), ['c', 'd']);
  const schema = { type: 'object', properties: { model: { type: 'string' } } };
  assert.deepEqual(others({ tools: [{ type: 'function', name: 'x', parameters: schema }] }), []);
  assert.equal(others({ models: Array.from({ length: 50 }, (_, index) => `m${index}`) }).length, 10);
  for (const none of [null, 'x', [], {}, { models: 'b' }, { models: [1, null, {}] }, { tools: {} }])
    assert.deepEqual(others(none), [], JSON.stringify(none));
  assert.deepEqual(otherModels({ models: ['b'] }, null), [], 'without a model it may be any');
});
