// WebSockets through the proxy: the same bytes, the usage of a Realtime session, and every way to end one.

import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { REALTIME_USAGE } from '../src/simulator/openai/realtime.ts';
import { ownPort } from './own-port.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

function connect(
  session: string,
  options: { headers?: Record<string, string>; compress?: boolean; to?: TestApp; model?: string } = {},
): WebSocket {
  const url = (options.to ?? app).proxyUrl.replace('http', 'ws');
  return new WebSocket(`${url}/openai/v1/realtime?model=${options.model ?? 'gpt-realtime'}`, ['realtime'], {
    headers: { authorization: 'Bearer test', 'x-tokenwatch-session': session, ...options.headers },
    perMessageDeflate: options.compress ?? false,
  });
}

/** Resolves with the next event of that type. Several may arrive in one turn, so none is awaited one by one. */
function until(socket: WebSocket, type: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const look = (data: unknown): void => {
      const event = JSON.parse(String(data)) as Record<string, unknown>;
      if (event.type !== type) return;
      socket.off('message', look);
      resolve(event);
    };
    socket.on('message', look);
  });
}

for (const compress of [false, true]) {
  test(`a Realtime session passes and its usage is counted, ${compress ? 'compressed' : 'plain'}`, async () => {
    const session = randomUUID();
    const socket = connect(session, { compress });
    const created = until(socket, 'session.created');
    const [handshake] = await once(socket, 'upgrade');
    assert.ok(handshake.headers['x-tokenwatch-request-id']);
    await created;
    assert.equal(socket.protocol, 'realtime');
    assert.equal(socket.extensions.includes('permessage-deflate'), compress);
    for (let turn = 0; turn < 3; turn += 1) {
      const done = until(socket, 'response.done');
      socket.send(JSON.stringify({ type: 'response.create' }));
      assert.equal((await done).type, 'response.done');
    }
    socket.close(1000);
    await once(socket, 'close');
    const record = await app.recordOf(session);
    assert.equal(record.endpoint, 'realtime');
    assert.equal(record.outcome, 'completed');
    assert.equal(record.status, 101);
    assert.equal(record.modelUsed, 'gpt-realtime');
    assert.equal(record.usageSource, 'provider');
    const { input_tokens, output_tokens, input_token_details, output_token_details } = REALTIME_USAGE;
    const cached = input_token_details.cached_tokens;
    assert.deepEqual(
      { ...record.usage },
      {
        ...record.usage,
        inputTokens: 3 * (input_tokens - cached),
        cacheReadTokens: 3 * cached,
        inputAudioTokens: 3 * input_token_details.audio_tokens,
        outputTokens: 3 * output_tokens,
        outputAudioTokens: 3 * output_token_details.audio_tokens,
      },
    );
    // 50 text and 30 audio tokens in, 20 cached, 10 text and 40 audio out, at $4, $32, $0.40, $16 and $64 a million.
    assert.equal(record.costNanoUsd, 3 * (50 * 4000 + 30 * 32_000 + 20 * 400 + 10 * 16_000 + 40 * 64_000));
  });
}

test('messages of any size and kind come back as they were sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.nat(200_000)), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (messages, compress) => {
        const socket = connect(randomUUID(), { compress });
        await until(socket, 'session.created');
        for (const [isBinary, size] of messages) {
          const bytes = randomBytes(size);
          const sent = isBinary ? bytes : JSON.stringify({ type: 'echo', text: bytes.toString('base64') });
          const back = once(socket, 'message');
          socket.send(sent);
          const [data, isBinaryBack] = await back;
          assert.equal(isBinaryBack, isBinary);
          assert.ok(Buffer.from(sent as Buffer).equals(data as Buffer));
        }
        socket.close();
        await once(socket, 'close');
      },
    ),
    { numRuns: 15 },
  );
});

