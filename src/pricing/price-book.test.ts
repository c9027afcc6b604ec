import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, question, run } from '../../test/price-questions.ts';
import type { TokenUsage, UsageRun } from '../core/usage.ts';
import { loadPriceBook } from './price-book.ts';

const book = loadPriceBook('');
const MILLION = 1_000_000;

/** Dollars, or null. */
function usd(
  model: string,
  usage: Partial<TokenUsage>,
  rest: Partial<UsageRun> = {},
  atMs = NOON,
  upstream = '',
) {
  const { costNanoUsd } = book.cost(question(model, [run(usage, rest)], { atMs, upstream }));
  return costNanoUsd === null ? null : costNanoUsd / 1e9;
}

test('each class of tokens has its own price', () => {
  assert.equal(usd('claude-opus-4-6', { inputTokens: 100_000 }), 0.5);
  assert.equal(usd('claude-opus-4-6', { cacheReadTokens: MILLION }), 0.5);
  assert.equal(usd('claude-opus-4-6', { cacheWrite5mTokens: MILLION }), 6.25);
  assert.equal(usd('claude-opus-4-6', { cacheWrite1hTokens: MILLION }), 10);
  assert.equal(usd('claude-opus-4-6', { outputTokens: MILLION, reasoningTokens: 400_000 }), 25);
  assert.equal(usd('claude-opus-4-6', { webSearches: 100 }), 1);
  assert.equal(usd('text-embedding-3-small', { inputTokens: MILLION }), 0.02);
});

test('audio is part of its class and has its own price', () => {
  const usage = {
    inputTokens: MILLION,
    inputAudioTokens: 250_000,
    cacheReadTokens: MILLION,
    cacheReadAudioTokens: 500_000,
    outputTokens: MILLION,
    outputAudioTokens: 500_000,
  };
  assert.equal(
    usd('gpt-realtime', usage),
    0.75 * 4 + 0.25 * 32 + 0.5 * 0.4 + 0.5 * 0.4 + 0.5 * 16 + 0.5 * 64,
  );
  assert.equal(usd('gpt-audio', { cacheReadTokens: MILLION, cacheReadAudioTokens: MILLION }), 32);
});

test('audio without a price of its own is unknown, not text', () => {
  assert.equal(usd('gpt-4o', { inputTokens: MILLION }), 2.5);
  assert.equal(usd('gpt-4o', { inputTokens: MILLION, inputAudioTokens: 1 }), null);
  assert.equal(usd('gpt-4o', { outputTokens: MILLION, outputAudioTokens: 1 }), null);
});

test('cache writes where the provider lists no price for them are plain input', () => {
  assert.equal(usd('deepseek-v3.1-terminus', { cacheWrite5mTokens: MILLION }), 0.27);
  assert.equal(usd('gpt-4o', { cacheWrite5mTokens: MILLION, cacheWrite1hTokens: MILLION }), 5);
  assert.equal(usd('o1-pro', { cacheReadTokens: MILLION }), 150);
});

test('one-hour writes are unknown where only the short ones have a price', () => {
  assert.equal(usd('us.anthropic.claude-opus-4-20250514-v1:0', { cacheWrite5mTokens: MILLION }), 18.75);
  assert.equal(usd('us.anthropic.claude-opus-4-20250514-v1:0', { cacheWrite1hTokens: 1 }), null);
});

test('the long-context tier is chosen by all input and prices the whole request', () => {
  const below = {
    inputTokens: 100_000,
    cacheReadTokens: 99_000,
    cacheWrite5mTokens: 1000,
    outputTokens: 1000,
  };
  assert.equal(usd('claude-sonnet-4-5', below), 0.3 + 0.0297 + 0.00375 + 0.015);
  const above = { ...below, cacheReadTokens: 99_001 };
  assert.equal(usd('claude-sonnet-4-5', above), 0.6894006);
  assert.equal(usd('gpt-5.5', { inputTokens: 271_999 }), 1.359995);
  assert.equal(usd('gpt-5.5', { inputTokens: 272_000 }), 2.72);
  assert.equal(usd('claude-opus-4-6', { inputTokens: 900_000 }), 4.5);
});

