// The thread that counts tokens may die over a text: that costs this text's count, and no other's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promptTextOf } from '../requests/prompt-text.ts';
import { TEXT_CHARACTERS_MAX, TokenCounter } from './token-counter.ts';

test('a worker that died over one text does not take the next one’s count with it', async (context) => {
  const counter = new TokenCounter();
  context.after(() => counter.close());
  // No text at all: reading it throws in the worker.
  const [died, counted] = [await counter.tokens(5 as never), await counter.tokens('one two three')];
  assert.equal(died, null);
  assert.equal(counted, 3);
});

test('the prompt in a body is counted as its text would be', async (context) => {
  const counter = new TokenCounter();
  context.after(() => counter.close());
  const turns = (count: number, content: string) => ({
    system: 'Größe?',
    messages: Array.from({ length: count }, () => ({
      role: 'user',
      content: [{ type: 'text', text: content }],
    })),
  });
  const long = turns(300, 'A lake, or a sea? '.repeat(200));
  assert.ok(promptTextOf(long).length > TEXT_CHARACTERS_MAX);
  for (const document of [turns(3, 'A lake?'), long, { messages: [] }]) {
    const text = promptTextOf(document);
    const counted = await counter.countPrompt(Buffer.from(JSON.stringify(document)));
    assert.equal(counted, await counter.count(text));
  }
  assert.equal(await counter.countPrompt(Buffer.from('no JSON')), 0);
});
