import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { atEnd, temporaryFolder } from './at-end.ts';

/** A test that ends when it is told to. */
function openTest() {
  let end = async (): Promise<void> => assert.fail('nothing was given');
  const context = { after: (given: () => Promise<void>) => (end = given) } as unknown as TestContext;
  return { context, end: () => end() };
}

test('the last given is taken down first, each behind the one before, and each also where others fail', async () => {
  const { context, end } = openTest();
  const down: string[] = [];
  const folder = temporaryFolder(context);
  atEnd(context, async () => {
    await nextTurn();
    // A server writes until it has ended.
    writeFileSync(join(folder, 'spool'), 'its last');
    down.push('server');
  });
  atEnd(context, () => {
    throw new Error('the client fails');
  });
  atEnd(context, async () => {
    await nextTurn();
    down.push('watcher');
  });
  await assert.rejects(end(), /the client fails/);
  assert.deepEqual(down, ['watcher', 'server']);
  assert.equal(existsSync(folder), false);
});
