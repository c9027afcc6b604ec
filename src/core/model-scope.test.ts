import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modelScopeTest, readModelNames } from './model-scope.ts';

const means = (pattern: string, model: string): boolean => modelScopeTest(pattern)(readModelNames(model));

/** A scope, the spellings that it stops, and what it lets pass. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'gpt-4o',
    [
      ...[
        'gpt-4o',
        'GPT-4o',
        ' gpt-4o ',
        'gpt\u20114o',
        'gpt-4o\u200b',
        '\uff27\uff30\uff34-4o',
        'gpt-4o\u0000',
        'openai/gpt-4o',
        'openrouter/openai/gpt-4o',
        'azure/gpt-4o',
      ],
      ...[
        'gpt-4o-2024-08-06',
        'openai/GPT-4o-2024-11-20',
        'ft:gpt-4o-2024-08-06:acme::abc123',
        'openai:gpt-4o',
        'openai/gpt-4o:exacto:free',
        'ft:gpt-4o:acme',
      ],
      ...[
        'gpt-4o-2024-08-06.ft-0123abcd',
        'openai/gpt-4o:online',
        'someone-elses-proxy/gpt-4o',
        'models/gpt-4o',
      ],
      ...[
        'gpt-4o-thinking-low',
        'openai/gpt-4o-high',
        'gpt-4o-latest',
        'databricks-gpt-4o',
        'openrouter/auto',
        'openrouter/fusion',
        'openai/gpt-4o:free',
      ],
    ],
    [
      ...['gpt-4o-mini', 'openai/gpt-4o-mini', 'gpt-4o-mini-2024-07-18', 'ft:gpt-4o-mini-2024-07-18:acme::a'],
      ...[
        'gpt-4',
        'gpt-4.1',
        'chatgpt-4o-latest',
        'gpt-4o-audio-preview',
        'gpt-4o-realtime-preview-2024-12-17',
      ],
      ...['my-gpt-4o', 'gpt-4o/', '', 'o4', 'gpt-4o/mini', 'gpt-4o-search-preview', 'gpt-4o-transcribe'],
    ],
  ],
  [
    'claude-sonnet-4-5',
    [
      ...['claude-sonnet-4-5', 'claude-sonnet-4.5', 'anthropic/claude-sonnet-4.5', 'Claude-Sonnet-4-5'],
      ...['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5[1m]'],
      ...['claude-sonnet-4-5-20250929[1m]', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ...['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ...['bedrock/converse/global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-4.5-sonnet'],
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
      ...[
        'vertex_ai/claude-sonnet-4-5@20250929',
        'anthropic/claude-sonnet-4.5:thinking',
        'claude-sonnet-4-5-20250929-thinking',
        'claude-sonnet-4-5-nothinking',
        'anthropic--claude-4.5-sonnet',
      ],
    ],
    [
      'claude-sonnet-4',
      'claude-sonnet-4-20250514',
      'claude-opus-4-5',
      'claude-haiku-4-5',
      'claude-sonnet-4-6',
    ],
  ],
  [
    'claude-opus-4',
    ['claude-opus-4-20250514', 'claude-opus-4-0', 'claude-4-opus-20250514'],
    ['claude-opus-4-1', 'claude-opus-4.1', 'claude-opus-4-1-20250805'],
  ],
  ['claude-opus-4-0', ['claude-opus-4-20250514', 'claude-opus-4'], ['claude-opus-4-5']],
  [
    'gpt-4',
    ['gpt-4-0613', 'gpt-4', 'openai/gpt-4'],
    [
      'gpt-4.1',
      'gpt-4-1',
      'gpt-4o',
      'gpt-4-turbo',
      'gpt-4-32k',
      'gpt-4.1-2025-04-14',
      'gpt-4-turbo-2024-04-09',
    ],
  ],
  ['gpt-5', ['gpt-5-2025-08-07'], ['gpt-5.1', 'gpt-5.1-2025-11-13', 'gpt-5-mini', 'gpt-5-codex']],
  ['openai/gpt-4o', ['gpt-4o', 'GPT-4o-2024-08-06'], ['openai/gpt-4o-mini']],
  ['azure/gpt-4o', ['azure/gpt-4o', 'azure/gpt-4o-2024-08-06'], ['gpt-4o', 'openai/gpt-4o']],
  [
    'gpt-4o-2024-08-06',
    ['openai/gpt-4o-2024-08-06', 'ft:gpt-4o-2024-08-06:acme::1'],
    ['gpt-4o', 'gpt-4o-2024-11-20'],
  ],
  [
    'claude-sonnet-4-5-20250929',
    ['claude-sonnet-4-5@20250929', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4-5'],
  ],
  [
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4-5-20250929'],
  ],
  ['ft:gpt-4o', ['ft:gpt-4o-2024-08-06:acme::1'], ['gpt-4o', 'gpt-4o-2024-08-06']],
  [
    'claude-opus-*',
    ['us.anthropic.claude-opus-4-6-v1:0', 'CLAUDE-OPUS-4', 'anthropic/claude-opus-4.5', 'claude-4-opus'],
    ['claude-sonnet-4'],
  ],
  [
    'claude-sonnet-4.*',
    ['claude-sonnet-4-5', 'anthropic/claude-sonnet-4.6'],
    ['claude-opus-4-5', 'claude-sonnet-3-7'],
  ],
  ['claude-sonnet-4-*', ['anthropic/claude-sonnet-4.5', 'claude-sonnet-4-20250514'], ['claude-3-5-sonnet']],
  ['*-4-5', ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'], ['claude-haiku-4']],
  ['gpt-4-*', ['gpt-4-turbo', 'gpt-4-0613', 'openai/gpt-4-1106-preview'], ['gpt-4.1', 'gpt-4o', 'gpt-4']],
  [
    'gpt-4.*',
    ['gpt-4.1', 'openai/gpt-4.1-mini', 'ft:gpt-4.1-2025-04-14:a::b'],
    ['gpt-4-turbo', 'gpt-4-0613', 'gpt-4-32k'],
  ],
  ['gpt-*', ['ft:gpt-4o-2024-08-06:acme::1', 'openai/GPT-5'], ['o3', 'chatgpt-4o-latest', 'openai/o3']],
  ['openai/*', ['openai/gpt-4o', 'openrouter/openai/o3'], ['gpt-4o', 'azure/gpt-4o']],
  [
    'glm-4.7',
    ['GLM-4.7', 'glm-4-7', 'zai-org/GLM-4.7', 'accounts/fireworks/models/glm-4p7'],
    ['glm-4.7-flash', 'glm-4', 'glm-4.5'],
  ],
  [
    'gemini-2.5-pro',
    ['models/gemini-2.5-pro', 'google/gemini-2.5-pro-preview-05-06', 'gemini-2.5-pro-preview-09-2025'],
    ['gemini-2.5-flash', 'gemini-2.5-pro-tts'],
  ],
  ['llama3', ['llama3:latest'], ['llama3:70b', 'llama3.1']],
  ['deepseek-chat', ['deepseek/deepseek-chat', 'deepseek/deepseek-chat:free'], ['deepseek-reasoner']],
];

test('a scope stops every spelling of its model, and no other model', () => {
  for (const [pattern, stopped, passing] of CASES) {
    for (const model of stopped) assert.ok(means(pattern, model), `${pattern} stops ${model}`);
    for (const model of passing) assert.ok(!means(pattern, model), `${pattern} lets ${model} pass`);
  }
});

/** A scope, and what is known by a family's name alone. */
const FAMILIES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'claude-opus-4-8',
    ['~anthropic/claude-opus-latest', 'Claude-Opus-Latest', 'anthropic/claude-opus-latest:nitro'],
    ['~anthropic/claude-sonnet-latest', 'claude-opus-5-latest', 'claude-opus'],
  ],
  ['claude-opus-4-20250514', ['~anthropic/claude-opus-latest'], ['~anthropic/claude-haiku-latest']],
  ['claude-opus-4*', ['~anthropic/claude-opus-latest'], ['~anthropic/claude-sonnet-latest']],
  ['us.anthropic.claude-opus-4-6-v1:0', ['~anthropic/claude-opus-latest'], ['gemini-flash-latest']],
  ['gemini-2.5-flash', ['gemini-flash-latest', 'models/gemini-flash-latest'], ['gemini-flash-lite-latest']],
  ['gemini-2.5-*', ['gemini-flash-latest', 'gemini-pro-latest'], ['~openai/gpt-latest']],
  ['gpt-5.5', ['~openai/gpt-latest'], ['~openai/gpt-mini-latest', 'gpt-5-chat-latest']],
  ['kimi-k3', ['~moonshotai/kimi-latest'], ['kimi-thinking-latest']],
  ['qwen3.7-plus', ['qwen-plus-latest'], ['qwen-max-latest']],
  ['*-4-5', ['~anthropic/claude-haiku-latest'], ['claude-haiku-5-latest']],
];

