import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPriceBook } from '../../src/pricing/price-book.ts';
import { NOON } from '../../test/price-questions.ts';
import { comparePrices } from './compare.ts';
import { COMPARED_MODELS } from './models.ts';
import { reasonFor, unusedReasons } from './reasons.ts';

const book = loadPriceBook('');
const UPSTREAM = 'https://api.openai.com';

test('a price that differs is a disagreement, and one that the other list lacks is none', () => {
  const list = {
    'gpt-4o': { input_cost_per_token: 2.5e-6, output_cost_per_token: 1.1e-5 },
    'qwen-flash': { tiered_pricing: [{ input_cost_per_token: 5e-8 }, { input_cost_per_token: 2.5e-7 }] },
    'whisper-1': { input_cost_per_second: 0.0001 },
    'never-heard-of': { input_cost_per_token: 1e-6 },
  };
  const models = [...Object.keys(list), 'gpt-5'].map((name) => ({ ours: name, theirs: name, upstream: '' }));
  assert.deepEqual(comparePrices(book, list, models, NOON), {
    compared: 4,
    absent: ['gpt-5'],
    disagreements: [
      { model: 'gpt-4o', what: 'output', ours: 10, theirs: 11 },
      { model: 'never-heard-of', what: 'input', ours: null, theirs: 1 },
    ],
  });
});

test('about 130 models are compared, each once, and each has a price here', () => {
  assert.ok(COMPARED_MODELS.length >= 130, String(COMPARED_MODELS.length));
  assert.equal(new Set(COMPARED_MODELS.map(({ theirs }) => theirs)).size, COMPARED_MODELS.length);
  const without = COMPARED_MODELS.filter(
    ({ ours, upstream }) => book.describe(ours, { upstream, atMs: NOON }) === null,
  );
  assert.deepEqual(without, []);
});

test('a reason holds for its models and prices only, and one without a disagreement is named', () => {
  assert.match(reasonFor('glm-4.7-flash', 'input') ?? '', /Z\.ai/);
  assert.equal(reasonFor('glm-4.7', 'input'), null);
  assert.equal(reasonFor('deepseek-v4-pro', 'output')?.includes('hour'), true);
  const stale = unusedReasons([{ model: 'glm-4.7-flash', what: 'input', ours: 1, theirs: 2 }]);
  assert.ok(!stale.some((row) => row.startsWith('glm-4.7-flash')));
  assert.ok(stale.some((row) => row.startsWith('gpt-4o-mini-tts')));
});

test('a model is compared at its own seller', () => {
  assert.ok(COMPARED_MODELS.some(({ ours, upstream }) => ours === 'gpt-4o' && upstream === UPSTREAM));
  assert.ok(
    COMPARED_MODELS.some(
      ({ theirs, upstream }) => theirs === 'zai/glm-4.7' && upstream === 'https://api.z.ai',
    ),
  );
});
