import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { NO_USAGE } from '../core/usage.ts';
import { type BoundQuestion, CostBound, type WorstCostQuestion } from './cost-bound.ts';
import { inputBound } from './input-bound.ts';

const chat = { name: 'chat/completions', hasModel: true, metered: true, asksForStreamUsage: true };
/** One nano-dollar per input token, a million per output token: both can be read off the sum. */
const prices = {
  worstCost: ({ model, inputTokens, outputTokens }: WorstCostQuestion) =>
    model === 'unknown' ? null : inputTokens + outputTokens * 1_000_000_000,
};

function question(body: unknown, parts: Partial<BoundQuestion> = {}): BoundQuestion {
  return {
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

const bound = (body: unknown, parts: Partial<BoundQuestion> = {}) =>
  new CostBound({ prices, mode: 'worst' }).bound(question(body, parts));
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
  const endpoint = { ...chat, name: 'embeddings' };
  const answer = bound({ input: ['some text'] }, { endpoint, model: 'text-embedding-3-small' });
  assert.equal(answer.outputTokensMax, 0);
  assert.ok(answer.inputTokensMax >= 9);
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

test('what is not metered costs nothing, and a model without a price is unknown', () => {
  assert.equal(bound(say('hi'), { endpoint: { ...chat, metered: false } }).costNanoUsd, 0);
  assert.equal(bound(say('hi'), { model: null }).costNanoUsd, null);
  assert.equal(bound(say('hi'), { model: 'unknown' }).costNanoUsd, null);
});

test('expected reserves what its kind took lately, once enough is known, and worst does not', () => {
  for (const mode of ['worst', 'expected'] as const) {
    const costs = new CostBound({ prices, mode });
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
