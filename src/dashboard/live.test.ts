import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import type { LiveEvent, LiveFeed } from '../core/journal.ts';
import type { RequestRecord } from '../core/record.ts';
import type { LiveMessage } from './contract.ts';
import { LiveSockets } from './live.ts';

class TestFeed implements LiveFeed {
  readonly listeners = new Set<(event: LiveEvent) => void>();
  publish(event: LiveEvent): void {
    for (const listener of this.listeners) listener(event);
  }
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const feed = new TestFeed();
const sockets = new LiveSockets(feed);
const server = createServer();
let url = '';

before(async () => {
  server.on('upgrade', (request, socket, head) => sockets.accept(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  sockets.close();
  server.close();
});

/** Only what the sockets look at; `path` makes it as long as a test needs. */
function publish(id: string, path = '/'): void {
  feed.publish({ type: 'settled', record: { id, path } as RequestRecord });
}

async function connected(): Promise<{ socket: WebSocket; next: () => Promise<LiveMessage> }> {
  const socket = new WebSocket(url);
  const arrived: LiveMessage[] = [];
  const waiting: ((message: LiveMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as LiveMessage;
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(message);
    else taker(message);
  });
  await once(socket, 'open');
  const next = (): Promise<LiveMessage> => {
    const message = arrived.shift();
    return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
  };
  return { socket, next };
}

async function gone(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

test('several states of a request arrive as one, the newest', async () => {
  const { socket, next } = await connected();
  publish('one', '/first');
  publish('two');
  publish('one', '/second');
  const { records, missed } = await next();
  assert.deepEqual(
    records.map(({ id, path }) => [id, path]),
    [
      ['one', '/second'],
      ['two', '/'],
    ],
  );
  assert.equal(missed, false);
  await gone(socket);
});

test('a burst past the limit is cut, and every reader is told', async () => {
  const { socket, next } = await connected();
  for (let index = 0; index < 501; index++) publish(`burst-${index}`);
  const { records, missed } = await next();
  assert.equal(records.length, 500);
  assert.equal(missed, true);
  publish('later');
  assert.equal((await next()).missed, false, 'the cut was told twice');
  await gone(socket);
});

test('a slow reader loses events, holds up nobody, and is told once it has caught up', async () => {
  const slow = await connected();
  const quick = await connected();
  slow.socket.pause();
  // More than the kernel's buffers hold.
  for (let index = 0; index < 500; index++) publish(`long-${index}`, 'x'.repeat(50_000));
  assert.equal((await quick.next()).records.length, 500);
  publish('meanwhile');
  assert.deepEqual(
    (await quick.next()).records.map(({ id }) => id),
    ['meanwhile'],
  );
  slow.socket.resume();
  const first = await slow.next();
  assert.deepEqual([first.records.length, first.missed], [500, false]);
  assert.deepEqual(await slow.next(), { records: [], missed: true });
  publish('again');
  const last = await slow.next();
  assert.deepEqual([last.records.map(({ id }) => id), last.missed], [['again'], false]);
  await Promise.all([gone(slow.socket), gone(quick.socket)]);
});

test('nobody listens to the feed while no dashboard is open', async () => {
  const { socket, next } = await connected();
  assert.equal(feed.listeners.size, 1);
  publish('seen');
  await next();
  const other = await connected();
  await gone(socket);
  publish('also seen');
  await other.next();
  assert.equal(feed.listeners.size, 1);
  await gone(other.socket);
  while (feed.listeners.size > 0) await new Promise(setImmediate);
});

test('closing cuts off a browser that does not say goodbye', { timeout: 10_000 }, async () => {
  const silent = await connected();
  silent.socket.pause();
  sockets.close();
  server.close();
  await once(server, 'close');
  silent.socket.terminate();
});
