import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import type { RequestRecord } from '../../core/record.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { LiveMessage, ReplayRun } from '../contract.ts';
import { happenedElsewhere } from './happenings.ts';
import { LiveSockets } from './live.ts';

type News = Extract<LiveMessage, { readonly type: 'events' | 'snapshot' }>;

let clients = 0;
let onClients = (): void => undefined;
const sockets = new LiveSockets(async (count) => {
  clients = count;
  onClients();
});
const server = createServer();
let url = '';

before(async () => {
  server.on('upgrade', (request, socket, head) =>
    sockets.accept(request, socket, head, () => ({ seesReplays: request.url !== '/viewer' })),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  sockets.close();
  server.close();
});

/** Only what the sockets look at; `path` makes it as long as a test needs. */
function publish(id: string, with_: Partial<RequestRecord> = {}): void {
  const record = { id, path: '/', outcome: 'completed', usage: NO_USAGE, costNanoUsd: 5, ...with_ };
  sockets.push(happenedElsewhere(JSON.stringify(record)));
}

interface Client {
  readonly socket: WebSocket;
  /** Beats are left out. */
  readonly next: () => Promise<News>;
}

async function connected(query = ''): Promise<Client> {
  const socket = new WebSocket(url + query);
  const arrived: News[] = [];
  const waiting: ((message: News) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.type !== 'events' && message.type !== 'snapshot') return;
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(message);
    else taker(message);
  });
  await once(socket, 'open');
  const next = (): Promise<News> => {
    const message = arrived.shift();
    return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
  };
  return { socket, next };
}

/** Past its first message. */
async function listening(): Promise<Client> {
  const client = await connected();
  assert.equal((await client.next()).type, 'snapshot');
  return client;
}

async function gone(socket: WebSocket): Promise<void> {
  const before = clients;
  const left = new Promise<void>((resolve) => {
    onClients = () => {
      if (clients < before) resolve();
    };
  });
  socket.close();
  await left;
}

const ids = ({ records }: News): readonly string[] => records.map(({ id }) => id);

test('several states of a request arrive as one, the newest, with the sums of what ended', async () => {
  const { socket, next } = await listening();
  publish('one', { outcome: 'in_flight' });
  publish('two', { outcome: 'refused', costNanoUsd: 0 });
  publish('one', { path: '/second', usage: { ...NO_USAGE, cacheReadTokens: 3, outputTokens: 2 } });
  const { type, records, leftOut, totals } = await next();
  assert.deepEqual(
    records.map(({ id, path }) => [id, path]),
    [
      ['two', '/'],
      ['one', '/second'],
    ],
  );
  assert.deepEqual([type, leftOut], ['events', 0]);
  assert.deepEqual(totals, {
    requests: 2,
    failedRequests: 1,
    unpricedRequests: 0,
    inputTokens: 3,
    outputTokens: 2,
    costNanoUsd: 5,
  });
  await gone(socket);
});

test('a replay is told of by its newest state, and only to those who may see it', async () => {
  const [operator, viewer] = [await connected(), await connected('/viewer')];
  const told = (socket: WebSocket): LiveMessage[] => {
    const messages: LiveMessage[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data)) as LiveMessage));
    return messages;
  };
  const [toOperator, toViewer] = [told(operator.socket), told(viewer.socket)];
  for (const client of [operator, viewer]) await client.next();
  const run = (id: string, done: number) => ({ id, done }) as ReplayRun;
  for (const done of [1, 2, 3]) sockets.showReplay(run('one', done));
  sockets.showReplay(run('two', 7));
  // What is told afterwards comes behind it.
  publish('after');
  for (const client of [operator, viewer]) await client.next();
  const replays = (messages: readonly LiveMessage[]) => messages.filter(({ type }) => type === 'replay');
  publish('later');
  for (const client of [operator, viewer]) await client.next();
  assert.deepEqual(replays(toOperator), [
    { type: 'replay', run: run('one', 3) },
    { type: 'replay', run: run('two', 7) },
  ]);
  assert.deepEqual(replays(toViewer), []);
  for (const { socket } of [operator, viewer]) await gone(socket);
});

test('a burst is told by its newest hundred and by how many more there were', async () => {
  const { socket, next } = await listening();
  for (let index = 0; index < 250; index++) publish(`burst-${index}`);
  const news = await next();
  assert.deepEqual([news.records.length, news.leftOut, ids(news).at(-1)], [100, 150, 'burst-249']);
  publish('later');
  assert.equal((await next()).leftOut, 0, 'the cut was told twice');
  await gone(socket);
});

test('a page that comes back gets what it missed, once each, and nothing else', async () => {
  const first = await listening();
  const other = await listening();
  publish('seen');
  const { epoch, seq } = await first.next();
  await gone(first.socket);
  publish('missed-1');
  publish('missed-2');
  await other.next();
  const again = await connected(`?epoch=${epoch}&after=${seq}`);
  const missed = await again.next();
  assert.deepEqual([missed.type, ids(missed)], ['events', ['missed-1', 'missed-2']]);
  publish('live');
  assert.deepEqual(ids(await again.next()), ['live']);
  await gone(again.socket);
  await gone(other.socket);
});

/** The sums that a page without rows is told. */
async function sumsOf(socket: WebSocket): Promise<number> {
  for (;;) {
    const [data] = (await once(socket, 'message')) as [Buffer];
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.type === 'totals') return message.totals.requests;
    assert.equal(message.type, 'beat', 'a page without rows is told of sums and beats alone');
  }
}

