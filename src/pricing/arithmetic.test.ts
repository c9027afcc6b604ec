import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOON, question, run } from '../../test/price-questions.ts';
import type { TokenUsage } from '../core/usage.ts';
import { NO_USAGE } from '../core/usage.ts';
import { addUnits, chargeRun, roundHalfUp, roundUp } from './charge.ts';
import { loadPriceBook } from './price-book.ts';
import { rateFromUsdPerMillion, scaleRates } from './rates.ts';
import { rowRates } from './row-rates.ts';
import { hasPlaces } from './surcharges.ts';

const book = loadPriceBook('');
const MODELS = [
  'claude-sonnet-4-5',
  'claude-opus-4-1',
  'claude-opus-4-6',
  'gpt-5.5',
  'gpt-5-nano',
  'gpt-realtime',
  'o1-pro',
  'glm-4.7',
  'deepseek-v4-pro',
];
const model = fc.constantFrom(...MODELS);
const tokens = fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 300_000 }), fc.nat({ max: 1_000_000_000 }));
const usage: fc.Arbitrary<TokenUsage> = fc
  .record({
    inputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    outputTokens: tokens,
    reasoning: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ reasoning, ...counts }) => ({
    ...NO_USAGE,
    ...counts,
    reasoningTokens: Math.floor(counts.outputTokens * reasoning),
  }));
const CLASSES = ['inputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'outputTokens'] as const;

function costOf(name: string, ...usages: readonly TokenUsage[]): number {
  const { costNanoUsd } = book.cost(
    question(
      name,
      usages.map((each) => run(each)),
    ),
  );
  assert.ok(costNanoUsd !== null, `${name} has no price`);
  return costNanoUsd;
}

test('a cost is a whole number of nano-dollars, and 0 only for nothing', () => {
  fc.assert(
    fc.property(model, usage, (name, used) => {
      const cost = costOf(name, used);
      assert.ok(Number.isSafeInteger(cost) && cost >= 0, String(cost));
      const counted = CLASSES.some((each) => used[each] > 0);
      if (!counted) assert.equal(cost, 0);
    }),
  );
  assert.equal(costOf('gpt-5-nano', NO_USAGE), 0);
});

test('the cost of several runs is the sum of theirs, up to one rounding', () => {
  fc.assert(
    fc.property(model, usage, usage, (name, a, b) => {
      const difference = costOf(name, a, b) - (costOf(name, a) + costOf(name, b));
      assert.ok(Math.abs(difference) <= 1, `differs by ${difference}`);
    }),
  );
});

test('more of any class never costs less', () => {
  fc.assert(
    fc.property(model, usage, fc.constantFrom(...CLASSES), tokens, (name, used, each, more) => {
      assert.ok(costOf(name, { ...used, [each]: used[each] + more }) >= costOf(name, used));
    }),
  );
});

test('a cost agrees with exact arithmetic over the whole range', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000_000 }), tokens, tokens, (price, input, output) => {
      const usd = price / 1000;
      const rates = rowRates('some-model', { input: usd, output: usd });
      const units = chargeRun(rates, { ...NO_USAGE, inputTokens: input, outputTokens: output });
      assert.ok(units !== null);
      const exact = BigInt(price) * 1_000_000n * (BigInt(input) + BigInt(output));
      assert.equal(BigInt(units), exact);
      const rounded = (exact + 500_000n) / 1_000_000n;
      assert.equal(roundHalfUp(units), rounded <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(rounded) : null);
    }),
  );
});

test('a half is rounded up, and a bound always', () => {
  assert.deepEqual([roundHalfUp(499_999), roundHalfUp(500_000), roundHalfUp(1_499_999)], [0, 1, 1]);
  assert.deepEqual([roundUp(0), roundUp(1), roundUp(1_000_000), roundUp(1_000_001)], [0, 1, 1, 2]);
  assert.equal(roundHalfUp(2n ** 63n), 9_223_372_036_855);
  assert.equal(roundHalfUp(2n ** 80n), null);
  assert.equal(addUnits(Number.MAX_SAFE_INTEGER, 1), 2n ** 53n);
});

test('a factor keeps exact prices exact and leaves searches alone', () => {
  const rates = rowRates('claude-x', { input: 0.003625, output: 1.1, webSearch: 10 });
  assert.equal(
    scaleRates(rates, { numerator: 11, denominator: 20 }).input,
    rateFromUsdPerMillion(0.00199375),
  );
  assert.equal(scaleRates(rates, { numerator: 20, denominator: 11 }).output, rateFromUsdPerMillion(2));
  assert.equal(scaleRates(rates, { numerator: 1, denominator: 2 }).webSearch, rates.webSearch);
});

test('the worst case is never below what a request turns out to cost', () => {
  const tier = fc.constantFrom(null, 'standard', 'batch');
  fc.assert(
    fc.property(model, usage, tier, fc.constantFrom(null, 'us', 'global'), (name, used, serviceTier, geo) => {
      const conditions = { serviceTier, inferenceGeo: hasPlaces([name]) ? geo : null };
      const { costNanoUsd } = book.cost(question(name, [run(used, conditions)]));
      const inputTokens = used.inputTokens + used.cacheReadTokens + used.cacheWrite5mTokens;
      const bound = book.worstCost({
        model: name,
        upstream: 'http://127.0.0.1:9',
        inputTokens,
        outputTokens: used.outputTokens,
        atMs: NOON,
      });
      assert.ok(bound !== null);
      if (costNanoUsd !== null) assert.ok(bound >= costNanoUsd, `${bound} < ${costNanoUsd}`);
    }),
  );
});

test('the worst case is the dearest class in the tier that the input can reach', () => {
  const worst = (inputTokens: number, more = {}) =>
    book.worstCost({
      model: 'claude-sonnet-4-5',
      upstream: 'https://api.anthropic.com',
      inputTokens,
      outputTokens: 1000,
      atMs: NOON,
      ...more,
    });
  // One-hour writes at $6, output at $15.
  assert.equal(worst(100_000), 615_000_000);
  assert.equal(worst(200_001), 2_422_512_000);
  assert.equal(worst(0, { webSearches: 5 }), 65_000_000);
  // Writes as long as the request asks for: $3.75, and $3 for none.
  assert.equal(worst(100_000, { cacheWrites: '5m' }), 390_000_000);
  assert.equal(worst(100_000, { cacheWrites: 'none' }), 315_000_000);
  // $10 and $25, and a tenth on top for a place that only the answer tells, where the model has places.
  assert.equal(worst(100_000, { model: 'claude-opus-4-6' }), 1_127_500_000);
  for (const model of ['claude-3-haiku-20240307', 'claude-opus-4-20250514', 'claude-haiku-4.5']) {
    const at = worst(100, { model, cacheWrites: 'none', outputTokens: 0 }) ?? 0;
    const input = book.describe(model, { atMs: NOON })?.rows[0]?.input;
    assert.equal(at, (input ?? 0) * 100_000, model);
  }
  assert.equal(worst(1, { speed: 'fast' }), null);
  assert.equal(
    book.worstCost({ model: 'unheard-of', upstream: '', inputTokens: 1, outputTokens: 1, atMs: NOON }),
    null,
  );
});
