import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as ws from 'ws';
import { closeFrame, FrameEdge } from './frame-edge.ts';

/** A public part of ws that its type package leaves out. */
const { Sender } = ws as unknown as {
  readonly Sender: { frame(data: Buffer, options: object): Buffer[] };
};

function frame(size: number, mask: boolean): Buffer {
  const options = { fin: true, rsv1: false, opcode: 2, mask, readOnly: false, generateMask: undefined };
  return Buffer.concat(Sender.frame(Buffer.alloc(size, 0x88), options));
}

test('the edges of frames are found, however their bytes are cut', () => {
  const size = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 4 }), fc.nat(), (frames, cut) => {
      const edge = new FrameEdge();
      for (const [bytes, mask] of frames) {
        const whole = frame(bytes, mask);
        const at = 1 + (cut % (whole.length - 1));
        edge.push(whole.subarray(0, at));
        assert.equal(edge.isBetweenFrames, false);
        edge.push(whole.subarray(at));
        assert.equal(edge.isBetweenFrames, true);
      }
    }),
    { numRuns: 60 },
  );
});

test('a close frame carries its status and as much of the reason as it may', () => {
  const frame = closeFrame(1012, 'é'.repeat(200));
  assert.equal(frame[0], 0x88);
  assert.equal(frame[1], frame.length - 2);
  assert.ok(frame.length <= 127);
  assert.equal(frame.readUInt16BE(2), 1012);
  assert.match(frame.subarray(4).toString(), /^é+$/);
});
