// Promise 1: the upstream receives the client's exact body, and the client the upstream's exact answer.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { startTestApp, type TestApp } from './start-test-app.ts';

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly chunks: readonly Buffer[];
  readonly breaks?: boolean;
}

let answer: Answer = { status: 200, headers: [], chunks: [] };
let seen: { method: string; url: string; rawHeaders: readonly string[]; body: Buffer } | null = null;
let upstream: Server;
let app: TestApp;

before(async () => {
  upstream = createServer((request, response) => {
    void collect(request).then((body) => {
      seen = { method: request.method ?? '', url: request.url ?? '', rawHeaders: request.rawHeaders, body };
      response.sendDate = false;
      response.writeHead(answer.status, [...answer.headers]);
      for (const chunk of answer.chunks) response.write(chunk);
      if (answer.breaks) response.write('', () => response.socket?.destroy());
      else response.end();
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_ANTHROPIC_URL: url } });
});

after(async () => {
  await app.close();
  upstream.closeAllConnections();
  upstream.close();
});

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function send(method: string, path: string, headers: readonly string[], chunks: readonly Buffer[]) {
  const url = new URL(app.proxyUrl);
  const request = httpRequest({ host: url.hostname, port: url.port, method, path, headers: [...headers] });
  for (const chunk of chunks) request.write(chunk);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const body = await collect(response);
  return {
    status: response.statusCode,
    rawHeaders: response.rawHeaders,
    body,
    trailers: response.rawTrailers,
  };
}

const HOST = ['Host', 'localhost'];
const bytes = fc.uint8Array({ maxLength: 5000 }).map((array) => Buffer.from(array));
const pieces = fc.array(bytes, { maxLength: 5 });

test('random bodies pass unchanged both ways, whatever their kind and their pieces', async () => {
  const types = fc.constantFrom(
    'application/json',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
  );
  const paths = fc.constantFrom('/v1/chat/completions', '/v1/messages', '/v1/files', '/v1/any/thing?x=%2F&y');
  await fc.assert(
    fc.asyncProperty(pieces, pieces, types, paths, async (sent, answered, type, path) => {
      answer = {
        status: 201,
        headers: ['Content-Type', type, 'X-Twice', 'a', 'X-Twice', 'b'],
        chunks: answered,
      };
      const mount = path === '/v1/messages' ? '/anthropic' : '/openai';
      const headers = [
        ...HOST,
        'Content-Type',
        type,
        'Transfer-Encoding',
        'chunked',
        'X-TokenWatch-Tag',
        't',
      ];
      const got = await send('POST', mount + path, headers, sent);
      assert.deepEqual(seen?.body, Buffer.concat(sent));
      assert.equal(seen?.url, path);
      assert.ok(!seen?.rawHeaders.some((name) => /tokenwatch/i.test(name)));
      assert.equal(got.status, 201);
      assert.deepEqual(got.body, Buffer.concat(answered));
      assert.deepEqual(valuesOf(got.rawHeaders, 'X-Twice'), ['a', 'b']);
    }),
    { numRuns: 60 },
  );
});

test('compressed answers pass as they are, and a decoded copy is metered', async () => {
  const document = { model: 'gpt-4o', usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } };
  const text = Buffer.from(
    JSON.stringify({ ...document, choices: [{ message: {}, finish_reason: 'stop' }] }),
  );
  const compress = [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateSync],
    // Not what the name means, and sent nevertheless.
    ['deflate', deflateRawSync],
  ] as const;
  for (const [index, [encoding, encode]] of compress.entries()) {
    const body = encode(text);
    answer = {
      status: 200,
      headers: ['Content-Type', 'application/json', 'Content-Encoding', encoding],
      chunks: [body],
    };
    const session = `encoded-${index}`;
    const headers = [...HOST, 'X-TokenWatch-Session', session];
    const got = await send('POST', '/openai/v1/chat/completions', headers, [
      Buffer.from('{"model":"gpt-4o"}'),
    ]);
    assert.deepEqual(got.body, body);
    const record = await app.recordOf(session);
    assert.deepEqual([record.usage.inputTokens, record.usage.outputTokens], [7, 5]);
    assert.equal(record.usageSource, 'provider');
  }
});

test('HEAD, 204 and 304 have no body, and malformed JSON is the upstream its own to judge', async () => {
  answer = { status: 200, headers: ['Content-Length', '12'], chunks: [] };
  assert.equal((await send('HEAD', '/openai/v1/models', HOST, [])).body.length, 0);
  for (const status of [204, 304]) {
    answer = { status, headers: ['ETag', '"1"'], chunks: [] };
    const got = await send('GET', '/openai/v1/models', HOST, []);
    assert.equal(got.status, status);
    assert.deepEqual(valuesOf(got.rawHeaders, 'ETag'), ['"1"']);
  }
  answer = { status: 400, headers: [], chunks: [Buffer.from('no')] };
  const got = await send('POST', '/anthropic/v1/messages', HOST, [Buffer.from('{"model":')]);
  assert.equal(got.body.toString(), 'no');
  assert.equal(seen?.body.toString(), '{"model":');
});

test('an answer that comes before its upload has ended reaches a client that reads only afterwards', async (context) => {
  const early = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    });
  });
  early.listen(0, '127.0.0.1');
  await once(early, 'listening');
  const url = `http://127.0.0.1:${(early.address() as AddressInfo).port}`;
  const other = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url } });
  context.after(async () => {
    await other.close();
    early.close();
  });
  const { hostname, port } = new URL(other.proxyUrl);
  const socket = connect(Number(port), hostname);
  const size = 32 * 1024 * 1024;
  socket.write(
    `POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n` +
      `X-TokenWatch-Session: early\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`,
  );
  const piece = Buffer.alloc(1024 * 1024);
  for (let sent = 0; sent < size; sent += piece.length) {
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  assert.match(Buffer.concat(parts).toString(), /^HTTP\/1.1 401 Unauthorized\r\n.*\r\n\r\nno$/s);
  assert.deepEqual([(await other.recordOf('early')).status], [401]);
});

test('an answer that breaks off is seen to break, and recorded so', async () => {
  answer = {
    status: 200,
    headers: ['Content-Type', 'text/event-stream'],
    chunks: [Buffer.from('data: {}\n\n')],
    breaks: true,
  };
  const headers = [...HOST, 'X-TokenWatch-Session', 'broken'];
  await assert.rejects(
    send('POST', '/openai/v1/chat/completions', headers, [Buffer.from('{"stream":true}')]),
  );
  assert.equal((await app.recordOf('broken')).outcome, 'upstream_broken');
});

function valuesOf(raw: readonly string[], name: string): string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1] === name);
}

test('a path below no mount is answered with a code and with what to do', async () => {
  const response = await fetch(`${app.proxyUrl}/v1/messages`, { method: 'POST', body: '{}' });
  assert.deepEqual([response.status, response.headers.get('x-tokenwatch-error')], [404, 'unknown_route']);
  const { error } = (await response.json()) as { error: { message: string } };
  assert.match(error.message, /Nothing is at \/v1\/messages\..*\/anthropic or \/openai/);
});