test('prices change on their day', () => {
  const before = Date.parse('2026-03-12T23:59:59.999Z');
  const after = Date.parse('2026-03-13T00:00:00Z');
  assert.equal(usd('claude-opus-4-6', { inputTokens: 300_000 }, {}, before), 3);
  assert.equal(usd('claude-opus-4-6', { inputTokens: 300_000 }, {}, after), 1.5);
  assert.equal(usd('o3', { inputTokens: MILLION }, {}, Date.parse('2025-06-09T12:00:00Z')), 10);
});

test('prices change with the hour, and only since hours mattered', () => {
  const at = (time: string) => usd('deepseek-v4-pro', { inputTokens: MILLION }, {}, Date.parse(time));
  assert.equal(at('2026-11-23T00:59:59.999Z'), 0.66);
  assert.equal(at('2026-11-23T01:00:00Z'), 1.32);
  assert.equal(at('2026-11-23T03:59:59.999Z'), 1.32);
  assert.equal(at('2026-11-23T04:00:00Z'), 0.66);
  assert.equal(at('2026-11-23T06:30:00Z'), 1.32);
  assert.equal(at('2026-08-16T01:30:00Z'), 0.435);
});

test('batches cost half at Anthropic and OpenAI, searches in them do not', () => {
  const batch = { serviceTier: 'batch' };
  assert.equal(usd('claude-opus-4-6', { inputTokens: MILLION, cacheReadTokens: MILLION }, batch), 2.75);
  assert.equal(usd('claude-opus-4-6', { outputTokens: MILLION, webSearches: 100 }, batch), 13.5);
  assert.equal(usd('gpt-4o', { inputTokens: MILLION, outputTokens: MILLION }, batch), 6.25);
  assert.equal(usd('gpt-5.5', { inputTokens: 300_000 }, batch), 1.5);
});

test('tiers of service, speed and place follow their published factors', () => {
  const tokens = { inputTokens: MILLION, outputTokens: MILLION };
  assert.equal(usd('gpt-5', tokens, { serviceTier: 'flex' }), 5.625);
  assert.equal(usd('gpt-5', tokens, { serviceTier: 'priority' }), 22.5);
  assert.equal(usd('gpt-4o-mini-2024-07-18', tokens, { serviceTier: 'priority' }), 1.25);
  assert.equal(usd('gpt-4o-2024-05-13', tokens, { serviceTier: 'priority' }), 35);
  assert.equal(usd('gpt-5.6-terra', { inputTokens: 1000 }, { serviceTier: 'fast' }), 0.004);
  assert.equal(usd('gpt-6-luna', { outputTokens: 1000 }, { serviceTier: 'fast' }), 0.001);
  // The latest ones at any length.
  assert.equal(usd('gpt-5.6-sol', { inputTokens: 300_000 }, { serviceTier: 'priority' }), 4.8);
  assert.equal(usd('gpt-6.1-terra', { inputTokens: 300_000 }, { serviceTier: 'fast' }), 1.2);
  const [groq, xai] = ['https://api.groq.com', 'https://api.x.ai'];
  assert.equal(usd('openai/gpt-oss-120b', tokens, { serviceTier: 'flex' }, NOON, groq), 0.75);
  assert.equal(usd('openai/gpt-oss-120b', tokens, { serviceTier: 'performance' }, NOON, groq), null);
  assert.equal(usd('grok-4.3', { outputTokens: MILLION }, { serviceTier: 'batch' }, NOON, xai), 2);
  assert.equal(usd('grok-4.5', { outputTokens: MILLION }, { serviceTier: 'batch' }, NOON, xai), null);
  const bedrock = 'https://bedrock-runtime.us-east-1.amazonaws.com';
  const there = (model: string, serviceTier: string | null) =>
    usd(model, tokens, { serviceTier }, NOON, bedrock);
  assert.deepEqual(
    [null, 'flex', 'priority', 'reserved'].map((tier) => there('amazon.nova-pro-v1:0', tier)),
    [4, 2, 7, null],
  );
  assert.equal(there('openai.gpt-oss-120b-1:0', 'flex'), 0.375);
  // Claude has no such tier there, and Nova Premier only one of the two.
  assert.equal(there('us.anthropic.claude-sonnet-4-6', 'flex'), null);
  assert.equal(there('amazon.nova-premier-v1:0', 'flex'), null);
  assert.equal(usd('claude-opus-4-6', tokens, { speed: 'fast' }), 180);
  assert.equal(usd('claude-opus-5', tokens, { speed: 'fast' }), 60);
  assert.equal(usd('claude-opus-4-6', tokens, { inferenceGeo: 'us' }), 33);
  assert.equal(usd('claude-opus-4-6', tokens, { inferenceGeo: 'us', serviceTier: 'batch' }), 16.5);
  assert.equal(usd('claude-opus-4-6', tokens, { inferenceGeo: 'us', speed: 'fast' }), 198);
});

