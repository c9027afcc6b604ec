import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, question, run } from '../../test/price-questions.ts';
import type { UsageRun } from '../core/usage.ts';
import { loadPriceBook, PriceBook } from './price-book.ts';
import { checkUserPrices, NO_USER_PRICES } from './user-prices.ts';

const book = loadPriceBook('');

/** Dollars for a million tokens of input; null where that is unknown. */
function usd(model: string, upstream: string, rest: Partial<UsageRun> = {}): number | null {
  const runs = [run({ inputTokens: 100_000 }, rest)];
  const { costNanoUsd } = book.cost(question(model, runs, { upstream }));
  return costNanoUsd === null ? null : costNanoUsd / 1e8;
}

test('an endpoint for one region takes a tenth more for the models that have such a price', () => {
  const here = 'https://eu.api.openai.com';
  for (const [model, plain] of [
    ['gpt-5.4', 2.5],
    ['gpt-5.4-mini-2026-03-17', 0.75],
    ['gpt-6.1-sol', 2],
    ['gpt-realtime-2.1', 4],
  ] as const) {
    assert.equal(usd(model, 'https://api.openai.com'), plain, model);
    assert.equal(usd(model, here), Math.round(plain * 1100) / 1000, model);
    assert.equal(usd(model, 'https://us.api.openai.com:443'), usd(model, here), model);
  }
  assert.equal(usd('gpt-5.4', here, { serviceTier: 'priority' }), 5.5);
  assert.equal(usd('gpt-5.4', 'https://eu.api.openai.com.evil.example'), 2.5);
});

test('models from before that price cost the same in every region', () => {
  for (const model of [
    'gpt-4o',
    'gpt-5',
    'gpt-5-2025-08-07',
    'gpt-5.2-codex',
    'gpt-5-mini',
    'o4-mini',
    'gpt-audio',
  ])
    assert.equal(usd(model, 'https://eu.api.openai.com'), usd(model, 'https://api.openai.com'), model);
  assert.equal(usd('ft:gpt-4.1-mini-2025-04-14:acme::B1', 'https://eu.api.openai.com'), 0.8);
});

test('Vertex AI takes a tenth more in one place than around the world', () => {
  const global = 'https://aiplatform.googleapis.com';
  const places = ['https://us-east5-aiplatform.googleapis.com', 'https://aiplatform.eu.rep.googleapis.com'];
  const dearer = ['claude-sonnet-4-5@20250929', 'claude-haiku-4-5', 'claude-opus-5', 'gemini-3.5-flash'];
  const same = [
    'claude-opus-4-1@20250805',
    'claude-sonnet-4@20250514',
    'gemini-2.5-pro',
    'gemini-3-pro-preview',
  ];
  for (const place of places) {
    for (const model of dearer)
      assert.equal(usd(model, place), Math.round(usd(model, global)! * 1.1e6) / 1e6, model);
    for (const model of same) assert.equal(usd(model, place), usd(model, global), model);
  }
  // As its endpoint for OpenAI's API names it.
  assert.equal(usd('google/gemini-3.5-flash', places[0]!), usd('gemini-3.5-flash', places[0]!));
  assert.equal(usd('google/gemini-2.5-pro', places[0]!), usd('gemini-2.5-pro', global));
  assert.equal(
    usd('gemini-3.5-flash', 'https://generativelanguage.googleapis.com'),
    usd('gemini-3.5-flash', global),
  );
});

test('what a request can cost at most is reckoned by its region, and a search costs the same in each', () => {
  const worst = (upstream: string) =>
    book.worstCost({ model: 'gpt-5.4', upstream, inputTokens: 1000, outputTokens: 1000, atMs: NOON });
  assert.equal(worst('https://eu.api.openai.com'), (worst('https://api.openai.com')! * 11) / 10);
  const searched = [run({ webSearches: 100 })];
  const { costNanoUsd } = book.cost(question('gpt-5.4', searched, { upstream: 'https://eu.api.openai.com' }));
  assert.equal(costNanoUsd, 1e9);
});

test('a row of one’s own holds as it is written, wherever its model runs', () => {
  const user = checkUserPrices('{"models":{"gpt-5.4":{"input":2.75,"output":16.5}}}', 'prices.json');
  const own = new PriceBook({ user, update: NO_USER_PRICES, spec: new Map() });
  const asked = question('gpt-5.4', [run({ inputTokens: 100_000 })], {
    upstream: 'https://eu.api.openai.com',
  });
  assert.equal(own.cost(asked).costNanoUsd, 0.275e9);
});

test('the other addresses of two resellers are theirs', () => {
  const model = 'meta-llama/Llama-3.3-70B-Instruct-Turbo';
  assert.equal(usd(model, 'https://api.together.ai'), usd(model, 'https://api.together.xyz'));
  assert.notEqual(usd(model, 'https://api.together.ai'), null);
  assert.equal(
    usd('deepseek/deepseek-v3.2', 'https://eu.openrouter.ai'),
    usd('deepseek/deepseek-v3.2', 'https://openrouter.ai'),
  );
});
