// Failover under every fault, over real sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '../self-signed.ts';
import { assertSoonest } from '../soonest.ts';
import { type Bench, CHAT, startBench } from './bench.ts';

let bench: Bench;
const servers: Server[] = [];
before(async () => {
  bench = await startBench({
    TOKENWATCH_CONNECT_TIMEOUT: '5',
    TOKENWATCH_OVERALL_TIMEOUT: '3s',
    TOKENWATCH_FAILOVER_HEAD_TIMEOUT: '1s',
  });
});
afterEach(async () => {
  const names = (await bench.rows()).filter(({ name }) => name !== 'default').map(({ name }) => name);
  await bench.remove(...names);
});
after(async () => {
  await bench.close();
  for (const server of servers) server.close();
});

const STREAM = { ...CHAT, stream: true };

/** A server that does with each connection what `serve` says. */
async function raw(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The request succeeds at the upstream of the settings, after one failed attempt. */
async function failsOver(
  parts: Readonly<Record<string, unknown>>,
  outcome: string,
  status: number | null = null,
  body: unknown = CHAT,
): Promise<void> {
  await bench.add('faulty', parts);
  const asked = await bench.chat({ body });
  assert.equal(asked.response.status, 200, asked.text);
  assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'default');
  assert.equal(asked.response.headers.get('x-tokenwatch-attempts'), '2');
  const record = await asked.record();
  assert.equal(record.outcome, 'completed');
  assert.equal(record.upstream, bench.standard.url);
  assert.deepEqual(
    record.attempts?.map((attempt) => [attempt.upstream, attempt.outcome, attempt.status]),
    [
      ['faulty', outcome, status],
      ['default', 'answered', 200],
    ],
  );
}

test('a refused connection', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await failsOver({ url: `http://127.0.0.1:${port}` }, 'unreachable');
});

test('a host name that nobody knows', () => failsOver({ url: 'http://nowhere.invalid' }, 'unreachable'));

test('TLS where none is spoken', async () =>
  failsOver({ url: bench.other.url.replace('http:', 'https:') }, 'unreachable'));

test('a certificate that nobody vouches for', async () => {
  const server = createTlsServer(selfSigned('127.0.0.1'), (_request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as AddressInfo;
  await failsOver({ url: `https://127.0.0.1:${port}` }, 'unreachable');
  server.close();
});

test('a connection that closes without an answer', async () => {
  const address = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()));
  await failsOver({ url: `http://${address}` }, 'broken');
});

test('what is no HTTP', async () => {
  const address = await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
  await failsOver({ url: `http://${address}` }, 'broken');
});

test('a whole answer whose head does not come', () =>
  failsOver({ headers: { 'x-simulate': 'hang' } }, 'timed_out'));

test('a stream whose head does not come is waited for less long', () =>
  assertSoonest(2800, async () => {
    await failsOver({ headers: { 'x-simulate': 'hang' } }, 'timed_out', null, STREAM);
    await bench.remove('faulty');
  }));

for (const [fault, outcome] of [
  ['hang-after=0', 'timed_out'],
  ['break-after=0', 'broken'],
  ['reset-after=0', 'broken'],
] as const)
  test(`${fault}: a good head without a byte behind it has not reached the client yet`, () =>
    failsOver({ headers: { 'x-simulate': fault } }, outcome, null, STREAM));

test('a stream that ends without a byte', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n';
  const url = await raw((socket) => socket.once('data', () => socket.end(head)));
  await failsOver({ url: `http://${url}` }, 'broken', null, STREAM);
});

test('a stream whose first byte does not come is waited for no longer than for its head', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';
  const url = await raw((socket) => socket.once('data', () => socket.write(head)));
  await assertSoonest(2800, async () => {
    await failsOver({ url: `http://${url}` }, 'timed_out', null, STREAM);
    await bench.remove('faulty');
  });
});

const LIMIT = '{"error":{"message":"Slow down","type":"rate_limit_error"}}';
for (const [what, status, body, asked] of [
  ['a stream that begins with a limit', 429, `data: ${LIMIT}\n\n`, STREAM],
  ['a whole answer that is a limit', 429, LIMIT, CHAT],
  ['a whole answer that is an error', 502, '{"error":{"message":"no","type":"server_error"}}', CHAT],
] as const) {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  test(`${what} inside a 200`, async () => {
    const url = await raw((socket) => socket.once('data', () => socket.end(answer)));
    await failsOver({ url: `http://${url}` }, 'error_status', status, asked);
  });

  test(`${what} inside a 200 is the client’s where nobody answers better`, async () => {
    const url = await raw((socket) => socket.once('data', () => socket.end(answer)));
    await bench.add('faulty', { url: `http://${url}`, priority: 1 });
    for (const name of ['second', 'third']) await bench.add(name, { url: 'http://nowhere.invalid' });
    const { response, text } = await bench.chat({ body: asked });
    assert.deepEqual([response.status, text], [200, body]);
  });
}

