// A suite's messages as the request of each API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSuite } from './read-suite.ts';
import { suiteTask } from './suite-task.ts';

function bodyFor(provider: string, messages: readonly object[]): Readonly<Record<string, unknown>> {
  const suite = readSuite(
    JSON.stringify({ providers: [provider], prompts: [JSON.stringify(messages)], tests: [{}] }),
    '/suite.yaml',
    () => assert.fail('nothing is read'),
  );
  const [each] = suite.tests;
  assert.ok(each !== undefined);
  return suiteTask(each, suite.providers[0] ?? null, 0).body;
}

const ASKED = { role: 'user', content: 'Hi' };

test('instructions before a conversation are the system prompt of a Messages request, whatever their form', () => {
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ];
  const messages = [{ role: 'system', content: parts }, { role: 'developer', content: 'c' }, ASKED];
  const body = bodyFor('anthropic:claude-haiku-4-5', messages);
  assert.deepEqual(body.system, 'a\nb\nc');
  assert.deepEqual(body.messages, [ASKED]);
  assert.deepEqual(bodyFor('openai:gpt-5-mini', messages).messages, messages);
  assert.deepEqual(bodyFor('openai:responses:gpt-5-mini', messages).input, messages);
});
