import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOON, question, run } from '../../../test/price-questions.ts';
import { foldName } from '../../core/model-name.ts';
import type { ExtraUsage, TokenUsage, UsageRun } from '../../core/usage.ts';
import { CATALOGUE } from '../catalogue.ts';
import { loadPriceBook } from '../price-book.ts';
import { MENDED_ROWS } from './mended-prices.ts';

const book = loadPriceBook('');
const MILLION = 1_000_000;

function usd(
  model: string,
  usage: Partial<TokenUsage>,
  { extra, upstream = '', atMs = NOON, ...rest }: Partial<UsageRun> & Where = {},
): number | null {
  const told = extra === undefined ? rest : { ...rest, extra };
  const { costNanoUsd } = book.cost(question(model, [run(usage, told)], { atMs, upstream }));
  return costNanoUsd === null ? null : costNanoUsd / 1e9;
}

interface Where {
  readonly upstream?: string;
  readonly atMs?: number;
}

/** Input, output, cache read. */
function listed(model: string, upstream = ''): readonly (number | null | undefined)[] {
  const row = book.describe(model, { upstream, atMs: NOON })?.rows[0];
  return [row?.input, row?.output, row?.cacheRead];
}

test('Z.ai charges its own dollars', () => {
  const zai = 'https://api.z.ai';
  assert.deepEqual(listed('glm-4.7', zai), [0.6, 2.2, 0.11]);
  assert.deepEqual(listed('glm-4.5-air', zai), [0.2, 1.1, 0.03]);
  assert.deepEqual(listed('glm-5', zai), [1, 3.2, 0.2]);
  assert.deepEqual(listed('glm-5.2', zai), [1.4, 4.4, 0.26]);
  assert.deepEqual(listed('glm-4.6', 'http://127.0.0.1:9'), [0.6, 2.2, 0.11]);
  assert.deepEqual(listed('glm-4.7', 'https://open.bigmodel.cn'), [0.276, 1.103, 0.055]);
});

test('the rows that the catalogue has stale or not at all', () => {
  assert.deepEqual(listed('mistral-large-latest'), [0.5, 1.5, 0.05]);
  assert.deepEqual(listed('mistral-large-2411'), [2, 6, 2]);
  assert.deepEqual(listed('mistral-small-latest'), [0.15, 0.6, 0.015]);
  assert.deepEqual(listed('magistral-medium-latest'), [1.5, 7.5, 0.15]);
  assert.deepEqual(listed('codestral-latest'), [0.3, 0.9, 0.03]);
  assert.deepEqual(listed('deepseek-chat'), [0.28, 0.42, 0.028]);
  assert.deepEqual(listed('deepseek-r1'), [0.55, 2.19, 0.14]);
  assert.deepEqual(listed('deepseek-chat-v3-0324'), [0.27, 1.1, 0.07]);
  assert.equal(book.describe('deepseek-r1-distill-llama-70b', { atMs: NOON }), null);
  assert.deepEqual(listed('ft:gpt-4.1-2025-04-14:acme::a1'), [3, 12, 0.75]);
  assert.deepEqual(listed('ft:gpt-4.1-nano-2025-04-14:acme::a1'), [0.2, 0.8, 0.05]);
  assert.deepEqual(listed('ft:gpt-4o-2024-08-06:acme::a1'), [3.75, 15, 1.875]);
  assert.deepEqual(listed('gpt-3.5-turbo-instruct:20230824-v2'), [1.5, 2, 1.5]);
  assert.deepEqual(listed('claude-haiku-5-5'), [0.1, 0.5, 0.01]);
});

