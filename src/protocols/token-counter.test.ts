// The thread that counts tokens may die over a text: that costs this text's count, and no other's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenCounter } from './token-counter.ts';

test('a worker that died over one text does not take the next one’s count with it', async (context) => {
  const counter = new TokenCounter();
  context.after(() => counter.close());
  // No text at all: reading it throws in the worker.
  const [died, counted] = [await counter.tokens(5 as never), await counter.tokens('one two three')];
  assert.equal(died, null);
  assert.equal(counted, 3);
});
