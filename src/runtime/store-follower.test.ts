import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { StoreFollower } from './store-follower.ts';

const words = { first: (reason: string): string => reason, over: 'over' };
const unexpected = (): RepeatedFault => new RepeatedFault((message) => assert.fail(message), words);

/** A store whose looks end when the test says so. */
function heldStore() {
  const looks: PromiseWithResolvers<void>[] = [];
  let whenAsked = Promise.withResolvers<void>();
  return {
    looks,
    look: (): Promise<void> => {
      const look = Promise.withResolvers<void>();
      looks.push(look);
      whenAsked.resolve();
      return look.promise;
    },
    async asked(count: number): Promise<void> {
      while (looks.length < count) {
        whenAsked = Promise.withResolvers();
        await whenAsked.promise;
      }
    },
  };
}

test('a store that is slow is not asked twice at once', async () => {
  const store = heldStore();
  const follower = new StoreFollower({ look: store.look, fault: unexpected() });
  const first = follower.refresh();
  const second = follower.refresh();
  await store.asked(1);
  assert.equal(store.looks.length, 1);
  store.looks[0]?.resolve();
  await first;
  await store.asked(2);
  store.looks[1]?.resolve();
  await second;
});

test('a failed look throws for whoever asked, and the next one looks all the same', async () => {
  const store = heldStore();
  const follower = new StoreFollower({ look: store.look, fault: unexpected() });
  const first = assert.rejects(follower.refresh(), /away/);
  const second = follower.refresh();
  await store.asked(1);
  store.looks[0]?.reject(new Error('away'));
  await first;
  await store.asked(2);
  store.looks[1]?.resolve();
  await second;
});

test('a fault is told once for as long as it lasts, and again after it was over', async () => {
  const store = heldStore();
  const told: string[] = [];
  const fault = new RepeatedFault((message) => told.push(message.replace(/ It failed .*/, '')), words);
  const follower = new StoreFollower({ look: store.look, fault, intervalMs: 0 });
  fault.met(new Error('away'));
  follower.start();
  for (const [index, fault] of ['away', 'locked', 'locked', null, 'locked', null].entries()) {
    await store.asked(index + 1);
    if (fault === null) store.looks[index]?.resolve();
    else store.looks[index]?.reject(new Error(fault));
  }
  await store.asked(7);
  assert.deepEqual(told, ['away', 'locked', 'over', 'locked', 'over']);
  store.looks[6]?.resolve();
  await follower.close();
});

test('closing waits for the look that runs, and none follows', async () => {
  const store = heldStore();
  const follower = new StoreFollower({ look: store.look, fault: unexpected(), intervalMs: 0 });
  follower.start();
  await store.asked(1);
  let isClosed = false;
  const closing = follower.close().then(() => {
    isClosed = true;
  });
  await Promise.resolve();
  assert.equal(isClosed, false);
  store.looks[0]?.resolve();
  await closing;
  assert.equal(store.looks.length, 1);
});

test('a store that does not answer is known to be silent, and since when', async () => {
  const store = heldStore();
  let nowMs = 5000;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const follower = new StoreFollower({ look: store.look, fault: unexpected(), clock });
  assert.equal(follower.trouble ?? null, null);
  const look = follower.refresh();
  await store.asked(1);
  nowMs += 2000;
  assert.equal(follower.trouble, null);
  nowMs += 1;
  assert.deepEqual(follower.trouble, { sinceMs: 5000, reason: 'the database does not answer' });
  store.looks[0]?.resolve();
  await look;
  assert.equal(follower.trouble, null);
});

test('a store that never answers holds up nobody who can go on without it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const store = heldStore();
  const follower = new StoreFollower({ look: store.look, fault: unexpected() });
  const looked = follower.refreshInTime();
  await store.asked(1);
  context.mock.timers.tick(2001);
  await looked;
  assert.equal(follower.trouble?.reason, 'the database does not answer');
  store.looks[0]?.resolve();
  await follower.close();
});

test('whoever asked for a look that failed is told of it, and of its end', async () => {
  const store = heldStore();
  const clock = { now: () => 5000, monotonicMs: () => 5000 };
  const follower = new StoreFollower({ look: store.look, fault: unexpected(), clock });
  const looked = follower.refreshInTime();
  await store.asked(1);
  store.looks[0]?.reject(new Error('away'));
  await looked;
  assert.deepEqual(follower.trouble, { sinceMs: 5000, reason: 'away' });
  const again = follower.refreshInTime();
  await store.asked(2);
  store.looks[1]?.resolve();
  await again;
  assert.equal(follower.trouble, null);
});
