// Clients that speak HTTP/1.1 in unusual ways, by RFC 9112, and those that speak it slowly.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { sendRaw } from './faults/exchange.ts';
import { type HeldProvider, startHeldProvider } from './held-provider.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const BODY = '{"model":"gpt-4o-mini","messages":[]}';
const POST = `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n`;

let provider: HeldProvider;
let app: TestApp;
const warnings: string[] = [];

before(async () => {
  provider = await startHeldProvider();
  app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: provider.url },
    warn: (message) => warnings.push(message),
  });
});
after(async () => {
  await app?.close();
  await provider?.close();
});

function open(): Socket {
  const { hostname, port } = new URL(app.proxyUrl);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  return socket;
}

test('a target in absolute form leads where its path does', async () => {
  for (const host of ['http://tokenwatch.example', 'HTTPS://other:1/x/..'.slice(0, 15)]) {
    const got = await sendRaw(
      app.proxyUrl,
      Buffer.from(`GET ${host}/healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`),
      5000,
    );
    assert.match(got ?? '', /^HTTP\/1\.1 200 /);
  }
});

test('a connection stands longer than balancers keep theirs: who sends closes first', async () => {
  const { headers } = await fetch(`${app.proxyUrl}/health`);
  const seconds = Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1]);
  assert.ok(seconds > 60, headers.get('keep-alive') ?? 'nothing is said');
});

