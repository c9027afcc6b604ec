import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { HeldFlow } from './held-flow.ts';

const guarded = {
  crash(fault: unknown) {
    throw fault;
  },
};

class Controller implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason = null;
  abort(): void {
    this.aborted = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

test('a large piece is let through in parts, with a turn for others in between, and the end behind it', async () => {
  const got: Buffer[] = [];
  let hasEnded = false;
  const next: Dispatcher.DispatchHandler = {
    onResponseData: (_controller, chunk) => got.push(chunk) && undefined,
    onResponseEnd: () => {
      hasEnded = true;
    },
  };
  const flow = new HeldFlow(next, guarded);
  const controller = new Controller();
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  flow.onResponseData(controller, body);
  flow.onResponseEnd(controller, {});
  const size = (): number => got.reduce((sum, { length }) => sum + length, 0);
  // Less on a machine that others load.
  assert.ok(size() > 0 && size() <= 64 * 1024);
  assert.deepEqual([controller.paused, hasEnded], [true, false]);
  let before = size();
  while (!hasEnded) {
    await nextTurn();
    assert.ok(size() - before <= 64 * 1024);
    before = size();
  }
  assert.deepEqual(Buffer.concat(got), body);
  assert.equal(controller.paused, false);
});

test('what is held does not go on by itself', async () => {
  const got: Buffer[] = [];
  const flow = new HeldFlow(
    { onResponseData: (_controller, chunk) => got.push(chunk) && undefined },
    guarded,
  );
  const controller = new Controller();
  flow.hold();
  flow.onResponseData(controller, Buffer.alloc(200_000));
  await nextTurn();
  assert.deepEqual([got.length, controller.paused], [0, true]);
  flow.release();
  while (controller.paused) await nextTurn();
  assert.equal(Buffer.concat(got).length, 200_000);
});

/** A part takes longer than a turn may. */
function slow(got: Buffer[], also: Dispatcher.DispatchHandler = {}): Dispatcher.DispatchHandler {
  return {
    onResponseData: (_controller, chunk) => {
      got.push(chunk);
      for (const beganMs = performance.now(); performance.now() - beganMs < 11; );
    },
    ...also,
  };
}

test('what takes long is let through with a turn for others after each part', async () => {
  const got: Buffer[] = [];
  let hasEnded = false;
  const next = slow(got, {
    onResponseEnd: () => {
      hasEnded = true;
    },
  });
  const flow = new HeldFlow(next, guarded, 1024);
  const controller = new Controller();
  flow.onResponseData(controller, Buffer.alloc(3 * 1024));
  flow.onResponseEnd(controller, {});
  for (const parts of [1, 2, 3]) {
    assert.deepEqual([got.length, hasEnded], [parts, parts === 3]);
    await nextTurn();
  }
  assert.equal(controller.paused, false);
});

test('what waits for its turn is let through before a break, and not where the request was given up', () => {
  for (const aborted of [false, true]) {
    const got: Buffer[] = [];
    const lengths: number[] = [];
    const flow = new HeldFlow(slow(got, { onResponseError: () => lengths.push(got.length) }), guarded, 1024);
    const controller = new Controller();
    flow.onResponseData(controller, Buffer.alloc(3 * 1024));
    controller.aborted = aborted;
    flow.onResponseError(controller, new Error('broken'));
    assert.deepEqual(lengths, [aborted ? 1 : 3]);
  }
});
