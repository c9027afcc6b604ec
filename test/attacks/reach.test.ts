// Where requests and notices may be made to go: a link's own addresses, by any spelling and by a name that turns; redirects
// with credentials; keys of one provider at another.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { buildConnector, Client } from 'undici';
import WebSocket from 'ws';
import { isRefusedAddress } from '../../src/core/refused-address.ts';
import { refuseAllOnceConnected, refuseOnceConnected } from '../../src/runtime/refused-connection.ts';
import { readSettings } from '../../src/settings.ts';
import { traceExporter } from '../../src/telemetry/otel/exporters.ts';
import { otelConfig } from '../../src/telemetry/otel/otel-config.ts';
import { egressFetch } from '../../src/upstream/egress.ts';
import { Forwarder } from '../../src/upstream/forward.ts';
import { guardedConnector } from '../../src/upstream/guarded-connector.ts';
import { assertSoonest } from '../soonest.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { answerOf, type Listener, startListener } from './listener.ts';

let upstream: Listener;
let elsewhere: Listener;
let app: TestApp;
before(async () => {
  [upstream, elsewhere] = await Promise.all([startListener(), startListener()]);
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: upstream.url, TOKENWATCH_RETRY: '0' } });
});
after(async () => {
  await app?.close();
  await Promise.all([upstream?.close(), elsewhere?.close()]);
});

const post = async (path: string, body: object): Promise<{ status: number; text: string }> => {
  const response = await fetch(app.dashboardUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...app.adminHeaders },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};

const METADATA = [
  'http://169.254.169.254/latest/meta-data/iam',
  'http://2852039166/',
  'http://0xA9FEA9FE/',
  'http://0251.0376.0251.0376/',
  'http://[::ffff:169.254.169.254]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://100.100.100.200/',
  'http://[::a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::169.254.169.254]/',
  'http://[::ffff:0:a9fe:a9fe]/',
  'http://168.63.129.16/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://169.254.169.254./',
];

test('no upstream, no rule and no webhook takes an address of the link itself', async () => {
  for (const [index, url] of METADATA.entries()) {
    const upstreamAnswer = await post('/api/upstreams', { name: `m${index}`, api: 'openai', url });
    assert.equal(upstreamAnswer.status, 400, url);
    assert.match(upstreamAnswer.text, /network link itself/);
    const budget = await post('/api/budgets', { name: `m${index}`, limit: 1, webhookUrl: url });
    assert.equal(budget.status, 400, url);
    assert.match(budget.text, /network link itself/);
  }
});

test('no setting that names whom the server calls takes one, and no standard variable of a collector', () => {
  const words = { code: 'invalid_setting', message: /network link itself/ };
  const named = { TOKENWATCH_DATA_DIR: '/x' };
  for (const url of METADATA) {
    for (const setting of [
      { TOKENWATCH_OPENAI_URL: url },
      { TOKENWATCH_ANTHROPIC_URL: url },
      { TOKENWATCH_OTEL_ENDPOINT: url },
      { TOKENWATCH_OTEL_ENDPOINT: new URL(url).host },
      { TOKENWATCH_OIDC_ISSUER: url.replace('http:', 'https:') },
      { TOKENWATCH_CACHE_EMBEDDER: `endpoint:${url}#model` },
    ])
      assert.throws(() => readSettings({ ...named, ...setting }), words, JSON.stringify(setting));
    const wish = { endpoint: null, serviceName: null, version: '', instanceId: '' };
    for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'])
      assert.throws(() => otelConfig(wish, { [name]: url }), words, name);
  }
});

test('a name that leads there is refused once it is known where it leads, before a byte is sent', async (context) => {
  let bytes = 0;
  const server: Server = createServer().listen(0, '127.0.0.1');
  server.on('connection', (socket) => socket.on('data', ({ length }: Buffer) => (bytes += length)));
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const asked: string[] = [];
  // As if this machine's own address were the metadata's: a name server may say so at any time.
  const isRefused = (address: string): boolean => {
    asked.push(address);
    return true;
  };
  const words = /network link itself/;
  for (const url of [origin, origin.replace('http', 'https')]) {
    const client = new Client(url, { connect: guardedConnector(buildConnector({}), isRefused) });
    await assert.rejects(client.request({ path: '/', method: 'GET' }), words);
    await client.destroy();
  }
  // For traffic,
  const forwarder = new Forwarder({
    ...{ connectTimeoutMs: 5000, silenceTimeoutMs: 5000, proxies: null },
    isRefused,
  });
  const failure = await new Promise<Error>((resolve, reject) => {
    const handler = {
      onRequestStart() {},
      onResponseData() {},
      onResponseEnd() {},
      onResponseError: (_controller: unknown, error: Error) => resolve(error),
    };
    const request = { origin, path: '/', method: 'POST', headers: ['a', 'b'], body: Buffer.from('x') };
    forwarder.dispatch(request, { ...handler, onResponseStart: () => reject(new Error('it was asked')) });
  });
  assert.match(String(failure.cause ?? failure), words);
  await forwarder.close();
  // for webhooks,
  const told = await egressFetch(null, isRefused)(origin, { method: 'POST', body: 'x' }).catch(String);
  assert.match(String(told), /fetch failed/);
  // for a collector, by either protocol and over TLS,
  const endRefusals = refuseAllOnceConnected(isRefused);
  context.after(endRefusals);
  for (const protocol of ['http/protobuf', 'grpc'])
    for (const url of [origin, origin.replace('http', 'https')]) {
      const wish = { endpoint: url, serviceName: null, version: '', instanceId: '' };
      const environment = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
      const traces = otelConfig(wish, environment)?.traces ?? assert.fail('nothing is sent');
      const exporter = await traceExporter(traces);
      const { code } = await new Promise<{ code: number }>((resolve) => exporter.export([], resolve));
      assert.equal(code, 1, `${protocol} to ${url}`);
      await exporter.shutdown();
    }
  endRefusals();
  // and for WebSockets.
  const handshake = request(origin, { headers: { upgrade: 'websocket', connection: 'Upgrade' } });
  handshake.on('socket', (socket) => refuseOnceConnected(socket, isRefused)).end();
  assert.match(String(((await once(handshake, 'error')) as [Error])[0]), words);
  assert.ok(asked.every((address) => /127\.0\.0\.1|::1/.test(address)) && asked.length > 4, String(asked));
  assert.equal(bytes, 0);
  assert.ok(!isRefusedAddress('127.0.0.1'));
});