test('two Host headers are refused, in the shape of the protocol, and so is none', async () => {
  const before = provider.calls;
  const two = await sendRaw(
    app.proxyUrl,
    Buffer.from(`${POST}Host: y\r\nconnection: close\r\n\r\n${BODY}`),
    5000,
  );
  assert.match(two ?? '', /^HTTP\/1\.1 400 [\s\S]*"message":"The request has 2 Host headers/);
  const none = `${POST.replace('host: localhost\r\n', '')}connection: close\r\n\r\n${BODY}`;
  assert.match((await sendRaw(app.proxyUrl, Buffer.from(none), 5000)) ?? '', /^HTTP\/1\.1 400 /);
  assert.equal(provider.calls, before);
});

test('bodies of two lengths are refused: what stands behind could be another request', async () => {
  const before = provider.calls;
  for (const header of ['transfer-encoding: chunked', 'content-length: 3', 'transfer-encoding: xchunked']) {
    const got = await sendRaw(app.proxyUrl, Buffer.from(`${POST}${header}\r\n\r\n${BODY}`), 5000);
    assert.match(got ?? '', /^HTTP\/1\.1 400 /, header);
  }
  assert.equal(provider.calls, before);
});

test('what cannot be read as a request is told why', async () => {
  const before = provider.calls;
  const large = 'a'.repeat(300_000);
  for (const [bytes, told] of [
    [`${POST}x-a: ${large}\r\n\r\n${BODY}`, /^HTTP\/1\.1 431 [\s\S]*"code":"head_too_large".*131072 bytes/],
    ['hello\r\n\r\n', /^HTTP\/1\.1 400 [\s\S]*"code":"bad_request".*"This is no request of HTTP\/1\.1: /],
    [
      `${POST}x-a: b\0c\r\n\r\n${BODY}`,
      /^HTTP\/1\.1 400 [\s\S]*x-should-retry: false[\s\S]*Invalid header value char/,
    ],
    [
      `${POST.replace(/content-length.*\r\n/, '')}transfer-encoding: chunked\r\n\r\n1;${large}\r\nx\r\n`,
      /^HTTP\/1\.1 413 [\s\S]*16384 bytes/,
    ],
  ] as const)
    assert.match((await sendRaw(app.proxyUrl, Buffer.from(bytes), 5000)) ?? 'nothing', told);
  assert.equal(provider.calls, before);
});

test('a client that speaks HTTP/2 cannot read what it is told: the log says it once', async () => {
  for (let time = 0; time < 2; time += 1) {
    const session = connectHttp2(app.proxyUrl);
    session.on('error', () => {});
    const request = session.request({ ':method': 'POST', ':path': '/openai/v1/chat/completions' });
    await once(request, 'error').catch(() => {});
    session.destroy();
  }
  const told = warnings.filter((line) => line.includes('HTTP/2'));
  assert.match(told.join('\n'), /^A client of the proxy's port .*NodeHttpHandler\(\)\)\.$/);
});

test('what is no request of this proxy is told so', async () => {
  const before = provider.calls;
  const ask = async (text: string): Promise<string> =>
    (await sendRaw(app.proxyUrl, Buffer.from(text), 5000)) ?? '';
  const tunnel = await ask('CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n');
  assert.match(tunnel, /^HTTP\/1\.1 405 [\s\S]*"message":"TokenWatch is no forward proxy, .*HTTPS_PROXY/);
  const trace = await ask('TRACE /openai/v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  assert.match(trace, /^HTTP\/1\.1 405 [\s\S]*x-should-retry: false[\s\S]*TRACE would send back/);
  const hosts = await ask('GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n');
  assert.match(hosts, /^HTTP\/1\.1 400 [\s\S]*2 Host headers/);
  const coded = await ask(
    `${POST.replace(/content-length.*\r\n/, 'connection: close\r\ntransfer-encoding: gzip, chunked\r\n')}\r\n1\r\nx\r\n0\r\n\r\n`,
  );
  assert.match(coded, /^HTTP\/1\.1 400 [\s\S]*Transfer-Encoding is \\"gzip, chunked\\"/);
  const lost = await ask(
    'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  );
  assert.match(lost, /^HTTP\/1\.1 404 [\s\S]*\{"type":"error","error":\{"type":"not_found_error"/);
  assert.equal(provider.calls, before);
});

test('a client that half-closes behind its request gets its answer', async () => {
  const index = provider.calls;
  const socket = open();
  let got = '';
  socket.on('data', (bytes: Buffer) => {
    got += bytes.toString();
  });
  socket.end(`${POST}\r\n${BODY}`);
  const call = await provider.call(index);
  // Longer than the proxy waits before it asks whether anybody listens.
  await once(socket, 'data');
  assert.match(got, /^HTTP\/1\.1 102 /);
  call.head('application/json');
  call.end('{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}');
  await once(socket, 'end');
  assert.match(got, /\r\n\r\nHTTP\/1\.1 200 [\s\S]*"completion_tokens":1\}\}/);
});

test('a client that is gone costs nothing more: its upstream request ends, before an answer and within one', async () => {
  for (const begins of [false, true]) {
    const index = provider.calls;
    const socket = open();
    socket.write(`${POST}\r\n${BODY}`);
    const call = await provider.call(index);
    if (begins) {
      await call.write('data: {"choices":[]}\n\n');
      await once(socket, 'data');
    }
    // An orderly goodbye of the whole socket, as a process says it when it ends.
    socket.destroy();
    await call.closed;
    assert.equal(call.isAborted, true);
  }
});

test('a tunnel dies with its client, before and after it is open', async () => {
  const sockets: Socket[] = [];
  // One that never answers, and one that opens and then ignores that its client is gone.
  let accepts = false;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      server.emit('asked');
      if (accepts)
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n');
    });
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url } });
  try {
    for (accepts of [false, true]) {
      const { hostname, port } = new URL(other.proxyUrl);
      const asked = once(server, 'asked');
      const socket = connect(Number(port), hostname);
      socket.write(
        `GET /openai/v1/realtime?model=gpt-realtime HTTP/1.1\r\nhost: localhost\r\nx-tokenwatch-session: ${accepts}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: eA==\r\nsec-websocket-version: 13\r\n\r\n`,
      );
      await asked;
      if (accepts) await once(socket, 'data');
      socket.end();
      socket.destroy();
      assert.equal((await other.recordOf(String(accepts))).outcome, 'client_gone');
    }
  } finally {
    await other.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
