// Of an unknown cost what is known, and no more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_USAGE, type UsageRun } from '../core/usage.ts';
import { loadPriceBook } from '../pricing/price-book.ts';
import { type Ended, leastPrice, recordedRuns, settledCost } from './listed-price.ts';

const book = loadPriceBook('');
const run = (model: string | null, inputTokens: number): UsageRun => ({
  ...{ kind: 'message', model, usage: { ...NO_USAGE, inputTokens } },
  ...{ serviceTier: null, speed: null, inferenceGeo: null },
});
const question = (...runs: readonly UsageRun[]) => ({
  ...{ runs, model: 'gpt-4o', upstream: 'https://api.openai.com', atMs: Date.UTC(2026, 10, 1) },
});
const STATED = { reportedCostNanoUsd: null, reportedIsCharge: false };

test('of several runs those count that have a price', () => {
  assert.equal(leastPrice(book, question(run(null, 1000))), 2_500_000);
  assert.equal(leastPrice(book, question(run(null, 1000), run('nobody-knows-it', 9000))), 2_500_000);
  assert.equal(leastPrice(book, question(run('nobody-knows-it', 9000))), null);
  assert.equal(leastPrice(book, question()), null);
});

test('of a sum of several runs no more is sure than what each would cost if it was short', () => {
  const sum = { ...run('gpt-5.4', 400_000), isSum: true as const };
  const least = leastPrice(book, question({ ...sum, longestInputTokens: 1 }));
  assert.equal(least, 1_000_000_000);
  assert.equal(leastPrice(book, question(sum)), least);
  assert.equal(leastPrice(book, question(sum, run('nobody-knows-it', 1))), least);
  assert.equal(leastPrice(book, question(run('gpt-5.4', 400_000))), 2_000_000_000);
});

test('what was told of an unknown cost is known, and what was paid; an estimate is not', () => {
  const ended: Ended = { usageSource: 'provider', isUnknown: true, paid: 0 };
  const listOf = (more: Partial<Ended>, ...runs: readonly UsageRun[]) => {
    const { costNanoUsd, listCostNanoUsd } = settledCost(book, question(...runs), STATED, {
      ...ended,
      ...more,
    });
    return [costNanoUsd, listCostNanoUsd];
  };
  assert.deepEqual(listOf({}, run(null, 1000)), [null, 2_500_000]);
  assert.deepEqual(listOf({ usageSource: 'estimate' }, run(null, 1000)), [null, null]);
  assert.deepEqual(listOf({ usageSource: 'estimate', paid: 7 }, run(null, 1000)), [null, 7]);
  assert.deepEqual(listOf({ paid: 9_000_000 }, run(null, 1000)), [null, 9_000_000]);
  assert.deepEqual(listOf({}), [null, null]);
  // A price that nobody knows, of something that is told.
  assert.deepEqual(listOf({ isUnknown: false }, run(null, 1000), run('nobody-knows-it', 5)), [
    null,
    2_500_000,
  ]);
  assert.deepEqual(listOf({ isUnknown: false }, run(null, 1000)), [2_500_000, null]);
});

test('a cost that is stated for several models is parted by the list, where that knows all of them', () => {
  const parts = (stated: number, ...runs: readonly UsageRun[]) =>
    recordedRuns(book, question(...runs), 'gpt-4o', {
      ...{ costNanoUsd: stated, source: 'stated', doubt: null },
    })?.map(({ costNanoUsd }) => costNanoUsd);
  const [big, small] = [run('gpt-4o', 3000), run('gpt-4o-mini', 1000)];
  assert.deepEqual(parts(1_000_000, big, small), [980_392, 19_608]);
  assert.deepEqual(parts(0, big, small), [0, 0]);
  assert.deepEqual(parts(1_000_000, big, run('nobody-knows-it', 1000)), [undefined, undefined]);
  assert.deepEqual(parts(1_000_000, run('gpt-4o', 0), run('gpt-4o-mini', 0)), [undefined, undefined]);
});

test('what those state who say that it is what they took is the cost, at their own addresses alone', () => {
  const stated = { reportedCostNanoUsd: 7, reportedIsCharge: false };
  const ended: Ended = { usageSource: 'provider', isUnknown: false, paid: 0 };
  const at = (upstream: string) => {
    const asked = { ...question(run('gpt-4o', 1000)), upstream };
    const { costNanoUsd, listCostNanoUsd, source } = settledCost(book, asked, stated, ended);
    return [costNanoUsd, listCostNanoUsd, source];
  };
  const charged = [
    'https://openrouter.ai',
    'https://eu.openrouter.ai',
    'https://api.x.ai',
    'https://us-east-1.api.x.ai',
  ];
  for (const upstream of charged) assert.deepEqual(at(upstream)[0], 7, upstream);
  for (const upstream of ['https://api.openai.com', 'https://x.ai.example.com', 'http://127.0.0.1:4000'])
    assert.deepEqual(at(upstream), [2_500_000, null, 'catalogue'], upstream);
});