test('Bedrock’s places, lengths and versions have prices of their own', () => {
  const here = 'https://bedrock-runtime.eu-central-1.amazonaws.com';
  for (const upstream of [here, '']) {
    assert.deepEqual(listed('eu.amazon.nova-lite-v1:0', upstream), [0.078, 0.312, 0.0195]);
    assert.deepEqual(listed('apac.amazon.nova-pro-v1:0', upstream), [0.84, 3.36, 0.21]);
    assert.deepEqual(listed('us.amazon.nova-lite-v1:0', upstream), [0.06, 0.24, 0.015]);
    assert.deepEqual(listed('amazon.titan-embed-text-v2:0', upstream)[0], 0.02);
    assert.deepEqual(listed('amazon.titan-embed-text-v1', upstream)[0], 0.1);
    const long = (model: string) => usd(model, { inputTokens: 10, cacheReadTokens: 200_000 }, { upstream });
    const short = (model: string) => usd(model, { cacheReadTokens: 200_000 }, { upstream });
    assert.equal(long('global.anthropic.claude-sonnet-4-5-20250929-v1:0'), 0.12006);
    assert.equal(short('global.anthropic.claude-sonnet-4-5-20250929-v1:0'), 0.06);
    assert.equal(long('eu.anthropic.claude-sonnet-4-5-20250929-v1:0'), 0.132066);
    assert.equal(long('us.anthropic.claude-sonnet-4-20250514-v1:0'), 0.12006);
    assert.equal(long('global.anthropic.claude-sonnet-4-6'), 0.06003);
    assert.deepEqual(listed('us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', upstream), [3.6, 18, 0.36]);
    assert.deepEqual(listed('us-gov.anthropic.claude-opus-5', upstream), [6, 30, 0.6]);
    assert.deepEqual(listed('us.anthropic.claude-opus-5', upstream), [5.5, 27.5, 0.55]);
    const hour = (model: string) => usd(model, { cacheWrite1hTokens: MILLION }, { upstream });
    assert.equal(hour('global.anthropic.claude-sonnet-4-6'), 6);
    assert.equal(hour('jp.anthropic.claude-haiku-4-5-20251001-v1:0'), 2.2);
    assert.equal(hour('us.anthropic.claude-3-7-sonnet-20250219-v1:0'), null);
  }
});