for (const status of [429, 500, 502, 503, 529])
  test(`status ${status}`, () =>
    failsOver({ headers: { 'x-simulate': `status=${status}` } }, 'error_status', status));

test('an error whose body does not end', async () => {
  const address = await raw((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 503 No\r\ncontent-length: 100\r\n\r\nslow')),
  );
  await failsOver({ url: `http://${address}` }, 'error_status', 503);
});

test("statuses that are the request's own fault pass as they are", async () => {
  for (const status of [400, 401, 403, 404, 413, 422]) {
    await bench.add('strict', { headers: { 'x-simulate': `status=${status}` } });
    const asked = await bench.chat();
    assert.equal(asked.response.status, status);
    assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'strict');
    assert.equal((await asked.record()).attempts, null);
    const { health } = (await bench.rows()).find(({ name }) => name === 'strict') ?? {};
    assert.equal(health?.[0]?.errorRate, 0);
    await bench.remove('strict');
  }
});

for (const [fault, outcome] of [
  ['break-after=2', 'upstream_broken'],
  ['reset-after=2', 'upstream_broken'],
  ['hang-after=2', 'timed_out'],
] as const)
  test(`${fault}: once a byte reached the client nothing is sent again, and the client sees the break`, async () => {
    const sent = bench.standard.requests.length;
    await bench.add('faulty', { headers: { 'x-simulate': fault } });
    const seen: string[] = [];
    const response = await fetch(`${bench.app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': `s-${fault}` },
      body: JSON.stringify(STREAM),
    });
    const decoder = new TextDecoder();
    await assert.rejects(async () => {
      for await (const chunk of response.body ?? []) seen.push(decoder.decode(chunk as Uint8Array));
    });
    const record = await bench.app.recordOf(`s-${fault}`);
    assert.equal(record.outcome, outcome);
    assert.equal(record.upstreamName, 'faulty');
    assert.equal(record.attempts, null);
    assert.equal(bench.standard.requests.length, sent);
    const { health } = (await bench.rows()).find(({ name }) => name === 'faulty') ?? {};
    assert.ok((health?.[0]?.errorRate ?? 0) > 0, 'the break counts against it');
  });

test('a stream that begins with an error of the provider', () =>
  failsOver({ headers: { 'x-simulate': 'error-after=0' } }, 'broken', null, STREAM));

test('the same, compressed', async () => {
  const event = 'data: {"error":{"message":"The server is full","type":"overloaded_error"}}\n\n';
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n';
  const body = gzipSync(event);
  const answer = Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
  const url = await raw((socket) => socket.once('data', () => socket.end(answer)));
  await failsOver({ url: `http://${url}` }, 'broken', null, STREAM);
});

test('an error inside a stream passes, and counts against the upstream', async () => {
  await bench.add('faulty', { headers: { 'x-simulate': 'error-after=2' } });
  const asked = await bench.chat({ body: STREAM });
  assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'faulty');
  assert.match(asked.text, /error/);
  assert.equal((await asked.record()).outcome, 'upstream_error');
  const { health } = (await bench.rows()).find(({ name }) => name === 'faulty') ?? {};
  assert.ok((health?.[0]?.errorRate ?? 0) > 0);
});

test('a slow trickle is no failure', async () => {
  await bench.add('slow', { headers: { 'x-simulate': 'slow=120;cut=300' } });
  const asked = await bench.chat({ body: STREAM });
  assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'slow');
  assert.match(asked.text, /\[DONE\]/);
  assert.equal((await asked.record()).outcome, 'completed');
});

test('the body is sent again byte for byte, and a mapped model is the only difference', async () => {
  await bench.add('first', {
    headers: { 'x-simulate': 'status=503' },
    modelMap: { 'gpt-4o': 'team/gpt-4o' },
  });
  const body = `{"messages":[{"role":"user","content":"é \\u00e9 1.0"}],  "model" : "gpt-4o" ,"temperature":1.0}\n`;
  const [there, here] = [bench.other.requests.length, bench.standard.requests.length];
  const asked = await bench.chat({ body });
  assert.equal(asked.response.status, 200);
  const first = await bench.other.arrival(there);
  assert.equal(first.body.toString(), body.replace('"gpt-4o"', '"team/gpt-4o"'));
  assert.equal((await bench.standard.arrival(here)).body.toString(), body);
  const record = await asked.record();
  assert.equal(record.attempts?.[0]?.model, 'team/gpt-4o');
  assert.match(record.modelUsed ?? '', /^gpt-4o/);
});

