import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pricedModel } from './price.ts';

test('a request is priced by the answer’s name, or by the one asked for where that says more', () => {
  for (const [asked, answered, priced] of [
    ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-08-06'],
    ['my-deployment', 'gpt-4o', 'gpt-4o'],
    ['a-very-long-name-of-an-alias', 'gpt-4o', 'gpt-4o'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o', 'gpt-4o'],
    ['claude-opus-4-6', 'claude-haiku-4-5', 'claude-haiku-4-5'],
    [
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5-20250929',
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    ],
    ['global.anthropic.claude-opus-5', 'claude-opus-5', 'global.anthropic.claude-opus-5'],
    ['eu.anthropic.claude-opus-5', 'claude-opus-5-5', 'claude-opus-5-5'],
    ['gpt-4o-2024-05-13', 'GPT-4o', 'gpt-4o-2024-05-13'],
    ['ft:gpt-4o-2024-08-06:acme::a1', 'gpt-4o-2024-08-06', 'gpt-4o-2024-08-06'],
    ['gpt-4o', null, 'gpt-4o'],
    [null, 'gpt-4o', 'gpt-4o'],
    [null, null, null],
  ] as const)
    assert.equal(pricedModel(asked, answered), priced, `${asked} ${answered}`);
});