test('models that are newer than the catalogue have their prices', () => {
  for (const model of ['claude-fable-5-2', 'claude-mythos-5.2', 'anthropic/claude-fable-5.2'])
    assert.deepEqual(listed(model), [8, 40, 0.2]);
  assert.equal(usd('claude-fable-5-2', { cacheWrite5mTokens: MILLION, cacheWrite1hTokens: MILLION }), 26);
  for (const model of ['gpt-image-2.5-sunburst', 'gpt-image-2.5-flare'])
    assert.deepEqual(listed(model), listed('gpt-image-2'));
  assert.deepEqual(listed('gpt-rosalind-research'), [5, 25, 0.5]);
  assert.deepEqual(listed('gpt-6.2-sol'), [2, 10, 0.1]);
  assert.deepEqual(listed('gpt-6.2-astra'), [8, 40, 0.4]);
  assert.equal(usd('gpt-6.2-astra', { inputTokens: 300_000, outputTokens: 1000 }), 4.86);
  assert.equal(usd('gpt-6.2-astra', { inputTokens: 1000 }, { serviceTier: 'priority' }), 0.016);
  assert.deepEqual(listed('gemini-4-neon'), [3, 15, 0.15]);
  for (const model of ['gemini-4-argon', 'gemini-4-carbon']) {
    const read = (day: string) => usd(model, { inputTokens: MILLION }, { atMs: Date.parse(day) });
    assert.deepEqual([read('2026-11-30T23:59:59Z'), read('2026-12-01')], [2, 4]);
  }
  const bedrock = 'https://bedrock-runtime.us-east-1.amazonaws.com';
  for (const upstream of [bedrock, '']) {
    assert.deepEqual(listed('global.anthropic.claude-sonnet-5-5', upstream), [2, 10, 0.1]);
    for (const place of ['us', 'eu', 'jp', 'apac', 'au'])
      assert.deepEqual(listed(`${place}.anthropic.claude-sonnet-5-5`, upstream), [2.2, 11, 0.11]);
    assert.deepEqual(listed('us-gov.anthropic.claude-sonnet-5-5', upstream), [2.4, 12, 0.12]);
    assert.deepEqual(listed('us.anthropic.claude-mythos-5-1', upstream), [11, 55, 0.275]);
    assert.deepEqual(listed('anthropic.claude-haiku-5-5', upstream), [0.11, 0.55, 0.011]);
    const read = (inputTokens: number) => usd('us.anthropic.claude-haiku-5-5', { inputTokens }, { upstream });
    assert.deepEqual([read(100_000), read(200_000)], [0.011, 0.11]);
    const hour = usd('global.anthropic.claude-haiku-5-5', { cacheWrite1hTokens: 100_000 }, { upstream });
    assert.equal(hour, 0.02);
  }
  assert.deepEqual(listed('gemini-4-argon'), [2, 10, 0.1]);
  assert.deepEqual(listed('models/gemini-4-hydrogen'), [1.5, 7.5, 0.075]);
  const heard = { inputTokens: MILLION, inputAudioTokens: MILLION };
  assert.equal(usd('gemini-3.8-live', heard), 3);
  assert.equal(usd('gemini-3.8-live', { outputTokens: MILLION, outputAudioTokens: MILLION }), 12);
  assert.equal(usd('gemini-4-argon', { inputTokens: MILLION }, { serviceTier: 'flex' }), 1);
  assert.deepEqual(listed('kimi-k3.1-pro'), [2, 10, 0.2]);
  assert.equal(usd('kimi-k3.1-pro-highspeed', { cacheWrite1hTokens: MILLION }), 8);
  assert.deepEqual(listed('gpt-6-cyber'), [20, 100, 2]);
  assert.equal(usd('gpt-6-rosalind', { inputTokens: MILLION }), 30);
  assert.deepEqual(listed('qwen/qwen3.8-27b', 'https://api.groq.com').slice(0, 2), [0.8, 4]);
  assert.deepEqual(listed('qwen-3.8-27b', 'https://api.cerebras.ai').slice(0, 2), [0.99, 1.49]);
});

test('a row holds from its day on, and the catalogue before it', () => {
  const at = (time: string) => usd('deepseek-v4-flash', { inputTokens: MILLION }, { atMs: Date.parse(time) });
  assert.equal(at('2026-09-09T23:59:59.999Z'), 0.22);
  assert.equal(at('2026-09-10T00:00:00Z'), 0.15);
  assert.equal(at('2026-11-23T01:00:00Z'), 0.3);
  assert.equal(at('2026-11-23T04:00:00Z'), 0.15);
  const read = (time: string) =>
    usd('claude-sonnet-5-5', { cacheReadTokens: MILLION }, { atMs: Date.parse(time) });
  assert.deepEqual([read('2026-10-06T12:00:00Z'), read('2026-10-07T00:00:00Z')], [0.2, 0.1]);
});

test('a retired name costs at its seller what the model costs to which it leads', () => {
  const before = Date.parse('2026-05-14T00:00:00Z');
  for (const [model, old] of [
    ['grok-4-1-fast-reasoning', 0.2],
    ['grok-4-fast', 0.2],
    ['grok-4-0709', 3],
    ['xai/grok-3-latest', 3],
  ] as const) {
    for (const upstream of ['https://api.x.ai', 'https://us-east-1.api.x.ai']) {
      assert.equal(usd(model, { inputTokens: 100_000 }, { upstream }), 0.125, model);
      assert.equal(usd(model, { inputTokens: 200_000 }, { upstream }), 0.5, model);
      assert.equal(usd(model, { inputTokens: MILLION }, { upstream, atMs: before }), old, model);
    }
    // Whoever else answers to the name may have the model.
    assert.equal(usd(model, { inputTokens: MILLION }), old, model);
  }
  assert.deepEqual(listed('grok-code-fast-1', 'https://api.x.ai'), [1, 2, 0.2]);
  // Azure goes on with its own.
  assert.deepEqual(listed('grok-3', 'https://acme.services.ai.azure.com'), [3, 15, 0.75]);
  assert.deepEqual(listed('grok-4.20', 'https://acme.services.ai.azure.com'), [1.25, 2.5, 0.2]);
  assert.deepEqual(listed('grok-4.20-multi-agent-0309'), [1.25, 2.5, 0.2]);
  assert.deepEqual(listed('mistral-medium'), [1.5, 7.5, 0.15]);
  assert.deepEqual(listed('mistral-medium-2508'), [0.4, 2, 0.04]);
});

