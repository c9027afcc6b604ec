import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationOf } from './conversation.ts';

test('a Messages prompt with tools and pictures is told turn by turn, and its answer last', () => {
  const request = {
    system: 'Be brief.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: { data: 'AAAA' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'read', input: { path: 'a' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'text of a' }] },
    ],
  };
  const answer = {
    type: 'message',
    content: [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Done' },
    ],
    stop_reason: 'end_turn',
  };
  assert.deepEqual(conversationOf({ request, answer, form: 'document' }, true), {
    isRedacted: true,
    turns: [
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'Look' },
          { type: 'media', text: '[image]' },
        ],
      },
      { role: 'assistant', parts: [{ type: 'call', name: 'read', text: '{\n  "path": "a"\n}' }] },
      { role: 'user', parts: [{ type: 'result', name: 't1', text: 'text of a' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'hm' },
          { type: 'text', text: 'Done' },
        ],
      },
    ],
  });
});

test('Chat Completions and Responses are told alike', () => {
  const chat = conversationOf(
    {
      request: {
        messages: [
          { role: 'user', content: 'Hi' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"a":1}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'seen' },
        ],
      },
      answer: { choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] },
      form: 'document',
    },
    false,
  );
  assert.deepEqual(
    chat.turns.map(({ role, parts }) => [role, ...parts.map(({ type }) => type)]),
    [
      ['user', 'text'],
      ['assistant', 'call'],
      ['tool', 'result'],
      ['assistant', 'text'],
    ],
  );
  const responses = conversationOf(
    {
      request: {
        instructions: 'Brief',
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
          { type: 'function_call', name: 'f', call_id: 'c', arguments: '{}' },
          { type: 'function_call_output', call_id: 'c', output: 'seen' },
        ],
      },
      answer: null,
      form: 'none',
    },
    false,
  );
  assert.deepEqual(
    responses.turns.map(({ parts }) => parts.map((part) => part.text)),
    [['Brief'], ['Hi'], ['{}'], ['seen']],
  );
});

test('an answer of no known form is shown as it was stored', () => {
  const { turns } = conversationOf({ request: { prompt: 'x' }, answer: 'plain words', form: 'text' }, false);
  assert.deepEqual(turns.at(-1), { role: 'assistant', parts: [{ type: 'text', text: 'plain words' }] });
  const odd = conversationOf({ request: 7, answer: { odd: true }, form: 'document' }, false);
  assert.equal(odd.turns.length, 1);
});