test('the ordinary tier has many names', () => {
  for (const serviceTier of [null, '', 'standard', 'default', 'auto', 'on_demand']) {
    assert.equal(usd('gpt-4o', { inputTokens: MILLION }, { serviceTier }), 2.5, String(serviceTier));
  }
  const plain = { speed: 'standard', inferenceGeo: 'not_available', serviceTier: 'standard' };
  assert.equal(usd('claude-opus-4-6', { inputTokens: MILLION }, plain), 5);
  assert.equal(usd('claude-opus-4-6', { inputTokens: MILLION }, { ...plain, inferenceGeo: 'global' }), 5);
});

test('a tier that costs something else at an unknown price makes the cost unknown', () => {
  const tokens = { inputTokens: 1000 };
  assert.equal(usd('claude-opus-4-6', tokens, { serviceTier: 'priority' }), null);
  assert.equal(usd('claude-opus-4-6', tokens, { serviceTier: 'batch', speed: 'fast' }), null);
  assert.equal(usd('claude-opus-4-6', tokens, { inferenceGeo: 'mars' }), null);
  assert.equal(usd('claude-sonnet-4-5', tokens, { speed: 'fast' }), null);
  assert.equal(usd('gpt-5-pro', tokens, { serviceTier: 'priority' }), null);
  assert.equal(usd('gpt-5.5', { inputTokens: 300_000 }, { serviceTier: 'priority' }), null);
  assert.equal(usd('gpt-4o', tokens, { serviceTier: 'scale' }), null);
  assert.equal(usd('glm-4.7', tokens, { serviceTier: 'batch' }), null);
  assert.equal(usd('gpt-4o', tokens, { serviceTier: 'batch' }, NOON, 'https://acme.openai.azure.com'), null);
});

test('what is charged for and not counted makes a model unknown', () => {
  assert.equal(usd('gpt-image-1', { inputTokens: 10, outputTokens: 10 }), null);
  assert.equal(usd('gemini-2.5-flash-image', { outputTokens: 10 }), null);
  assert.equal(usd('perplexity/sonar-deep-research', { inputTokens: 10 }), null);
  assert.equal(usd('whisper-1', { inputTokens: 10 }), null);
  assert.equal(usd('tts-1', { inputTokens: 10 }), null);
  assert.equal(usd('text-embedding-3-small', { inputTokens: 10, outputTokens: 1 }), null);
  assert.equal(usd('claude-3-haiku', { webSearches: 1 }), null);
});

test('a price per call is charged once a run', () => {
  assert.equal(usd('perplexity/sonar', { inputTokens: MILLION }), 1.012);
});

test('each run is priced at its own model, and one unknown run makes the whole unknown', () => {
  const main = run({ inputTokens: 1000 });
  const advisor = run({ inputTokens: 1000 }, { model: 'claude-haiku-4-5' });
  const stranger = run({ inputTokens: 1 }, { model: 'claude-unheard-of' });
  assert.deepEqual(book.cost(question('claude-opus-4-6', [main, advisor])), {
    costNanoUsd: 6_000_000,
    source: 'catalogue',
    doubt: null,
  });
  assert.deepEqual(book.cost(question('claude-opus-4-6', [main, stranger])), {
    costNanoUsd: null,
    source: null,
    doubt: null,
  });
});