test('sound has a price where its seller lists one', () => {
  const sound = { inputTokens: 1000, inputAudioTokens: 1000, outputTokens: 1000, outputAudioTokens: 1000 };
  assert.equal(usd('gpt-4o-audio-preview-2025-06-03', sound), 0.12);
  assert.equal(usd('gpt-4o-mini-audio-preview', sound), 0.03);
  const heard = { inputTokens: 200_001, inputAudioTokens: 1000, cacheReadTokens: 0 };
  assert.equal(usd('gemini-2.5-pro', heard), 200_001 * 2.5e-6);
  assert.equal(usd('gemini-2.5-flash', heard), 199_001 * 0.3e-6 + 1000e-6);
  assert.equal(usd('gemini-3.5-flash', { cacheReadTokens: 1000, cacheReadAudioTokens: 1000 }), 0.00015);
});

test('what OpenAI keeps for twelve hours costs twice what it keeps for half an hour', () => {
  for (const [model, atMost, longer] of [
    ['gpt-5.6-sol', 10, 20],
    ['gpt-6-astra', 25, 50],
    ['gpt-6.1-terra', 2.5, 5],
  ] as const) {
    assert.equal(usd(model, { cacheWrite1hTokens: 100_000 }), atMost / 10, model);
    assert.equal(usd(model, { cacheWrite1hTokens: MILLION }), longer, model);
  }
});

test('a long request pays the tier that its input reaches', () => {
  assert.equal(usd('qwen3-coder-plus', { inputTokens: 32_000 }), 0.032);
  assert.equal(usd('qwen3-coder-plus', { inputTokens: 100_000 }), 0.18);
  assert.equal(usd('claude-haiku-5-5', { inputTokens: 100_001 }), 0.0500005);
});

test('a thinking Qwen pays the thinking price for its whole output', () => {
  assert.equal(usd('qwen-plus', { outputTokens: 1000 }), 0.0012);
  assert.equal(usd('qwen-plus', { outputTokens: 1000, reasoningTokens: 1 }), 0.004);
});

test('sound is charged by the minute or the character, and only where it was told', () => {
  assert.equal(usd('whisper-1', {}, { extra: { audioMs: 95_000 } }), 0.0095);
  assert.equal(usd('tts-1', {}, { extra: { characters: 1000 } }), 0.015);
  assert.equal(usd('tts-1-hd', {}, { extra: { characters: 1000 } }), 0.03);
  assert.equal(usd('whisper-1', { inputTokens: 5 }), null);
  assert.equal(usd('gpt-4o', {}, { extra: { audioMs: 1 } }), null);
});

test('a speech model whose sound was not told has no known cost', () => {
  assert.equal(usd('gpt-4o-mini-tts', { inputTokens: 100 }), null);
  assert.equal(
    usd('gpt-4o-mini-tts', { inputTokens: 100, outputTokens: 100, outputAudioTokens: 100 }),
    0.00126,
  );
});