test('what exports to a collector sends nothing to where its name has turned', async (context) => {
  const ended = Promise.withResolvers<string>();
  const server: Server = createServer().listen(0, '127.0.0.1');
  server.on('connection', (socket) =>
    socket
      .once('data', () => ended.resolve('was sent something'))
      .once('close', () => ended.resolve('closed')),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const wish = { endpoint: `http://localhost:${port}`, serviceName: null, version: '', instanceId: '' };
  const config = otelConfig(wish, { OTEL_TRACES_EXPORTER: 'none', OTEL_METRIC_EXPORT_INTERVAL: '20' });
  // In that thread, too, every socket says that it has reached the metadata's address.
  const turned = `import { Socket } from 'node:net';
    Socket.prototype._getpeername = () => ({ address: '169.254.169.254', port: 80 });`;
  const worker = new Worker(new URL('../../src/telemetry/otel/otel-worker.ts', import.meta.url), {
    workerData: config,
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(turned)}`],
  });
  context.after(async () => {
    await worker.terminate();
    server.closeAllConnections();
    server.close();
  });
  const level = { name: 'b', period: 'daily', limitNanoUsd: 1, spentNanoUsd: 0, reservedNanoUsd: 0 };
  worker.postMessage({ type: 'budgets', levels: [level] });
  assert.equal(await ended.promise, 'closed');
});

test('neither a request nor a WebSocket of a running server is sent to where a name has turned', async (context) => {
  let bytes = 0;
  const server: Server = createServer().listen(0, '127.0.0.1');
  server.on('connection', (socket) => socket.on('data', ({ length }: Buffer) => (bytes += length)));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const other = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: `http://localhost:${port}`, TOKENWATCH_RETRY: '0' },
  });
  // Sockets that are connected there say that it is the metadata's address. What they ask has no name in Node's types.
  const sockets = Socket.prototype as unknown as { _getpeername(): { address?: string; port?: number } };
  const told = sockets._getpeername;
  sockets._getpeername = function () {
    const peer = told.call(this);
    return peer.port === port ? { ...peer, address: '169.254.169.254' } : peer;
  };
  context.after(async () => {
    sockets._getpeername = told;
    await other.close();
    server.closeAllConnections();
    server.close();
  });
  const response = await fetch(`${other.proxyUrl}/openai/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer not-a-real-key' },
    body: '{"model":"text-embedding-3-small","input":"x"}',
  });
  assert.equal(response.status, 502);
  assert.match(await response.text(), /network link itself/);
  const socket = new WebSocket(`${other.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=x`);
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(error.message, /502/);
  assert.equal(bytes, 0);
});

test('redirects are the client’s answer: neither keys nor bodies follow them', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    upstream.answer = answerOf(`${status} Moved\r\nlocation: ${elsewhere.url}/stolen`);
    const response = await fetch(`${app.proxyUrl}/openai/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer not-a-real-key' },
      body: '{"model":"text-embedding-3-small","input":"x"}',
      redirect: 'manual',
    });
    await response.arrayBuffer();
    assert.equal(response.status, status);
  }
  upstream.answer = answerOf('200 OK');
  assert.deepEqual(elsewhere.heard, []);
});

