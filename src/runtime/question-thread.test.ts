import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuestionThread } from './question-thread.ts';

const SOURCE = new URL('../../test/faulty-worker', import.meta.url);

async function opened(context: { after(end: () => Promise<void>): void }) {
  const thread = new QuestionThread<string, string>(SOURCE);
  context.after(() => thread.close());
  const ask = (question: string): Promise<string | null> =>
    new Promise((resolve) => thread.ask(question, resolve));
  return { thread, ask };
}

test('each question gets its own answer, and one in parts the answer to its id', async (context) => {
  const { thread, ask } = await opened(context);
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(ask)), ['a', 'b', 'c']);
  const last = new Promise((resolve) => {
    const send = thread.open(resolve);
    send('silence');
    send('the end');
  });
  assert.equal(await last, 'the end');
});

test('a thread that dies answers null to all who wait for it, and the next question starts another', async (context) => {
  const { ask } = await opened(context);
  for (const death of ['die', 'leave']) {
    assert.deepEqual(await Promise.all([ask('silence'), ask(death), ask('behind it')]), [null, null, null]);
    assert.equal(await ask('after it'), 'after it');
  }
});

test("a dead thread's end takes no question of its successor", async (context) => {
  const { thread } = await opened(context);
  // Asked between the error of the first and its exit.
  const second = new Promise((resolve) => thread.ask('die', () => thread.ask('later', resolve)));
  assert.equal(await second, 'later');
});

test('nobody waits for a thread that was closed', async (context) => {
  const { thread, ask } = await opened(context);
  const silent = ask('silence');
  await thread.close();
  assert.equal(await silent, null);
});
