import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { PacedReplay, partsOf } from './paced-replay.ts';

const events = (count: number, lineEnd = '\n'): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => `data: ${index}${lineEnd}${lineEnd}`).join(''));

/** A client that reads only when it is told to, and a clock that a test turns. */
class Client extends EventEmitter {
  readonly written: string[] = [];
  isEnded = false;
  hasRoom = true;
  waitingMs: number[] = [];
  #due: (() => void) | null = null;

  readonly wait = (ms: number, done: () => void): (() => void) => {
    this.waitingMs.push(ms);
    this.#due = done;
    return () => {
      this.#due = null;
    };
  };

  /** Returns false where nothing waits for the clock. */
  tick(): boolean {
    const due = this.#due;
    this.#due = null;
    due?.();
    return due !== null;
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes).toString());
    return this.hasRoom;
  }

  end(bytes: Uint8Array | string): void {
    this.written.push(Buffer.from(bytes as string).toString());
    this.isEnded = true;
  }
}

function replayTo(client: Client, body: Uint8Array, eventsPerSecond: number): PacedReplay {
  const response = client as unknown as ConstructorParameters<typeof PacedReplay>[0]['response'];
  const replay = new PacedReplay({ response, body, eventsPerSecond, wait: client.wait });
  replay.start();
  return replay;
}

test('the first events go at once, the others one part at a time, and the end with the last', () => {
  const client = new Client();
  const body = events(10);
  const replay = replayTo(client, body, 50);
  assert.deepEqual(client.written, ['data: 0\n\n']);
  assert.equal(replay.sentBytes, 9);
  for (let part = 2; part < 10; part += 1) assert.ok(client.tick());
  assert.equal(client.written.length, 9);
  assert.ok(!client.isEnded);
  assert.ok(client.tick());
  assert.ok(client.isEnded);
  assert.equal(client.written.join(''), body.toString());
  assert.ok(!client.tick());
});

test('whatever the answer and the pace, parts join to it, end where events end, and take a second at most', () => {
  const lineEnd = fc.constantFrom('\n', '\r\n');
  const pace = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.nat(3000), lineEnd, pace, fc.string(), (count, line, eventsPerSecond, rest) => {
      const body = Buffer.concat([events(count, line), Buffer.from(rest)]);
      const parts = partsOf(body, eventsPerSecond);
      assert.ok(Buffer.concat(parts).equals(body));
      assert.ok(parts.length >= 1 && parts.length <= 51);
      for (const part of parts.slice(0, -1))
        assert.ok(
          Buffer.from(part)
            .toString()
            .endsWith(line + line),
        );
      if (eventsPerSecond === Number.POSITIVE_INFINITY) assert.equal(parts.length, 1);
    }),
  );
});

test('a client that does not read is waited for', () => {
  const client = new Client();
  client.hasRoom = false;
  replayTo(client, events(4), 50);
  assert.equal(client.written.length, 1);
  assert.ok(!client.tick());
  client.hasRoom = true;
  client.emit('drain');
  assert.equal(client.written.length, 1);
  assert.ok(client.tick());
  assert.equal(client.written.length, 2);
});

test('a client that leaves ends it, and so does a last word, behind a whole event', () => {
  const left = new Client();
  replayTo(left, events(10), 50);
  left.emit('close');
  assert.ok(!left.tick());
  left.emit('drain');
  assert.equal(left.written.length, 1);
  const cut = new Client();
  const replay = replayTo(cut, events(10), 50);
  replay.endWith('event: error\n\n');
  replay.endWith('event: error\n\n');
  assert.ok(!cut.tick());
  assert.deepEqual(cut.written, ['data: 0\n\n', 'event: error\n\n']);
});

test('it looks at the clock no more often than a screen is drawn', () => {
  const client = new Client();
  replayTo(client, events(100), 1000);
  while (client.tick());
  assert.ok(client.isEnded);
  assert.equal(client.written.length, 6);
  assert.deepEqual(new Set(client.waitingMs), new Set([20]));
});
