import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Redactor } from '../../redaction/redactor.ts';
import { contentAttributes } from './content.ts';
import type { TracedRequest } from './traced-request.ts';

const redactor = new Redactor({ spentMs: () => performance.now(), budgetMs: 2000 });
const attributesOf = (content: TracedRequest['content'], by = redactor) =>
  contentAttributes({ content, end: { finishReason: 'end_turn' } } as TracedRequest, by, randomBytes(32));

test('prompt and answer are told by turns, without secrets and personal data', () => {
  const prompt = JSON.stringify({
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Write to ada.lovelace@example.com' },
      { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] },
    ],
  });
  const attributes = attributesOf({ prompt, answer: 'Sent to ada.lovelace@example.com.' });
  assert.doesNotMatch(JSON.stringify(attributes), /lovelace/);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.system_instructions'])), [
    { type: 'text', content: 'Be brief.' },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'user', parts: [{ type: 'text', content: 'Write to [EMAIL_1]' }] },
    { role: 'assistant', parts: [{ type: 'text', content: 'Done.' }] },
  ]);
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.output.messages'])), [
    {
      role: 'assistant',
      parts: [{ type: 'text', content: 'Sent to [EMAIL_1].' }],
      finish_reason: 'end_turn',
    },
  ]);
});

test('what cannot be redacted is left out, and said to be', () => {
  const slow = new Redactor({
    spentMs: (() => {
      let ms = 0;
      return () => {
        ms += 1000;
        return ms;
      };
    })(),
    budgetMs: 1,
  });
  const prompt = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(20_000) }] });
  assert.deepEqual(attributesOf({ prompt, answer: 'y'.repeat(20_000) }, slow), {
    'tokenwatch.content.left_out': 'not redacted',
  });
  assert.deepEqual(attributesOf('too large'), { 'tokenwatch.content.left_out': 'too large' });
  assert.deepEqual(attributesOf({ prompt: '{no JSON', answer: null }), {
    'tokenwatch.content.left_out': 'not redacted',
  });
  assert.deepEqual(attributesOf(null), {});
});