test('a page that lists no requests gets sums alone, and what it missed when it lists them again', async () => {
  const other = await listening();
  const page = await listening();
  publish('seen');
  const { epoch, seq, totals } = await page.next();
  await other.next();
  page.socket.send(JSON.stringify({ rows: false }));
  // The server has heard it once it answers what was sent behind it.
  page.socket.ping();
  await once(page.socket, 'pong');
  publish('missed-1');
  publish('missed-2');
  assert.equal(await sumsOf(page.socket), totals.requests + 2);
  await other.next();
  page.socket.send(JSON.stringify({ rows: true, epoch, after: seq }));
  const missed = await page.next();
  assert.deepEqual([missed.type, ids(missed)], ['events', ['missed-1', 'missed-2']]);
  publish('live');
  assert.deepEqual(ids(await page.next()), ['live'], 'something was told twice, or left out');
  await other.next();
  await gone(page.socket);
  await gone(other.socket);
});

test('a page that opens without rows begins with sums, and each change of them reaches it', async () => {
  const socket = new WebSocket(`${url}/?rows=false`);
  const first = await sumsOf(socket);
  publish('one');
  assert.equal(await sumsOf(socket), first + 1);
  publish('two');
  assert.equal(await sumsOf(socket), first + 2);
  socket.send(JSON.stringify({ rows: true }));
  for (;;) {
    const [data] = (await once(socket, 'message')) as [Buffer];
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.type === 'snapshot') break;
    assert.equal(message.type, 'beat');
  }
  await gone(socket);
});

test('many pages are told in turns, each everything once and in order', async () => {
  const pages = await Promise.all(Array.from({ length: 23 }, () => listening()));
  const [first, ...others] = pages as [Client, ...Client[]];
  publish('one');
  assert.deepEqual(ids(await first.next()), ['one']);
  // While the others wait for their turn, the first starts anew.
  first.socket.send(JSON.stringify({ rows: false }));
  first.socket.send(JSON.stringify({ rows: true }));
  assert.equal((await first.next()).type, 'snapshot');
  publish('two');
  for (const page of others) assert.deepEqual(ids(await page.next()), ['one']);
  for (const page of pages) assert.deepEqual(ids(await page.next()), ['two']);
  for (const { socket } of pages) await gone(socket);
});

test('what no page says ends the connection with a reason', async () => {
  for (const words of ['hello', '{"rows":1}', 'null', '[]']) {
    const { socket } = await listening();
    socket.send(words);
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    assert.equal(code, 1003);
    assert.match(String(reason), /say \{"rows":true/);
  }
});

test('a page that changes its mind without end is cut, and others are told on', async () => {
  const [restless, other] = [await listening(), await listening()];
  const closed = once(restless.socket, 'close') as Promise<[number]>;
  for (let times = 0; times < 200; times += 1)
    restless.socket.send(JSON.stringify({ rows: times % 2 === 1 }));
  assert.equal((await closed)[0], 1008);
  publish('after');
  assert.deepEqual(ids(await other.next()), ['after']);
  await gone(other.socket);
});

test('what is not known any more is answered with a snapshot', async () => {
  const { socket, next } = await listening();
  publish('one');
  const { epoch, seq } = await next();
  for (const query of [
    '?epoch=other&after=1',
    `?epoch=${epoch}&after=${seq + 1}`,
    `?epoch=${epoch}&after=x`,
  ]) {
    const again = await connected(query);
    assert.equal((await again.next()).type, 'snapshot', query);
    await gone(again.socket);
  }
  sockets.forget();
  const late = await connected(`?epoch=${epoch}&after=${seq}`);
  const snapshot = await late.next();
  assert.deepEqual([snapshot.type, snapshot.records], ['snapshot', []]);
  await gone(late.socket);
  await gone(socket);
});

test('a slow reader holds up nobody, and gets a snapshot once it has caught up', async () => {
  const slow = await listening();
  const quick = await listening();
  slow.socket.pause();
  // More than the kernel's buffers hold.
  for (let round = 0; round < 4; round++) {
    for (let index = 0; index < 10; index++) publish(`long-${round}-${index}`, { path: 'x'.repeat(500_000) });
    assert.equal((await quick.next()).records.length, 10);
  }
  publish('meanwhile');
  assert.equal(ids(await quick.next()).at(-1), 'meanwhile');
  slow.socket.resume();
  let message = await slow.next();
  while (message.type === 'events') message = await slow.next();
  assert.equal(ids(message).at(-1), 'meanwhile');
  publish('again');
  assert.deepEqual(ids(await slow.next()), ['again']);
  await gone(slow.socket);
  await gone(quick.socket);
});

test('closing cuts off a browser that does not say goodbye', { timeout: 60_000 }, async () => {
  const silent = await listening();
  silent.socket.pause();
  sockets.close();
  server.close();
  await once(server, 'close');
  silent.socket.terminate();
});

test('no more pages listen than can be told; who comes then is refused, until one leaves', async (context) => {
  const few = new LiveSockets(async () => {}, 2);
  const own = createServer().on('upgrade', (request, socket, head) =>
    few.accept(request, socket, head, () => ({ seesReplays: false })),
  );
  own.listen(0, '127.0.0.1');
  await once(own, 'listening');
  context.after(() => {
    few.close();
    own.close();
  });
  const come = async (): Promise<WebSocket | null> => {
    const socket = new WebSocket(`ws://127.0.0.1:${(own.address() as AddressInfo).port}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true)).once('error', () => resolve(false));
    });
    return isOpen ? socket : null;
  };
  const [first, second] = [await come(), await come()];
  assert.ok(first !== null && second !== null);
  assert.equal(await come(), null);
  first.close();
  // The server has heard of it when it has said goodbye.
  await once(first, 'close');
  let third = await come();
  while (third === null) third = await come();
  third.terminate();
  second.terminate();
});
