import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { Endpoint } from '../../core/protocol.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { type BoundQuestion, CostBound, type WorstCostQuestion } from './cost-bound.ts';
import { inputBound } from './input-bound.ts';
import { InputCount } from './input-count.ts';

const chat: Endpoint = {
  name: 'chat/completions',
  charge: 'text',
  hasModel: true,
  model: null,
  metered: true,
  asksForStreamUsage: true,
};
/** One nano-dollar per input token, a million per output token: both can be read off the sum. */
const prices = {
  worstCost: ({ model, inputTokens, outputTokens }: WorstCostQuestion) =>
    model === 'unknown' ? null : inputTokens + outputTokens * 1_000_000_000,
};

function question(body: unknown, parts: Partial<BoundQuestion> = {}): BoundQuestion {
  return {
    stream: false,
    endpoint: chat,
    model: 'gpt-4o',
    upstream: 'https://api.openai.com',
    app: 'a',
    maxOutputTokens: 100,
    serviceTier: null,
    speed: null,
    body,
    atMs: 0,
    ...parts,
  };
}

const inputCount = new InputCount({
  tokens: async (text) => countTokens(text, { disallowedSpecial: new Set() }),
});
const bound = (body: unknown, parts: Partial<BoundQuestion> = {}) =>
  new CostBound({ prices, inputCount, mode: 'worst' }).bound(question(body, parts));
const say = (content: unknown) => ({ model: 'gpt-4o', messages: [{ role: 'user', content }] });

test('no text has more tokens than the bound says', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(texts, (text) => {
      assert.ok(countTokens(text, { disallowedSpecial: new Set() }) <= inputBound(say(text)).textBytes);
    }),
  );
});

test('output is bounded by the client, or by the model, times the answers that are asked for', () => {
  assert.equal(bound(say('hi')).outputTokensMax, 100);
  assert.equal(bound(say('hi'), { maxOutputTokens: null }).outputTokensMax, 16_384);
  assert.equal(bound({ ...say('hi'), n: 3 }).outputTokensMax, 300);
  assert.equal(bound({ prompt: ['a', 'b'], best_of: 4 }).outputTokensMax, 800);
  assert.equal(bound({ prompt: [1, 2, 3] }).outputTokensMax, 100);
});

test('embeddings generate nothing', () => {
  for (const name of ['embeddings', 'cohere/embed', 'gemini/embed', 'ollama/embed']) {
    const endpoint = { ...chat, name };
    const answer = bound({ input: ['some text'] }, { endpoint, model: 'text-embedding-3-small' });
    assert.equal(answer.outputTokensMax, 0, name);
    assert.ok(answer.inputTokensMax >= 9, name);
  }
});

