import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_USAGE, type TokenUsage, type UsageRun } from '../core/usage.ts';
import { loadPriceBook } from './price-book.ts';

const AT_MS = Date.UTC(2026, 10, 23);
const UPSTREAM = 'http://127.0.0.1:1';
const catalogue = loadPriceBook('');
const spec = loadPriceBook('spec');

function run(usage: Partial<TokenUsage>, more: Partial<UsageRun> = {}): UsageRun {
  const used = { ...NO_USAGE, ...usage };
  return {
    kind: 'message',
    model: null,
    usage: used,
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    ...more,
  };
}

function usd(
  model: string,
  usage: Partial<TokenUsage>,
  more: Partial<UsageRun> = {},
  book = catalogue,
): number | null {
  const answer = book.cost({ runs: [run(usage, more)], model, upstream: UPSTREAM, atMs: AT_MS });
  return answer.costNanoUsd === null ? null : answer.costNanoUsd / 1e9;
}

const MILLION = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

for (const [model, input, output] of [
  ['claude-opus-4-6', 15, 75],
  ['claude-sonnet-4-5-20250929', 3, 15],
  ['anthropic/claude-haiku-4.5', 0.8, 4],
  ['glm-4.7', 0.6, 0.6],
  ['GLM-4.7-Flash', 0.06, 0.06],
] as const) {
  test(`the list spec prices ${model} at ${input} and ${output} dollars per million`, () => {
    assert.equal(usd(model, { inputTokens: 1_000_000 }, {}, spec), input);
    assert.equal(usd(model, { outputTokens: 1_000_000 }, {}, spec), output);
  });
}

test('the spellings of one model have one price', () => {
  const price = usd('claude-sonnet-4-5', { inputTokens: 1000, outputTokens: 10 });
  assert.equal(price, 0.00315);
  for (const spelling of [
    'claude-sonnet-4-5-20250929',
    'anthropic/claude-sonnet-4.5',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'Claude-Sonnet-4-5',
  ]) {
    assert.equal(usd(spelling, { inputTokens: 1000, outputTokens: 10 }), price, spelling);
  }
});

test('a near miss is not priced as another model', () => {
  assert.notEqual(usd('gpt-4o-mini', MILLION), usd('gpt-4o', MILLION));
  assert.equal(usd('openai/gpt-4o', { inputTokens: 1000 }), usd('gpt-4o', { inputTokens: 1000 }));
  assert.equal(usd('glm-4.7-flash', MILLION), null);
  assert.equal(usd('ft:gpt-4o-mini:house::1', MILLION), null);
  assert.equal(usd('llama-3:free', MILLION), null);
  assert.equal(usd('house-llama-70b', MILLION), null);
});

test('cache classes, long context, batches and searches have prices of their own', () => {
  const model = 'claude-opus-4-6';
  assert.equal(usd(model, { cacheReadTokens: 100_000 }), 0.05);
  assert.equal(usd(model, { cacheWrite5mTokens: 100_000 }), 0.625);
  assert.equal(usd(model, { cacheWrite1hTokens: 100_000 }), 1);
  assert.equal(usd(model, { inputTokens: 100_000 }, { serviceTier: 'batch' }), 0.25);
  assert.equal(usd(model, { inputTokens: 100_000 }, { speed: 'fast' }), null);
  assert.equal(usd(model, { webSearches: 3 }), 0.03);
  assert.equal(usd('claude-sonnet-4-5', { inputTokens: 200_001 }), 1.200006);
});

test('each run is charged at its own model, and one unknown price makes the sum unknown', () => {
  const runs = [run({ inputTokens: 1000 }), run({ outputTokens: 1000 }, { model: 'claude-opus-4-6' })];
  const question = { runs, model: 'claude-sonnet-4-5', upstream: UPSTREAM, atMs: AT_MS };
  assert.equal(catalogue.cost(question).costNanoUsd, 3_000_000 + 25_000_000);
  const unknown = [...runs, run({ outputTokens: 1 }, { model: 'nobody-knows' })];
  assert.deepEqual(catalogue.cost({ ...question, runs: unknown }), { costNanoUsd: null, source: null });
});

test('nothing used costs nothing, also at an unknown price', () => {
  assert.equal(usd('nobody-knows', {}), 0);
});

test('the cost is a whole number, never falls with use, and is never NaN', () => {
  const tokens = fc.nat({ max: 1_000_000_000 });
  fc.assert(
    fc.property(tokens, tokens, tokens, tokens, (input, output, read, more) => {
      const usage = { inputTokens: input, outputTokens: output, cacheReadTokens: read };
      const cost = (usd('claude-sonnet-4-5', usage) ?? Number.NaN) * 1e9;
      const dearer =
        (usd('claude-sonnet-4-5', { ...usage, outputTokens: output + more }) ?? Number.NaN) * 1e9;
      assert.ok(cost >= 0 && dearer >= cost);
    }),
  );
});

test("a user's file goes before everything, and its faults are named", () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
  const path = join(folder, 'prices.json');
  writeFileSync(path, JSON.stringify({ models: { 'house-*': { input: 1, output: 2 } } }));
  assert.equal(usd('house-llama-70b', MILLION, {}, loadPriceBook(path)), 3);
  writeFileSync(path, JSON.stringify({ models: { 'house-*': { input: '1' } } }));
  assert.throws(() => loadPriceBook(path), { code: 'invalid_setting', message: /house-\*.*input is "1"/ });
  assert.throws(() => loadPriceBook(join(folder, 'none.json')), {
    code: 'invalid_setting',
    message: /none\.json/,
  });
});
