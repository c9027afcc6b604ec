import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON } from '../../test/price-questions.ts';
import { assertSoonest } from '../../test/soonest.ts';
import { loadPriceBook } from './price-book.ts';

const book = loadPriceBook('');

function found(model: string, upstream = 'http://127.0.0.1:9'): string | null {
  const price = book.describe(model, { upstream, atMs: NOON });
  return price === null ? null : `${price.provider} ${price.model}`;
}

const SAME: Readonly<Record<string, readonly string[]>> = {
  'anthropic claude-sonnet-4-5': [
    'claude-sonnet-4-5',
    'claude-sonnet-4.5',
    'claude-sonnet-4-5-20250929',
    'claude-sonnet-4-5@20250929',
    'claude-sonnet-4-5-latest',
    'Claude-Sonnet-4-5',
    ' claude-sonnet-4-5 ',
    'claude-4-5-sonnet-20250929',
    'claude-4.5-sonnet',
    'claude-sonnet-4-5[1m]',
    'anthropic/claude-sonnet-4.5',
    'anthropic/claude-sonnet-4-5-20250929',
    'publishers/anthropic/models/claude-sonnet-4-5',
  ],
  'anthropic claude-sonnet-4-0': ['claude-sonnet-4', 'claude-sonnet-4-20250514', 'claude-4-sonnet-20250514'],
  'anthropic claude-opus-5': ['claude-opus-5', 'claude-opus-5-20260724', 'anthropic/claude-opus-5'],
  'anthropic claude-opus-5-5': ['claude-opus-5-5', 'claude-opus-5.5'],
  'openai gpt-4o': [
    'gpt-4o',
    'openai/gpt-4o',
    'gpt-4o-2024-08-06',
    'GPT-4o',
    'openai/gpt-4o-2024-11-20',
    'openai:gpt-4o',
  ],
  'openai gpt-4o-2024-05-13': ['gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
  'openai gpt-4o-mini': ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
  'openai gpt-5-nano': ['gpt-5-nano', 'gpt-5-nano-2025-08-07'],
  'openai gpt-5.1': ['gpt-5.1', 'gpt-5-1', 'gpt-5.1-2025-11-13'],
  'openai gpt-3.5-turbo': ['gpt-3.5-turbo', 'gpt-3.5-turbo-0125'],
  'openai gpt-3.5-turbo-1106': ['gpt-3.5-turbo-1106'],
  'openai ft:gpt-4o-mini-2024-07-18': [
    'ft:gpt-4o-mini-2024-07-18:acme::abc123',
    'openai:ft:gpt-4o-mini-2024-07-18:acme::abc123',
  ],
  'openai ft:gpt-4.1-mini-2025-04-14': [
    'ft:gpt-4.1-mini-2025-04-14:acme::abc123',
    'openai/ft:gpt-4.1-mini-2025-04-14:acme/x::abc',
  ],
  'openai ft:gpt-4.1': ['ft:gpt-4.1:acme::abc'],
  'openai gpt-3.5-turbo-instruct': [
    'gpt-3.5-turbo-instruct',
    'gpt-3.5-turbo-instruct:20230824-v2',
    'gpt-3.5-turbo-instruct-0914',
  ],
  'dashscope qwen-plus': ['qwen-plus', 'qwen/qwen-plus', 'dashscope/qwen-plus'],
  'zai GLM-4.7': ['glm-4.7', 'GLM-4.7', 'glm-4-7', 'z-ai/glm-4.7', 'zai-org/GLM-4.7'],
  'zai GLM-4.7-FlashX': ['glm-4.7-flashx'],
  'google gemini-2.5-pro': [
    'gemini-2.5-pro',
    'models/gemini-2.5-pro',
    'google/gemini-2.5-pro',
    'gemini-2.5-pro-preview-05-06',
  ],
  'google gemini-2.5-flash-lite': ['gemini-2.5-flash-lite'],
  'aws regional.anthropic.claude-sonnet-4-5-20250929-v1:0': [
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  ],
  'aws us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0': [
    'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0',
  ],
  'aws global.anthropic.claude-opus-4-6-v1:0': ['global.anthropic.claude-opus-4-6-v1'],
  'groq llama-3.3-70b-versatile': ['groq/llama-3.3-70b-versatile'],
};

for (const [expected, spellings] of Object.entries(SAME)) {
  test(`all spellings of ${expected} find it`, () => {
    assert.deepEqual(
      spellings.filter((spelling) => found(spelling) !== expected).map((name) => `${name} → ${found(name)}`),
      [],
    );
  });
}

test('a name that only resembles a known one has no price', () => {
  const strangers = [
    'claude-opus-4-6-fast',
    'claude-opus-4-6-preview-fast',
    'claude-opus-4-60',
    'claude-opus-4-10',
    'claude-sonnet-4-55',
    'claude-sonnet-4-5-mini',
    'claude-sonnet-5-5-5',
    'claude-sonnet-4-5-20251399',
    'claude-opus-5-1',
    'claude-opus-5-5-5',
    'not-claude-sonnet-4-5',
    'gpt-4o-micro',
    'gpt-4oo',
    'gpt-4o-2024',
    'gpt-4o:nitro',
    'gpt-4o:free',
    'gpt-6',
    'glm-4.7-flash-air',
    'glm-4.7-air',
    'glm-4.70',
    'gemini-1.5-flash-8b',
    'gemini-pro-latest',
    'gemini-flash-latest',
    'gemini-3.5-flash-8b',
    'deepseek-v4-pro-max',
    'ft:gpt-4o-mini:acme::abc',
    'ft:gpt-4.2:acme::abc',
    'gpt-3.5-turbo-instruct:20239924-v2',
    'gpt-3.5-turbo-instruct:fast',
    'ft:gpt-5:acme::abc',
    'my-company/gpt-4o',
    'models/my-company/gpt-4o',
    'llama3.1:8b',
    'qwen:7b',
    'mistral:latest',
    'my-company:gpt-4o',
    'openai:',
    'openai/claude-sonnet-4-5',
    '',
    '/',
    'anthropic/',
    'constructor/gpt-4o',
    '__proto__',
  ];
  assert.deepEqual(
    strangers.filter((name) => found(name) !== null).map((name) => `${name} → ${found(name)}`),
    [],
  );
});

test('no catalogue name finds a model of another price in its own list', () => {
  for (const provider of [
    'anthropic',
    'openai',
    'zai',
    'deepseek',
    'x-ai',
    'moonshotai',
    'mistral',
    'google',
  ]) {
    // Names that xAI leads elsewhere have that price at xAI alone.
    const upstream = provider === 'x-ai' ? 'https://api.x.ai' : '';
    for (const row of book.list({ atMs: NOON }).filter((candidate) => candidate.provider === provider)) {
      const price = book.describe(`${provider}/${row.model}`, { upstream, atMs: NOON });
      if (price?.provider !== provider) continue;
      assert.deepEqual([price.rows[0]?.input, price.rows[0]?.output], [row.input, row.output], row.model);
    }
  }
});

test('the origin decides who sells a model of the same name', () => {
  assert.equal(found('glm-5.2', 'https://api.z.ai'), 'zai GLM-5.2');
  assert.equal(found('glm-5.2', 'https://open.bigmodel.cn'), 'zhipuai GLM-5.2');
  assert.equal(found('glm-4.7', 'https://api.z.ai'), 'zai GLM-4.7');
  assert.equal(found('glm-4.7', 'https://open.bigmodel.cn'), 'zhipuai GLM-4.7');
  // Zhipu's yuan list is not Z.ai's.
  assert.equal(found('glm-4-plus', 'https://open.bigmodel.cn'), 'zhipuai GLM-4-Plus');
  assert.equal(found('glm-4-plus', 'https://api.z.ai'), null);
  assert.equal(
    found('qwen-plus', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'),
    'dashscope qwen-plus',
  );
  assert.equal(found('qwen-plus', 'https://dashscope.aliyuncs.com/compatible-mode/v1'), null);
  assert.equal(found('openai/gpt-oss-120b', 'https://api.groq.com'), 'groq openai/gpt-oss-120b');
  assert.equal(found('openai/gpt-oss-120b', 'https://api.groq.com/openai'), 'groq openai/gpt-oss-120b');
  assert.equal(
    found('anthropic/claude-sonnet-4.5', 'https://openrouter.ai'),
    'openrouter anthropic/claude-sonnet-4.5',
  );
  assert.equal(found('gpt-4o', 'https://acme.openai.azure.com'), 'openai gpt-4o');
  assert.equal(
    found('claude-sonnet-4-5@20250929', 'https://us-east5-aiplatform.googleapis.com'),
    'google claude-sonnet-4-5',
  );
});

test('a seller of its own models and, without a markup, of others’ has the prices of both', () => {
  const perplexity = 'https://api.perplexity.ai';
  assert.equal(found('sonar-pro', perplexity), 'perplexity sonar-pro');
  assert.equal(found('perplexity/sonar', perplexity), 'perplexity sonar');
  assert.equal(found('anthropic/claude-sonnet-4-5', perplexity), 'anthropic claude-sonnet-4-5');
  assert.equal(found('openai/gpt-5', perplexity), 'openai gpt-5');
  assert.equal(found('gpt-5', perplexity), null);
});

test("a known seller without the model does not lend the maker's price", () => {
  assert.equal(found('gpt-4o', 'https://api.together.xyz'), null);
  assert.equal(found('claude-opus-4-6', 'https://api.openai.com'), null);
  assert.equal(found('llama-3.3-70b-versatile'), null);
});

test('OpenRouter alone gives :free variants away, listed or not', () => {
  for (const model of ['deepseek/deepseek-r1:free', 'someone/brand-new:free']) {
    assert.equal(book.describe(model, { upstream: 'https://openrouter.ai', atMs: NOON })?.rows[0]?.output, 0);
    assert.equal(book.describe(`openrouter/${model}`, { atMs: NOON })?.rows[0]?.input, 0);
    assert.equal(found(model), null);
    assert.equal(found(model, 'https://api.groq.com'), null);
  }
});

test('a suffix by which OpenRouter only chooses who answers changes no price', () => {
  const openrouter = 'https://openrouter.ai/api';
  for (const model of ['openai/gpt-4o:floor', 'openai/gpt-4o:exacto', 'OpenAI/GPT-4o:Floor']) {
    assert.equal(found(model, openrouter), 'openrouter openai/gpt-4o');
    assert.equal(found(`openrouter/${model}`), 'openrouter openai/gpt-4o');
    assert.equal(found(model), null);
    assert.equal(found(model, 'https://api.groq.com'), null);
  }
  // Those that may come to more, and those that are of no model that is known.
  for (const model of ['openai/gpt-4o:nitro', 'openai/gpt-4o:online', 'someone/brand-new:floor', ':floor'])
    assert.equal(found(model, openrouter), null);
});

test('names of Amazon’s and of Vercel’s gateway lead to the price of whoever sells the model', () => {
  assert.equal(found('amazon/nova-pro-v1'), found('amazon.nova-pro-v1:0'));
  assert.match(found('amazon/nova-pro-v1') ?? '', /^aws /);
  assert.equal(found('amazon/nova-pro-v1', 'https://openrouter.ai/api'), 'openrouter amazon/nova-pro-v1');
  for (const prefix of ['vercel', 'vercel_ai_gateway'])
    assert.equal(found(`${prefix}/anthropic/claude-sonnet-4.5`), 'anthropic claude-sonnet-4-5');
});

test('a name made to confuse costs no time and no memory', async () => {
  const name = `claude-sonnet-4-5${'-2025-0929'.repeat(28)}x`;
  await assertSoonest(500, async () => {
    assert.equal(found(name), null);
    assert.equal(found('x'.repeat(10_000_000)), null);
  });
});

test('a misspelt name is answered with its neighbours', () => {
  assert.deepEqual(book.suggest('gpt-4oo', 1), ['gpt-4o']);
  assert.deepEqual(book.suggest('claude-sonet-4-5', 1), ['claude-sonnet-4-5']);
  assert.deepEqual(book.suggest('something-entirely-different-from-all', 3), []);
});