test('pictures have their own prices, and what was not told of them makes the cost unknown', () => {
  const whole = { inputTokens: 12, outputTokens: 4160 };
  assert.equal(usd('gpt-image-1', whole, { extra: { inputImageTokens: 0 } }), 0.16646);
  assert.equal(usd('gpt-image-1', whole), null);
  const split = { inputImageTokens: 2, outputImageTokens: 4000 };
  assert.equal(usd('gpt-image-1.5', whole, { extra: split }), (10 * 5 + 2 * 8 + 160 * 10 + 4000 * 32) / 1e6);
  assert.equal(usd('gpt-image-1.5', whole, { extra: { inputImageTokens: 0 } }), null);
  assert.equal(usd('gpt-image-1', { inputTokens: 12 }, { extra: { inputImageTokens: 0 } }), null);
  assert.equal(
    usd('gemini-2.5-flash-image', { outputTokens: 1290 }, { extra: { outputImageTokens: 1290 } }),
    0.0387,
  );
});

test('searches are charged by their tool and model', () => {
  const usage = { inputTokens: 20, outputTokens: 300 };
  const searches: ExtraUsage = { previewSearches: 1 };
  const searched = { ...usage, webSearches: 1 };
  assert.equal(usd('gpt-4o-search-preview-2025-03-11', searched, { extra: searches }), 0.02805);
  assert.equal(usd('gpt-5-search-api', { webSearches: 1 }), 0.01);
  assert.equal(usd('gpt-4o', { webSearches: 2 }, { extra: searches }), 0.025 + 0.01);
  assert.equal(usd('gpt-5.1', { webSearches: 2 }, { extra: searches }), 0.02);
  assert.equal(usd('gpt-5', {}, { extra: { fileSearches: 2 } }), 0.005);
  assert.equal(usd('claude-sonnet-4-5', { webSearches: 1 }, { extra: searches }), null);
});

test('DeepSeek charges by the search and by the page from November on', () => {
  const upstream = 'https://api.deepseek.com';
  const night = (day: string) => Date.parse(`${day}T20:00:00Z`);
  const used = (model: string, day: string, webSearches: number, pageFetches: number) =>
    usd(model, { inputTokens: 1000, webSearches }, { upstream, atMs: night(day), extra: { pageFetches } });
  assert.equal(used('deepseek-flash', '2026-11-20', 1000, 2000), 2.25015);
  assert.equal(used('deepseek-v4-pro', '2026-11-20', 1000, 0), 0.75066);
  assert.equal(used('deepseek-flash', '2026-10-20', 0, 2000), 0.00015);
  assert.equal(used('deepseek-flash', '2026-10-20', 1, 0), null);
  const peak = Date.parse('2026-11-20T02:00:00Z');
  assert.equal(usd('deepseek-flash', { webSearches: 1000 }, { upstream, atMs: peak }), 0.75);
});

test('a page that a provider opens is free where it is known to be', () => {
  const opened = (model: string) => usd(model, { inputTokens: 1000 }, { extra: { pageFetches: 1 } });
  assert.equal(opened('claude-sonnet-4-5'), 0.003);
  assert.equal(opened('us.anthropic.claude-opus-5'), 0.0055);
  assert.equal(opened('openai/gpt-5'), 0.00125);
  assert.equal(opened('o3'), 0.002);
  assert.equal(opened('glm-4.7'), null);
});

test('searches at Azure run at Bing: what they cost is unknown, and the tokens are OpenAI’s', () => {
  const at = (upstream: string, webSearches: number) =>
    usd('gpt-5', { inputTokens: 1000, webSearches }, { upstream });
  assert.equal(at('https://api.openai.com', 1), 0.01125);
  assert.equal(at('https://acme.openai.azure.com', 1), null);
  assert.equal(at('https://acme.openai.azure.com', 0), 0.00125);
});

test('the bound of a search model holds its search', () => {
  const bound = (model: string) =>
    book.worstCost({ model, upstream: '', inputTokens: 1000, outputTokens: 1000, atMs: NOON });
  assert.equal(bound('gpt-4o-search-preview-2025-03-11'), 12_500_000 + 25_000_000);
  assert.equal(bound('gpt-5-search-api'), 11_250_000 + 10_000_000);
  assert.equal(bound('gpt-4o'), 12_500_000);
});

