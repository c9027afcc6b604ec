import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { constants, deflateRawSync } from 'node:zlib';
import { HeldRoom } from '../../core/held-room.ts';
import { SocketTap } from './socket-tap.ts';

/** The head of a text message of so many bytes, from a server. */
function head(bytes: number): Buffer {
  const frame = Buffer.alloc(10);
  frame[0] = 0x81;
  frame[1] = 127;
  frame.writeBigUInt64BE(BigInt(bytes), 2);
  return frame;
}

test('a message that is too large is not read, and that is known', async () => {
  const read: string[] = [];
  const tap = new SocketTap(undefined, (message) => read.push(message.toString()));
  tap.push(Buffer.from([0x81, 2, 0x7b, 0x7d]));
  tap.push(head(12 * 1024 * 1024 + 1));
  await new Promise<void>((resolve) => tap.finish(resolve));
  assert.deepEqual([read, tap.readAll], [['{}'], false]);
});

test('what messages that have not ended hold in all sessions is bounded, and there is room again behind them', async () => {
  let refusals = 0;
  const room = new (class extends HeldRoom {
    override hold(nowBytes: number, beforeBytes: number): boolean {
      const hasRoom = super.hold(nowBytes, beforeBytes);
      if (!hasRoom) refusals += 1;
      return hasRoom;
    }
  })(10 * 1024 * 1024);
  const text = Buffer.from(`{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`);
  const packed = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const frame = (first: number, payload: Buffer): Buffer => {
    const begin = head(payload.length);
    begin[0] = first;
    return Buffer.concat([begin, payload]);
  };
  for (const [extensions, begin, end] of [
    // Without the bit that says that it is the last.
    [undefined, frame(0x01, text), frame(0x80, Buffer.alloc(0))],
    ['permessage-deflate', frame(0x41, packed), frame(0x80, Buffer.alloc(0))],
  ] as const) {
    let read = 0;
    refusals = 0;
    const open = (): SocketTap => {
      const tap = new SocketTap(extensions, () => (read += 1), { room });
      for (let at = 0; at < begin.length; at += 60_000)
        tap.push(Buffer.from(begin.subarray(at, at + 60_000)));
      return tap;
    };
    const finish = async (tap: SocketTap): Promise<boolean> => {
      tap.push(Buffer.from(end));
      await new Promise<void>((resolve) => tap.finish(resolve));
      return tap.readAll;
    };
    const taps = [open(), open(), open()];
    // Unpacking goes on in another thread.
    while (refusals === 0) await nextTurn();
    const readAll: boolean[] = [];
    for (const tap of taps) readAll.push(await finish(tap));
    assert.deepEqual([readAll.filter(Boolean).length, read], [2, 2], String(extensions));
    assert.ok(await finish(open()), String(extensions));
  }
});

test('JSON that is sent as bytes is read, and of other bytes it is known that they were not', async () => {
  const frame = (opcode: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([0x80 | opcode, text.length]), Buffer.from(text)]);
  for (const [text, readsAll] of [
    ['{"type":"x"}', true],
    ['\u0001RIFF', false],
  ] as const) {
    const seen: string[] = [];
    const tap = new SocketTap(undefined, (message) => seen.push(message.toString()));
    tap.push(frame(2, text));
    tap.push(frame(1, '{"type":"y"}'));
    await new Promise<void>((resolve) => tap.finish(resolve));
    assert.equal(tap.readAll, readsAll);
    assert.deepEqual(seen, readsAll ? [text, '{"type":"y"}'] : ['{"type":"y"}']);
  }
});

test('messages that come quicker than they are read wait up to a bound, and are not read beyond it', async () => {
  const empty = deflateRawSync('{}', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const packed = Buffer.concat([Buffer.from([0xc1, empty.length]), empty]);
  const megabyte = Buffer.concat([head(1024 * 1024), Buffer.alloc(1024 * 1024, 'x')]);
  for (const [count, readsAll] of [
    [10, true],
    [20, false],
  ] as const) {
    let read = 0;
    const tap = new SocketTap('permessage-deflate', () => {
      read += 1;
    });
    // Unpacking takes a turn of another thread: what is behind it waits.
    tap.push(packed);
    for (let index = 0; index < count; index += 1) tap.push(megabyte);
    await new Promise<void>((resolve) => tap.finish(resolve));
    assert.deepEqual([tap.readAll, read === count + 1], [readsAll, readsAll], `${count} MB`);
  }
});

test('a message in very many pieces, and small ones that become large, are not read, and that is known', async () => {
  const piece = Buffer.from([0x00, 1, 0x20]);
  const inPieces = (count: number): Buffer =>
    Buffer.concat([
      Buffer.from([0x01, 1, 0x7b]),
      ...new Array(count).fill(piece),
      Buffer.from([0x80, 1, 0x7d]),
    ]);
  const blanks = deflateRawSync(Buffer.alloc(8 * 1024 * 1024, ' '), { finishFlush: constants.Z_SYNC_FLUSH });
  const bomb = Buffer.concat([Buffer.from([0xc1, 126, 0, 0]), blanks.subarray(0, -4)]);
  bomb.writeUInt16BE(bomb.length - 4, 2);
  for (const [extensions, bytes, readsAll] of [
    [undefined, inPieces(1000), true],
    [undefined, inPieces(10_000), false],
    ['permessage-deflate', Buffer.concat(new Array(3).fill(bomb)), true],
    ['permessage-deflate', Buffer.concat(new Array(8).fill(bomb)), false],
  ] as const) {
    let read = 0;
    const tap = new SocketTap(extensions, () => {
      read += 1;
    });
    tap.push(bytes);
    await new Promise<void>((resolve) => tap.finish(resolve));
    assert.equal(tap.readAll, readsAll);
    assert.ok(read <= 4, `${read} were read`);
  }
});