test('what sums several runs is charged as one long run, and its cost is in doubt only where that is dearer', () => {
  const sum = (inputTokens: number) =>
    book.cost(question('gpt-5.5', [{ ...run({ inputTokens }), isSum: true }]));
  const one = (inputTokens: number) => book.cost(question('gpt-5.5', [run({ inputTokens })]));
  assert.deepEqual(sum(400_000), { ...one(400_000), doubt: 'long_context' });
  assert.deepEqual(sum(200_000), one(200_000));
  assert.equal(one(400_000).doubt, null);
  const flat = book.cost(question('gpt-4o', [{ ...run({ inputTokens: 400_000 }), isSum: true }]));
  assert.equal(flat.doubt, null);
});

test('several runs as one are priced by the longest of them', () => {
  const ten = { ...run({ inputTokens: 1_000_000 }), longestInputTokens: 100_000 };
  const short = book.cost(question('gpt-5.5', [run({ inputTokens: 100_000 })])).costNanoUsd ?? 0;
  assert.equal(book.cost(question('gpt-5.5', [ten])).costNanoUsd, 10 * short);
});

test('what OpenAI keeps for twelve hours is reckoned with where a request asks for that', () => {
  const worst = (cacheWrites: 'none' | '5m' | '1h', model = 'gpt-6-sol') =>
    book.worstCost({ model, upstream: '', inputTokens: 1000, outputTokens: 0, atMs: NOON, cacheWrites });
  // It writes its cache unasked.
  assert.deepEqual([worst('none'), worst('5m'), worst('1h')], [2_500_000, 2_500_000, 5_000_000]);
  assert.equal(worst('none', 'openai/gpt-5.6-terra'), 2_500_000);
});

test('nothing used costs nothing, whatever the model', () => {
  assert.deepEqual(book.cost(question('unheard-of', [run({})])), {
    costNanoUsd: 0,
    source: null,
    doubt: null,
  });
  assert.deepEqual(book.cost(question(null, [])), { costNanoUsd: 0, source: null, doubt: null });
  assert.equal(book.cost(question(null, [run({ inputTokens: 1 })])).costNanoUsd, null);
});

test('a total is rounded half up, once a request', () => {
  // 0.0005 nano-dollars a token: a thousand make a half.
  const cheap = loadPriceBook('');
  const half = run({ inputTokens: 1 }, { model: 'gpt-5-nano', serviceTier: 'batch' });
  assert.equal(cheap.cost(question(null, [half])).costNanoUsd, 25);
  assert.equal(
    cheap.cost(question(null, [run({ cacheReadTokens: 1 }, { model: 'gpt-5-nano', serviceTier: 'batch' })]))
      .costNanoUsd,
    3,
  );
  const twice = [1, 2].map(() => run({ cacheReadTokens: 1 }, { model: 'gpt-5-nano', serviceTier: 'batch' }));
  assert.equal(cheap.cost(question(null, twice)).costNanoUsd, 5);
});

test('a description says whose price it is and since when', () => {
  const opus = book.describe('claude-opus-4-6', { atMs: NOON });
  assert.equal(opus?.source, 'catalogue');
  assert.equal(opus?.provider, 'anthropic');
  assert.equal(opus?.priceDate, '2026-03-13');
  const sonnet = book.describe('claude-sonnet-4-5', { atMs: NOON });
  assert.deepEqual(
    sonnet?.rows.map(({ aboveInputTokens, input, output }) => [aboveInputTokens, input, output]),
    [
      [0, 3, 15],
      [200_000, 6, 22.5],
    ],
  );
  assert.equal(sonnet?.rows[0]?.webSearchPerThousand, 10);
  assert.equal(book.describe('unheard-of', { atMs: NOON }), null);
});
