import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thinkingOf } from './hidden-thinking.ts';

const gemini = (thinkingBudget: number) => ({ generationConfig: { thinkingConfig: { thinkingBudget } } });

test('what may think out of sight, how fast and how long', () => {
  for (const [model, body] of [
    ['gpt-4o', {}],
    ['claude-opus-4-8', {}],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', {}],
    ['claude-opus-4', {}],
    ['anthropic/claude-4.5-sonnet', {}],
    ['claude-3-5-haiku-20241022', {}],
    ['claude-sonnet-4-5-nothinking', { reasoning: { effort: 'none' } }],
    ['anthropic/claude-sonnet-4.5', { reasoning: { enabled: false } }],
    ['anthropic/claude-sonnet-4.5', { reasoning_effort: 'none', reasoning: null }],
    ['anthropic.claude-v2', {}],
    ['claude-haiku-5-5', { thinking: { type: 'disabled' } }],
    ['gemini-2.0-flash', {}],
    ['gemini-2.5-flash', gemini(0)],
    ['gemini-2.5-flash', { request: gemini(0) }],
    ['command-r-plus', {}],
    ['amazon.nova-pro-v1:0', {}],
    ['magistral-medium-latest', {}],
  ] as const)
    assert.equal(thinkingOf(model, body).kind, 'none', model);
  const bound = (model: string, body: unknown) => {
    const thinking = thinkingOf(model, body);
    return thinking.kind === 'none' ? null : [thinking.tokensPerSecond, thinking.tokensMax];
  };
  assert.deepEqual(bound('gemini-2.5-flash', gemini(512)), [600, 512]);
  assert.deepEqual(bound('gemini-2.5-pro', gemini(-1)), [1_000, Number.POSITIVE_INFINITY]);
  const asked = { thinking: { type: 'enabled', budget_tokens: 2_000 } };
  assert.deepEqual(
    bound('anthropic.claude-sonnet-4-5', { additionalModelRequestFields: asked }),
    [200, 2_000],
  );
  assert.deepEqual(bound('claude-opus-4-8', { ...asked, speed: 'fast' }), [600, 2_000]);
  assert.deepEqual(bound('o3', {}), [300, Number.POSITIVE_INFINITY]);
  // Without being asked.
  for (const model of ['claude-opus-5', 'claude-sonnet-5-5', 'anthropic/claude-5.5-opus', 'claude-fable-5-1'])
    assert.deepEqual(bound(model, {}), [200, Number.POSITIVE_INFINITY], model);
  assert.deepEqual(bound('us.anthropic.claude-haiku-5-5-v1:0', {}), [400, Number.POSITIVE_INFINITY]);
  // As gateways are asked.
  for (const [model, body] of [
    ['anthropic/claude-sonnet-4.5', { reasoning: { effort: 'high', exclude: true } }],
    ['anthropic/claude-sonnet-4.5', { reasoning_effort: 'low' }],
    ['claude-opus-4-6-thinking', {}],
    ['anthropic/claude-opus-4.1:thinking', {}],
  ] as const)
    assert.deepEqual(bound(model, body), [200, Number.POSITIVE_INFINITY], model);
  const between = { thinking: { type: 'between_tools' } };
  assert.deepEqual(bound('claude-sonnet-5-5', between), [200, Number.POSITIVE_INFINITY]);
});