test('a refused handshake reaches the client as the upstream wrote it', async () => {
  const session = randomUUID();
  const socket = connect(session, { headers: { 'x-simulate': 'status=401' } });
  const [, response] = await once(socket, 'unexpected-response');
  assert.equal(response.statusCode, 401);
  assert.equal(response.headers['x-request-id'], 'req_realtime');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  assert.match(Buffer.concat(parts).toString(), /"error":\{/);
  const record = await app.recordOf(session);
  assert.equal(record.outcome, 'upstream_error');
  assert.equal(record.status, 401);
  assert.equal(record.costNanoUsd, 0);
});

test('an upstream that is not there gives 502 in the shape of the protocol', async () => {
  const nowhere = `http://127.0.0.1:${await ownPort()}`;
  const other = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: nowhere } });
  try {
    const session = randomUUID();
    const socket = connect(session, { to: other });
    const [, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, 502);
    assert.equal(response.headers['x-tokenwatch-error'], 'upstream_connect_failed');
    response.resume();
    assert.equal((await other.recordOf(session)).outcome, 'unreachable');
  } finally {
    await other.close();
  }
});

test('a client that goes away ends the upstream session, and the record says so', async () => {
  const session = randomUUID();
  const socket = connect(session);
  await until(socket, 'session.created');
  const done = until(socket, 'response.done');
  socket.send(JSON.stringify({ type: 'response.create' }));
  await done;
  socket.terminate();
  const record = await app.recordOf(session);
  assert.equal(record.outcome, 'client_gone');
  assert.equal(record.usage.outputTokens, REALTIME_USAGE.output_tokens);
});

test('an upstream that breaks off is a break for the client, and in the record', async () => {
  const upstream = await listening((connection) => {
    connection.once('data', (data) => {
      const accept = acceptFor(String(data));
      connection.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: realtime\r\n\r\n`,
      );
      connection.once('data', () => connection.resetAndDestroy());
    });
  });
  const other = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: upstream.url } });
  try {
    const session = randomUUID();
    const socket = connect(session, { to: other });
    socket.on('error', () => {});
    await once(socket, 'open');
    socket.send('hello');
    const [code] = await once(socket, 'close');
    assert.equal(code, 1006);
    const record = await other.recordOf(session);
    assert.equal(record.outcome, 'upstream_broken');
    assert.equal(record.errorCode, 'upstream_broken');
  } finally {
    await other.close();
    upstream.server.close();
  }
});

test('labels stay here, the key goes on, and a slow reader loses nothing', async () => {
  const messages = 200;
  const payload = randomBytes(256 * 1024);
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(sockets, 'listening');
  const seen = Promise.withResolvers<Record<string, unknown>>();
  sockets.on('connection', (client, request) => {
    seen.resolve(request.headers);
    for (let index = 0; index < messages; index += 1) client.send(payload, { binary: true });
    client.close();
  });
  const { port } = sockets.address() as { port: number };
  const other = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: `http://127.0.0.1:${port}` } });
  try {
    const socket = connect('slow', { to: other });
    const headers = await seen.promise;
    assert.equal(headers.authorization, 'Bearer test');
    assert.equal(headers['x-tokenwatch-session'], undefined);
    let received = 0;
    socket.on('message', (data: Buffer) => {
      received += 1;
      assert.ok(payload.equals(data));
      socket.pause();
      setImmediate(() => socket.resume());
    });
    await once(socket, 'close');
    assert.equal(received, messages);
    const record = await other.recordOf('slow');
    assert.equal(record.outcome, 'completed');
    assert.ok(record.responseBytes >= messages * payload.length);
  } finally {
    await other.close();
    sockets.close();
  }
});

test('an offer of h2c is ignored: the request is answered over HTTP/1.1', async () => {
  const { hostname, port } = new URL(app.proxyUrl);
  const { connect: open } = await import('node:net');
  const socket = open(Number(port), hostname);
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] });
  socket.write(
    `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\nconnection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  assert.match(Buffer.concat(parts).toString(), /^HTTP\/1\.1 200 /);
});

async function listening(
  onConnection: (connection: Socket) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer((connection) => {
    connection.on('error', () => connection.destroy());
    onConnection(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

/** RFC 6455, section 4.2.2. */
function acceptFor(handshake: string): string {
  const key = /sec-websocket-key: (\S+)/i.exec(handshake)?.[1] ?? '';
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
