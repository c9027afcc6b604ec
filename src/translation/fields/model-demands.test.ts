// What single servers demand of a history, as their refusals say (deepseek-ai/awesome-deepseek-agent#63,
// openclaw/openclaw#73417, Gitlawb/openclaude#76, jeremychone/rust-genai#115, anthropics/claude-code#65863,
// BerriAI/litellm#30835, janhq/jan#8136, ollama/ollama#17774).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocols/json/json-value.ts';
import { messagesToChat } from '../request-to-chat.ts';
import { chatToMessages } from '../request-to-messages.ts';

const HELLO = { role: 'user', content: 'Hello' };
const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'r' });
const HISTORY = [
  HELLO,
  { role: 'assistant', content: 'Hi' },
  HELLO,
  { role: 'assistant', content: [use('a'), use('b')] },
  { role: 'user', content: [result('a'), result('b')] },
];

function answersIn(model: string, messages: readonly object[] = HISTORY): readonly JsonObject[] {
  const { body } = messagesToChat({ model, max_tokens: 9, messages });
  return (body.messages as JsonObject[]).filter(({ role }) => role === 'assistant');
}

test('models that want the thoughts before each answer get at least an empty one', () => {
  const wanting = ['deepseek-v4-pro', 'deepseek/deepseek-v3.2', 'deepseek-reasoner', 'moonshotai/kimi-k2.5'];
  for (const model of [...wanting, 'deepseek-flash', 'kimi-k2-thinking'])
    assert.deepEqual(
      answersIn(model).map(({ reasoning_content }) => reasoning_content),
      ['', ''],
      model,
    );
  for (const model of ['gpt-5', 'deepseek-chat', 'deepseek-v3', 'kimi-k2-0905-preview', 'glm-4.7'])
    assert.ok(!JSON.stringify(answersIn(model)).includes('reasoning_content'), model);
  const thought = { type: 'thinking', thinking: 'hm', signature: 'tokenwatch-translated' };
  const [told] = answersIn('deepseek-v4-pro', [
    HELLO,
    { role: 'assistant', content: [thought, use('a')] },
    HELLO,
  ]);
  assert.equal(told?.reasoning_content, 'hm');
});

test('the first call of each turn says to Gemini 3 that nobody signed it', () => {
  const signatures = (model: string): unknown[] =>
    answersIn(model).flatMap(({ tool_calls = [] }) =>
      (tool_calls as JsonObject[]).map(({ extra_content }) => extra_content),
    );
  const unsigned = { google: { thought_signature: 'skip_thought_signature_validator' } };
  for (const model of ['gemini-3-pro-preview', 'google/gemini-3.1-pro-preview', 'models/gemini-3-flash'])
    assert.deepEqual(signatures(model), [unsigned, undefined], model);
  for (const model of ['gemini-2.5-pro', 'gpt-5'])
    assert.deepEqual(signatures(model), [undefined, undefined]);
});

test('who is not to think gets no effort', () => {
  const asked = (type: string): unknown => {
    const thinking = { type };
    const request = { model: 'deepseek-v4-pro', max_tokens: 9, messages: [HELLO], thinking };
    return messagesToChat({ ...request, output_config: { effort: 'high' } }).body.reasoning_effort;
  };
  assert.deepEqual([asked('adaptive'), asked('disabled')], ['high', undefined]);
});

test('Claude 4.6, which knows no xhigh, is asked for the level below it', () => {
  const effort = (model: string): unknown => {
    const { body } = chatToMessages({ model, messages: [HELLO], reasoning_effort: 'xhigh' });
    return (body.output_config as JsonObject).effort;
  };
  assert.deepEqual(['claude-opus-4.6', 'claude-sonnet-4-6', 'claude-opus-4-7'].map(effort), [
    'high',
    'high',
    'xhigh',
  ]);
});

test('a budget of thoughts is left out amid calls, where Anthropic’s API wants the thoughts before them', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
  const amid = [
    HELLO,
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'a', content: 'r' },
  ];
  const thinking = (messages: readonly object[], type: string): unknown => {
    const budget = type === 'enabled' ? { budget_tokens: 1024 } : {};
    const request = { model: 'claude-sonnet-4-6', max_tokens: 4000, messages };
    return (chatToMessages({ ...request, thinking: { type, ...budget } }).body.thinking as JsonObject)?.type;
  };
  assert.equal(thinking(amid, 'enabled'), undefined);
  assert.equal(thinking(amid, 'adaptive'), 'adaptive');
  const over = [...amid, { role: 'assistant', content: 'Done.' }, HELLO];
  assert.equal(thinking(over, 'enabled'), 'enabled');
});

