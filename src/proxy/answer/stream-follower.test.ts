import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { HeldFlow, PART_BYTES } from './held-flow.ts';
import { StreamFollower, type StreamTicket } from './stream-follower.ts';

const delta = { model: 'gpt-4o', choices: [{ index: 0, delta: { content: 'word' } }] };
const STREAM = Buffer.from(`data: ${JSON.stringify(delta)}\n\n`.repeat(2000));
const guarded = {
  crash(fault: unknown) {
    throw fault;
  },
};
const controller: Dispatcher.DispatchController = {
  ...{ aborted: false, paused: false, reason: null },
  abort() {},
  pause() {},
  resume() {},
};

test('no more than a part passes between two looks, in whatever pieces a stream arrives', async () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(pieces, async (sizes) => {
      let [passed, looked, most] = [0, 0, 0];
      const ticket: StreamTicket = {
        endsInTime: false,
        onCounted: null,
        progress: () => {
          most = Math.max(most, passed - looked);
          looked = passed;
          return true;
        },
      };
      const ended = Promise.withResolvers<void>();
      const next: Dispatcher.DispatchHandler = {
        onResponseData: (_controller, bytes) => {
          passed += bytes.length;
          follower.push(bytes);
        },
        onResponseEnd: () => ended.resolve(),
      };
      const flow = new HeldFlow(next, guarded);
      const follower = new StreamFollower(ticket, flow, guarded);
      follower.expect('events');
      let sent = 0;
      for (const size of sizes) {
        flow.onResponseData(controller, STREAM.subarray(sent, sent + size));
        sent += size;
      }
      flow.onResponseEnd(controller, {});
      await ended.promise;
      follower.stop();
      assert.equal(passed, sent);
      assert.ok(Math.max(most, passed - looked) <= PART_BYTES, `${most} bytes between two looks`);
    }),
    { examples: [[[3000, 1900, 5000, 1900, 5000]]] },
  );
});
