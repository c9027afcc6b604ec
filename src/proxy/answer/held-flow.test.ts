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
  assert.equal(size(), 64 * 1024);
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