test('an image counts as an image and not as its base64 text', () => {
  const image = { type: 'image', source: { type: 'base64', data: 'A'.repeat(1_000_000) } };
  const url = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1_000_000)}` } };
  assert.ok(bound(say([image, url]), { model: 'claude-opus-4-6' }).inputTokensMax < 12_000);
  assert.ok(bound(say([image]), { model: 'gpt-4o-mini' }).inputTokensMax > 48_000);
});

for (const [what, body] of Object.entries({
  'a file': say([{ type: 'file', file: { file_id: 'file-1' } }]),
  'a PDF document': say([{ type: 'document', source: { type: 'base64', data: 'AAAA' } }]),
  'earlier turns': { model: 'gpt-4o', input: 'go on', previous_response_id: 'resp_1' },
  'a stored prompt': { model: 'gpt-4o', prompt: { id: 'pmpt_1' } },
  'a tool of the provider': { ...say('news?'), tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
})) {
  test(`${what} may fill all that the model can read`, () => {
    assert.equal(bound(body).inputTokensMax, 128_000);
  });
}

test('a document of text, and names that an application chose for its own tools, are text', () => {
  const document = { type: 'document', source: { type: 'text', data: 'x'.repeat(2000) } };
  const tools = [{ type: 'function', function: { name: 'f', parameters: { properties: { file_id: {} } } } }];
  const answer = bound({ ...say([document]), tools });
  assert.ok(answer.inputTokensMax > 2000 && answer.inputTokensMax < 4000);
});

test('input is never bounded above what the model can read', () => {
  assert.equal(bound(say('x'.repeat(1_000_000))).inputTokensMax, 128_000);
});

test('only what is known to be free costs nothing; without a known price it is unknown', () => {
  assert.equal(bound(say('hi'), { endpoint: { ...chat, charge: 'nothing' } }).costNanoUsd, 0);
  assert.equal(bound(say('hi'), { endpoint: { ...chat, charge: 'unknown' } }).costNanoUsd, null);
  assert.equal(bound(say('hi'), { model: null }).costNanoUsd, null);
  assert.equal(bound(say('hi'), { model: 'unknown' }).costNanoUsd, null);
});

test('expected reserves what its kind took lately, once enough is known, and worst does not', () => {
  for (const mode of ['worst', 'expected'] as const) {
    const costs = new CostBound({ prices, inputCount, mode });
    const asked = question(say('x'.repeat(9000)), { maxOutputTokens: 5000 });
    const outputs = (): number => Math.floor((costs.bound(asked).costNanoUsd ?? 0) / 1_000_000_000);
    for (let tokens = 1; tokens < 20; tokens += 1) {
      costs.learn(asked, costs.bound(asked), { ...NO_USAGE, inputTokens: 1000, outputTokens: tokens });
    }
    assert.equal(outputs(), 5000);
    costs.learn(asked, costs.bound(asked), { ...NO_USAGE, inputTokens: 1000, outputTokens: 20 });
    assert.equal(outputs(), mode === 'worst' ? 5000 : 20);
    const input = (costs.bound(asked).costNanoUsd ?? 0) % 1_000_000_000;
    assert.equal(input, mode === 'worst' ? costs.bound(asked).inputTokensMax : 1000);
    assert.equal(costs.bound({ ...asked, app: 'other' }).costNanoUsd! > 4000e9, true);
  }
});

test('counted text lowers the bound, and never below what the vocabulary makes of it', async () => {
  const prose = 'The quick brown fox jumps over the lazy dog. '.repeat(100);
  const costs = new CostBound({ prices, inputCount, mode: 'worst' });
  const asked = question(say(prose));
  const byBytes = costs.bound(asked);
  const counted = await costs.count(asked, byBytes);
  const tokens = countTokens(prose);
  assert.ok(counted.inputTokensExpected >= tokens && counted.inputTokensExpected < tokens + 150);
  assert.ok(byBytes.inputTokensExpected > 4 * tokens);
  assert.equal(counted.costNanoUsd! % 1_000_000_000, counted.inputTokensExpected);
  // Claude's vocabulary is not published: twice the count, and bytes for what is not ASCII.
  const claude = question(say(`${prose}日本語`), { model: 'claude-sonnet-4-5' });
  const wide = await costs.count(claude, costs.bound(claude));
  assert.ok(wide.inputTokensExpected >= 2 * tokens + 9 && wide.inputTokensExpected < 2 * tokens + 200);
});

test('a bound stays where the text cannot be counted, or its count is no lower', async () => {
  const asked = question(say('x'.repeat(9000)));
  for (const [tokens, body] of [
    [null, asked.body],
    [1_000_000, asked.body],
    [1, { model: 'gpt-4o', input: 'go on', previous_response_id: 'resp_1' }],
  ] as const) {
    const costs = new CostBound({
      prices,
      mode: 'worst',
      inputCount: new InputCount({ tokens: async () => tokens }),
    });
    const byBytes = costs.bound({ ...asked, body });
    assert.deepEqual(await costs.count({ ...asked, body }, byBytes), byBytes);
  }
});

test('a very long text is counted up to a length, and measured beyond it', async () => {
  const lengths: number[] = [];
  const counter = {
    tokens: async (text: string) => {
      lengths.push(text.length);
      return 1000;
    },
  };
  const answer = await new InputCount(counter).textTokensMax(say('x'.repeat(300_000)), 'gpt-4.1');
  assert.deepEqual(lengths, [262_144]);
  assert.ok(answer !== null && answer > 1000 + 300_000 - 262_144 && answer < 1000 + 300_100 - 262_144);
});

test('what waits to be counted is bounded: beyond it bytes stand', async () => {
  const held = Promise.withResolvers<number>();
  const count = new InputCount({ tokens: () => held.promise });
  const answers = Array.from({ length: 17 }, () => count.textTokensMax(say('x'.repeat(300_000)), 'gpt-4.1'));
  assert.equal(await answers[16], null);
  held.resolve(7);
  assert.ok((await answers[0])! > 7);
  assert.ok((await count.textTokensMax(say('short'), 'gpt-4.1'))! < 100);
});

test('tools, schemas and tools of the provider add what it says about them; a cache that is asked for is seen', () => {
  const plain = bound(say('hi')).inputTokensMax;
  const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
  assert.ok(plain < 200);
  assert.ok(bound({ ...say('hi'), tools }).inputTokensMax > 1000 + plain);
  const bash = [{ type: 'bash_20250124', name: 'bash' }];
  assert.ok(bound({ ...say('hi'), tools: bash }).inputTokensMax > 2000 + plain);
  const cached = (cache_control: unknown) => inputBound(say([{ type: 'text', text: 'x', cache_control }]));
  assert.equal(inputBound(say('"cache_control"')).cacheWrites, 'none');
  assert.equal(cached(null).cacheWrites, 'none');
  assert.equal(cached({ type: 'ephemeral' }).cacheWrites, '5m');
  assert.equal(cached({ type: 'ephemeral', ttl: '1h' }).cacheWrites, '1h');
  const cachedTool = { name: 'f', input_schema: {}, cache_control: { type: 'ephemeral', ttl: '1h' } };
  assert.equal(inputBound({ ...say('x'), tools: [cachedTool] }).cacheWrites, '1h');
});

test('the bound reads any JSON value without failing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      assert.ok(inputBound(value).textBytes >= 0);
    }),
  );
  let deep: unknown = 'text';
  for (let level = 0; level < 5000; level += 1) deep = { deep };
  assert.ok(inputBound(deep).refersElsewhere);
});