test('a body that streams through goes to one upstream, and its failure is told', async () => {
  await bench.add('first', { headers: { 'x-simulate': 'status=503' } });
  const form = new FormData();
  form.set('model', 'whisper-1');
  form.set('file', new Blob(['sound'.repeat(50_000)]), 'a.wav');
  const response = await fetch(`${bench.app.proxyUrl}/openai/v1/audio/transcriptions`, {
    method: 'POST',
    body: form,
  });
  await response.arrayBuffer();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('x-tokenwatch-upstream'), 'first');
});

test("with nobody left the last answer is the client's, byte for byte and with its retry-after", async () => {
  const dead = await raw((socket) => socket.destroy());
  await bench.add('first', { priority: 1, headers: { 'x-simulate': 'status=529;retry-after=7' } });
  await bench.add('second', { priority: 2, url: `http://${dead}` });
  await bench.add('third', { priority: 3, url: 'http://nowhere.invalid' });
  const asked = await bench.chat();
  assert.equal(asked.response.status, 529);
  assert.equal(asked.response.headers.get('retry-after'), '7');
  assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'first');
  assert.equal(asked.response.headers.get('x-tokenwatch-attempts'), '3');
  assert.match(asked.text, /"error"/);
  const record = await asked.record();
  assert.equal(record.outcome, 'upstream_error');
  assert.equal(record.upstreamName, 'first');
  assert.equal(record.attempts?.length, 3);
});

test('an upstream that asked for rest is not asked before its time, and everybody resting is a 429', async () => {
  const limited = { 'x-simulate': 'status=429;retry-after=30' };
  await bench.add('first', { priority: 1, headers: limited });
  await bench.chat();
  const sent = bench.other.requests.length;
  const second = await bench.chat();
  assert.equal(second.response.headers.get('x-tokenwatch-upstream'), 'default');
  assert.equal(second.response.headers.get('x-tokenwatch-attempts'), null);
  assert.equal(bench.other.requests.length, sent);

  const simulated = { headers: { 'x-simulate': 'status=429;retry-after=30' } };
  assert.equal((await bench.chat(simulated)).response.status, 429);
  const refused = await bench.chat(simulated);
  assert.equal(refused.response.headers.get('x-tokenwatch-error'), 'upstream_rate_limited');
  assert.equal(refused.response.status, 429);
  assert.ok(Number(refused.response.headers.get('retry-after')) > 20);
  assert.match(refused.text, /first \(429\), default \(429\)/);
  assert.equal((await refused.record()).outcome, 'refused');
  // Another client has another key, and so another limit at the upstream that takes its key.
  const another = await bench.chat({ headers: { authorization: 'Bearer another' } });
  assert.equal(another.response.headers.get('x-tokenwatch-upstream'), 'default');
});

test('a client that leaves is no failure of the upstream', async () => {
  await bench.add('slow', { headers: { 'x-simulate': 'delay=800' } });
  const leaving = new AbortController();
  const sent = bench.other.requests.length;
  const asked = bench.chat({ signal: leaving.signal });
  await bench.other.arrival(sent);
  leaving.abort();
  await assert.rejects(asked);
  await (await bench.other.arrival(sent)).closed;
  const { health } = (await bench.rows()).find(({ name }) => name === 'slow') ?? {};
  assert.equal(health?.[0]?.errorRate, 0);
});

test('failover can be switched off, limited, and kept from the upstream of the settings', async () => {
  const faulty = { headers: { 'x-simulate': 'status=503' } };
  for (const [settings, status, attempts] of [
    [{ TOKENWATCH_FAILOVER_ON: 'off' }, 503, null],
    [{ TOKENWATCH_FAILOVER_ON: 'connect,529' }, 503, null],
    [{ TOKENWATCH_FAILOVER_ATTEMPTS: '1' }, 503, null],
    [{ TOKENWATCH_FAILOVER_ATTEMPTS: '2' }, 503, '2'],
    [{ TOKENWATCH_FAILOVER_TO_DEFAULT: 'false' }, 503, '2'],
    [{}, 200, '3'],
  ] as const) {
    const other = await startBench(settings);
    await other.add('first', { ...faulty, priority: 1 });
    await other.add('second', { ...faulty, priority: 2 });
    const { response } = await other.chat();
    assert.equal(response.status, status, JSON.stringify(settings));
    assert.equal(response.headers.get('x-tokenwatch-attempts'), attempts, JSON.stringify(settings));
    await other.close();
  }
});