test('thinking is asked for in the way that a Claude model takes', () => {
  const asked = (model: string, thinking: object, more: object = {}): unknown[] => {
    const { body, leftOut } = chatToMessages({
      model,
      max_tokens: 4000,
      messages: [HELLO],
      thinking,
      ...more,
    });
    return [body.thinking, body.output_config, ...leftOut];
  };
  const budget = { type: 'enabled', budget_tokens: 2048 };
  const adaptive = { type: 'adaptive' };
  for (const model of ['claude-opus-4-7', 'anthropic/claude-opus-4.8', 'claude-sonnet-5']) {
    const shown = { type: 'adaptive', display: 'summarized' };
    assert.deepEqual(asked(model, budget), [shown, { effort: 'low' }], model);
    assert.deepEqual(asked(model, budget, { reasoning_effort: 'max' }), [shown, { effort: 'max' }]);
    assert.deepEqual(asked(model, { ...budget, display: 'omitted' })[0], { ...adaptive, display: 'omitted' });
    assert.deepEqual(asked(model, adaptive), [adaptive, undefined]);
  }
  assert.deepEqual(asked('claude-opus-4-6', budget), [budget, undefined]);
  assert.deepEqual(asked('claude-sonnet-4-5', budget), [budget, undefined]);
  assert.deepEqual(asked('claude-3-7-sonnet-20250219', budget), [budget, undefined]);
  assert.deepEqual(asked('claude-sonnet-4-5', adaptive), [undefined, undefined]);
  for (const model of ['claude-3-5-haiku-latest', 'claude-3-opus-20240229', 'anthropic/claude-3.5-sonnet'])
    assert.deepEqual(asked(model, budget), [undefined, undefined, 'thinking'], model);
});

test('top_k goes to models that take it, and not while they think', () => {
  const asked = (model: string, more: object = {}): unknown =>
    chatToMessages({ model, max_tokens: 4000, messages: [HELLO], top_k: 40, ...more }).body.top_k;
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  assert.deepEqual(
    [asked('claude-sonnet-4-5'), asked('claude-sonnet-4-5', { thinking }), asked('claude-opus-4-7')],
    [40, undefined, undefined],
  );
});

test('thoughts go back to models that take them, and to no strict server', () => {
  const thought = { type: 'thinking', thinking: 'hm', signature: 'tokenwatch-translated' };
  const messages = [HELLO, { role: 'assistant', content: [thought] }, HELLO];
  const withWords = [HELLO, { role: 'assistant', content: [thought, { type: 'text', text: 'Hi' }] }, HELLO];
  for (const model of ['glm-4.7', 'MiniMax-M2.5', 'deepseek-v4-pro'])
    assert.deepEqual(answersIn(model, messages), [
      { role: 'assistant', content: '', reasoning_content: 'hm' },
    ]);
  for (const model of ['mistral-medium-3.5', 'openai/gpt-oss-120b', 'gemini-2.5-pro', 'gpt-4o']) {
    assert.deepEqual(answersIn(model, messages), [], model);
    assert.deepEqual(answersIn(model, withWords), [{ role: 'assistant', content: 'Hi' }], model);
  }
});

test('instructions within a conversation stay there, or go before it where a template refuses them', () => {
  const later = { role: 'system', content: [{ type: 'text', text: 'Now in French.' }] };
  const roles = (model: string, system?: string): unknown => {
    const request = { model, max_tokens: 9, messages: [HELLO, later], ...(system && { system }) };
    return (messagesToChat(request).body.messages as JsonObject[]).map(({ role, content }) => [
      role,
      content,
    ]);
  };
  const inPlace = [
    ['system', 'Be brief.'],
    ['user', 'Hello'],
    ['system', 'Now in French.'],
  ];
  for (const model of ['gpt-5', 'glm-4.7', 'deepseek-v4-pro', 'google/gemini-3-pro'])
    assert.deepEqual(roles(model, 'Be brief.'), inPlace, model);
  for (const model of ['qwen3.8-27b', 'mistral-large-latest', 'openai/gpt-oss-120b', 'my-own']) {
    const first = ['system', 'Be brief.\n\nNow in French.'];
    assert.deepEqual(roles(model, 'Be brief.'), [first, ['user', 'Hello']], model);
    assert.deepEqual(roles(model), [
      ['system', 'Now in French.'],
      ['user', 'Hello'],
    ]);
  }
});

test('Gemini is asked for no more tokens than it writes, which it refuses', () => {
  const bound = (model: string): unknown =>
    messagesToChat({ model, max_tokens: 128_000, messages: [HELLO] }).body.max_tokens;
  assert.deepEqual(
    [bound('google/gemini-2.5-pro'), bound('gemini-3-flash'), bound('glm-4.7')],
    [65_536, 65_536, 128_000],
  );
});
