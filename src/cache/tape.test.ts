import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FREE_BYTES, HeldRoom } from '../core/held-room.ts';
import { Tape, type TapeReader } from './tape.ts';

const BYTES_MAX = 40;
const MEGABYTE = new Uint8Array(1024 * 1024);
const newTape = (): Tape => new Tape(BYTES_MAX, new HeldRoom().share());

/** Reads when it is told to, and remembers what it got. */
class Reader {
  readonly reader: TapeReader;
  got: number[] = [];
  woken = 0;
  isLost = false;

  constructor(tape: Tape) {
    this.reader = tape.read(
      () => {
        this.woken += 1;
      },
      () => {
        this.isLost = true;
      },
    );
  }

  take(chunks: number): void {
    for (let taken = 0; taken < chunks && !this.isLost; taken += 1) {
      const chunk = this.reader.next();
      if (chunk === null) return;
      this.got.push(...chunk);
    }
  }
}

test('each reader gets every byte from the start, at its own pace, or learns that it cannot', () => {
  const action = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('push' as const), size: fc.integer({ min: 1, max: 12 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('join' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('take' as const),
        who: fc.nat(5),
        chunks: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), who: fc.nat(5) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const tape = newTape();
      const sent: number[] = [];
      const readers: Reader[] = [];
      const left = new Set<Reader>();
      for (const step of actions) {
        const reader = 'who' in step ? readers[step.who] : undefined;
        if (step.type === 'push') {
          const chunk = Array.from({ length: step.size }, (_, index) => (sent.length + index) % 256);
          sent.push(...chunk);
          tape.push(Uint8Array.from(chunk));
          assert.ok(tape.bytes <= BYTES_MAX, 'it holds more than its bound');
        } else if (step.type === 'join') {
          if (tape.holdsAll) readers.push(new Reader(tape));
          else
            assert.throws(
              () =>
                tape.read(
                  () => {},
                  () => {},
                ),
              /start of the tape is gone/,
            );
        } else if (step.type === 'take') {
          if (reader !== undefined && !left.has(reader)) reader.take(step.chunks);
        } else if (reader !== undefined) {
          reader.reader.stop();
          left.add(reader);
        }
      }
      assert.equal(tape.holdsAll, sent.length <= BYTES_MAX);
      assert.deepEqual(tape.joined(), tape.holdsAll ? Uint8Array.from(sent) : null);
      tape.close('whole');
      for (const reader of readers) {
        if (!left.has(reader)) reader.take(Number.POSITIVE_INFINITY);
        if (reader.isLost || left.has(reader)) assert.deepEqual(reader.got, sent.slice(0, reader.got.length));
        else assert.deepEqual(reader.got, sent);
        // Only who is far behind is let go of.
        if (reader.isLost) assert.ok(sent.length - reader.got.length > BYTES_MAX);
      }
    }),
  );
});

test('readers are woken by bytes and by the end, which comes once', () => {
  const tape = newTape();
  const reader = new Reader(tape);
  tape.push(Uint8Array.of(1));
  tape.close('broken');
  tape.close('whole');
  assert.equal(reader.woken, 2);
  assert.equal(tape.end, 'broken');
});

test('what is kept has memory of its own', () => {
  const tape = newTape();
  const chunk = Uint8Array.of(1, 2);
  tape.push(chunk);
  const kept = tape.joined();
  chunk.fill(9);
  assert.deepEqual(kept, Uint8Array.of(1, 2));
});

test('tapes that have no room together hold no more than their readers need, and those behind them have room again', () => {
  const room = new HeldRoom(5 * MEGABYTE.length);
  const taped = (): Tape => {
    const tape = new Tape(8 * MEGABYTE.length, room.share());
    for (let pushed = 0; pushed < 3; pushed += 1) tape.push(MEGABYTE);
    return tape;
  };
  const first = taped();
  const second = new Tape(8 * MEGABYTE.length, room.share());
  const slow = new Reader(second);
  let [quickBytes, isQuickLost] = [0, false];
  const quick = second.read(
    () => {
      quickBytes += quick.next()?.length ?? 0;
    },
    () => {
      isQuickLost = true;
    },
  );
  for (let pushed = 0; pushed < 3; pushed += 1) second.push(MEGABYTE);
  assert.deepEqual([first.holdsAll, second.holdsAll], [true, false]);
  assert.deepEqual([isQuickLost, slow.isLost], [false, true]);
  assert.ok(second.bytes <= FREE_BYTES);
  second.push(Uint8Array.of(1));
  assert.equal(quickBytes, 3 * MEGABYTE.length + 1);
  assert.equal(second.joined(), null);
  assert.equal(first.joined()?.length, 3 * MEGABYTE.length);
  assert.deepEqual([room.refusals, room.bytes], [1, 3 * MEGABYTE.length]);
  const reader = new Reader(first);
  first.release();
  assert.equal(room.bytes, 3 * MEGABYTE.length, 'somebody still reads it');
  reader.reader.stop();
  assert.equal(room.bytes, 0);
  assert.ok(taped().holdsAll);
});
