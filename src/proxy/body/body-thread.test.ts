// The thread that reads large bodies may die over one of them: that costs this body's reading, and no other's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyThread } from './body-thread.ts';

test('a body that is read where another one killed the thread is read by the next thread', async () => {
  const thread = new BodyThread();
  const died = Promise.withResolvers<unknown>();
  const read = Promise.withResolvers<unknown>();
  // A question that is none throws in the thread. The next comes at once, before the thread's exit is told.
  thread.translate(Buffer.from('{}'), undefined as never, (answer) => {
    died.resolve(answer);
    thread.read(Buffer.from('{"model":"m"}'), read.resolve);
  });
  assert.equal(await died.promise, null);
  assert.deepEqual(await read.promise, {
    document: { model: 'm' },
    digest: null,
    text: null,
    earlierModels: [],
    reason: null,
  });
});
