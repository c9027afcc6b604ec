import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dispatcher } from 'undici';
import { GuardedHandler, guard } from './guard.ts';

function controllerOf(calls: string[]): Dispatcher.DispatchController {
  return {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => calls.push('abort'),
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
  };
}

const BURN_MS = 15;
function burn(): void {
  const untilMs = performance.now() + BURN_MS;
  while (performance.now() < untilMs);
}

test('an answer that is dear to read lets others have their turn', async () => {
  const calls: string[] = [];
  const handler = new GuardedHandler({ crash: assert.fail }, { onResponseData: burn });
  handler.onResponseData(controllerOf(calls), Buffer.alloc(64 * 1024));
  setImmediate(() => calls.push('others'));
  assert.deepEqual(calls, ['pause']);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(calls, ['pause', 'resume', 'others']);
});

test('one that its client holds back already is not let go by that', async () => {
  const calls: string[] = [];
  const controller = { ...controllerOf(calls), paused: true };
  new GuardedHandler({ crash: assert.fail }, { onResponseData: burn }).onResponseData(
    controller,
    Buffer.alloc(64 * 1024),
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(calls, []);
});

test('a fault goes to the one whose life it is, and ends the upstream’s part', () => {
  const calls: string[] = [];
  const guarded = { crash: (fault: unknown) => calls.push(String(fault)) };
  const fail = (): never => {
    throw new Error('odd');
  };
  new GuardedHandler(guarded, { onResponseData: fail }).onResponseData(controllerOf(calls), Buffer.alloc(1));
  guard(guarded, fail)();
  assert.deepEqual(calls, ['Error: odd', 'abort', 'Error: odd']);
});