test('a name that moves from model to model may be each that a scope means', () => {
  for (const [pattern, stopped, passing] of FAMILIES) {
    for (const model of stopped) assert.ok(means(pattern, model), `${pattern} stops ${model}`);
    for (const model of passing) assert.ok(!means(pattern, model), `${pattern} lets ${model} pass`);
  }
});

const word = fc.constantFrom(
  'gpt',
  'claude',
  'o3',
  '4',
  '4.1',
  '4o',
  'sonnet',
  'mini',
  'x',
  '20250929',
  'v1:0',
);
const bareName = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('-'));
const spelled = fc.tuple(
  fc.constantFrom('', 'openai/', 'whoever/', 'openrouter/anthropic/', 'models/'),
  bareName,
  fc.constantFrom(
    '',
    '-2024-08-06',
    '@20250929',
    '-20250929',
    '[1m]',
    '-latest',
    ':free',
    '-2024-08-06:online',
  ),
  fc.boolean(),
);

test('whatever is written before a name, behind it and in capitals, its scope finds it', () => {
  fc.assert(
    fc.property(spelled, ([before, name, behind, isLoud]) => {
      const model = `${before}${name}${behind}`;
      assert.ok(means(name, isLoud ? model.toUpperCase() : model), `${name} means ${model}`);
    }),
    { numRuns: 2000 },
  );
});

test('a scope finds its own text, with any sign in it, and a pattern what it found as plain text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 10 }), (name, more) => {
      assert.ok(means(name, name));
      assert.ok(means(`${name}*`, name + more));
    }),
    { numRuns: 2000 },
  );
});

test('another word is another model', () => {
  const other = fc.constantFrom('mini', 'nano', 'turbo', 'fast', 'audio', 'lite', 'codex', 'vision');
  fc.assert(
    fc.property(spelled, other, ([before, name, behind], more) => {
      fc.pre(!name.endsWith('x') && !name.endsWith('mini'));
      assert.ok(!means(name, `${before}${name}-${more}${behind}`));
    }),
    { numRuns: 2000 },
  );
});

test('a name of any length and kind is read by its end', () => {
  for (const long of ['/'.repeat(100_000), '-2024'.repeat(50_000), 'a'.repeat(1e6), '\ud800'])
    assert.ok(means('gpt-4o', `${long}/gpt-4o`));
});