test('what may be a credential stays with its origin on failover, also under a name that nobody knows', async () => {
  assert.equal(
    (await post('/api/upstreams', { name: 'second', api: 'openai', url: elsewhere.url })).status,
    200,
  );
  upstream.answer = answerOf('503 Down');
  elsewhere.heard.length = 0;
  const credentials = {
    authorization: 'Bearer not-a-real-key',
    'api-key': 'stolen-one',
    'x-corp-access-token': 'stolen-two',
    'x-vault-secret-id': 'stolen-three',
    'x-amz-security-token': 'stolen-four',
    'x-hub-signature-256': 'stolen-five',
    'proxy-authenticate-password': 'stolen-six',
    'x-goog-api-key': 'stolen-seven',
    'cf-access-client-secret': 'stolen-eight',
    cookie: 'session=stolen-nine',
    'openai-organization': 'stolen-ten',
  };
  const response = await fetch(
    `${app.proxyUrl}/openai/v1/embeddings?api_key=stolen-eleven&key=stolen-twelve&x=1`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-plain': 'kept', ...credentials },
      body: '{"model":"text-embedding-3-small","input":"x"}',
    },
  );
  await response.arrayBuffer();
  const heard = elsewhere.heard.join('');
  assert.match(heard, /x-plain: kept/i);
  assert.match(heard, /^POST \/v1\/embeddings\?x=1 /);
  for (const value of Object.values(credentials)) assert.ok(!heard.includes(value), value);
  assert.doesNotMatch(heard, /stolen/);
  upstream.answer = answerOf('200 OK');
});

test('bombs: a small body, or a small answer, that becomes a large one costs no memory', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const before = process.memoryUsage().rss;
  const response = await fetch(`${app.proxyUrl}/openai/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: bomb,
  });
  await response.arrayBuffer();
  assert.ok([200, 400, 413].includes(response.status));
  const text = bomb.toString('latin1');
  upstream.answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n${text}`;
  elsewhere.answer = upstream.answer;
  const asked = await fetch(`${app.proxyUrl}/openai/v1/models`, { headers: { 'accept-encoding': 'gzip' } });
  // The client would unpack it: that is its own matter.
  await asked.body?.cancel();
  assert.ok(process.memoryUsage().rss - before < 400 * 1024 * 1024);
  upstream.answer = answerOf('200 OK');
});

test('many bombs at once cost no more memory than all answers that are read may hold', async () => {
  const bomb = brotliCompressSync(Buffer.alloc(100 * 1024 * 1024, '{"model":"gpt-4o", '), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
  });
  upstream.answer = Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: br\r\ncontent-length: ${bomb.length}\r\n\r\n`,
    ),
    bomb,
  ]).toString('latin1');
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 5);
  await Promise.all(
    Array.from({ length: 60 }, async (_, number) => {
      const headers = { 'content-type': 'application/json', 'x-tokenwatch-session': `bomb-${number}` };
      const asked = request(`${app.proxyUrl}/openai/v1/embeddings`, { method: 'POST', headers });
      asked.end('{"model":"text-embedding-3-small","input":"x"}');
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      assert.equal((await app.recordOf(`bomb-${number}`)).costNanoUsd, null);
    }),
  );
  clearInterval(look);
  assert.ok(most < 1300 * 1024 * 1024, `${most} bytes`);
  upstream.answer = answerOf('200 OK');
});

test('floods of sockets and of messages hold neither the proxy nor the dashboard up', async () => {
  const sockets = Array.from(
    { length: 60 },
    () => new WebSocket(`${app.dashboardUrl.replace('http', 'ws')}/ws/live`),
  );
  // A message of two megabytes is more than a page ever says: it ends its own socket, and no other.
  const ended = sockets.map(async (socket) => ((await once(socket, 'close')) as [number])[0]);
  const opened = Promise.all(sockets.map((socket) => once(socket, 'open')));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.on('open', () => {
      for (let sent = 0; sent < 10; sent += 1) socket.send('{"rows":true}'.padEnd(1000));
      socket.send(Buffer.alloc(2 * 1024 * 1024));
    });
  }
  const tunnels = Array.from(
    { length: 40 },
    () => new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime`),
  );
  for (const socket of tunnels) socket.on('error', () => {});
  await assertSoonest(8000, async () => {
    for (let asked = 0; asked < 5; asked += 1) {
      assert.equal((await fetch(`${app.dashboardUrl}/health`)).status, 200);
      assert.equal((await fetch(`${app.proxyUrl}/health`)).status, 200);
    }
  });
  await opened;
  // The word of why may be lost with what was never read.
  for (const code of await Promise.all(ended)) assert.ok(code === 1009 || code === 1006, String(code));
  for (const socket of tunnels) socket.terminate();
});

test('a page that pings and never reads the answers is cut, instead of holding them', async () => {
  const { hostname, port } = new URL(app.dashboardUrl);
  const socket = connect(Number(port), hostname);
  const isCut = new Promise<void>((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve());
  });
  socket.write(
    'GET /ws/live HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 /);
  socket.pause();
  const pings = Buffer.concat(
    Array.from({ length: 500 }, () =>
      Buffer.concat([Buffer.from([0x89, 0xfd, 1, 2, 3, 4]), Buffer.alloc(125)]),
    ),
  );
  let isOver = false;
  void isCut.then(() => {
    isOver = true;
  });
  const flood = (): void => {
    if (isOver) return;
    socket.write(pings);
    setImmediate(flood);
  };
  flood();
  await isCut;
  assert.equal((await fetch(`${app.dashboardUrl}/health`)).status, 200);
});