test('a call at a price that nobody knows makes the cost unknown', () => {
  assert.equal(usd('gpt-5', { inputTokens: 10 }, { extra: { unpricedCalls: 1 } }), null);
  assert.equal(usd('gpt-5', {}, { extra: { unpricedCalls: 1 } }), null);
  assert.equal(usd('gpt-5', { inputTokens: MILLION }, { extra: { unpricedCalls: 0 } }), 1.25);
});

test('tiers of o3, o4-mini and Gemini', () => {
  const tokens = { inputTokens: MILLION, outputTokens: MILLION, cacheReadTokens: MILLION };
  assert.equal(usd('o3', tokens, { serviceTier: 'priority' }), 3.5 + 14 + 0.875);
  assert.equal(usd('o4-mini-2025-04-16', tokens, { serviceTier: 'priority' }), 2 + 8 + 0.5);
  const short = { inputTokens: 1000, outputTokens: 1000, cacheReadTokens: 1000 };
  for (const serviceTier of ['flex', 'batch']) {
    // Cached input keeps its price with the older models.
    assert.equal(usd('gemini-2.5-flash', short, { serviceTier }), 0.00143);
    assert.equal(usd('gemini-3.8-flash', short, { serviceTier }), 0.0022875);
  }
  assert.equal(usd('gemini-2.5-pro', short, { serviceTier: 'priority' }), 0.020475);
  assert.equal(usd('gemini-1.5-pro', short, { serviceTier: 'flex' }), null);
  assert.equal(
    usd('claude-sonnet-4-5', short, {
      serviceTier: 'flex',
      upstream: 'https://us-aiplatform.googleapis.com',
    }),
    null,
  );
});

test('every row names its page and its day, and a seller that exists', () => {
  const sellers = new Set([...CATALOGUE.map(({ id }) => id), 'dashscope']);
  for (const { seller, models, page, readOn, since = '2020-01-01' } of MENDED_ROWS) {
    assert.ok(sellers.has(seller), seller);
    assert.match(page, /^https:\/\/[\w.-]+\//, String(models));
    for (const day of [readOn, since]) assert.ok(!Number.isNaN(Date.parse(`${day}T00:00:00Z`)), day);
    // What is announced holds within weeks.
    assert.ok(Date.parse(since) - Date.parse(readOn) < 60 * 86_400_000, String(models));
  }
});

test('every patch has a model in the catalogue to lie on', () => {
  for (const { seller, models } of MENDED_ROWS.filter(({ isPatch }) => isPatch)) {
    const names = CATALOGUE.find(({ id }) => id === seller)?.models.map(({ id }) => foldName(id)) ?? [];
    assert.deepEqual(
      models.filter((model) => !names.includes(foldName(model))),
      [],
    );
  }
});

test('what is told of a run never lowers its cost, and an unknown part makes it unknown', () => {
  const count = fc.integer({ min: 0, max: 100_000 });
  const models = fc.constantFrom('gpt-4o', 'gpt-image-1', 'gpt-image-1.5', 'gpt-5', 'whisper-1', 'glm-4.7');
  const extras = fc.record(
    {
      inputImageTokens: count,
      outputImageTokens: count,
      audioMs: count,
      characters: count,
      previewSearches: count,
      fileSearches: count,
      unpricedCalls: fc.integer({ min: 0, max: 2 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(models, count, count, extras, (model, inputTokens, outputTokens, extra) => {
      const usage = { inputTokens, outputTokens };
      const plain = usd(model, usage);
      const told = usd(model, usage, { extra: extra as ExtraUsage });
      if ((extra.unpricedCalls ?? 0) > 0) assert.equal(told, null);
      if (plain !== null && told !== null) assert.ok(told >= plain, `${told} < ${plain}`);
    }),
  );
});
