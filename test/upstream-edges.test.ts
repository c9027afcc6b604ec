// Upstreams that answer in unusual ways, byte by byte: interim answers, headers that look like ours, streams that end
// before they have begun.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from './start-test-app.ts';

const ANSWER =
  '{"model":"gpt-4o-mini","choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}';
const HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n`;
const STREAM = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

let upstream: Server;
let app: TestApp;
/** What the upstream says once it has a whole request. */
let speak: (socket: Socket) => void = () => {};

before(async () => {
  upstream = createServer((socket) => {
    let got = '';
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      got += bytes.toString('latin1');
      const end = got.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0);
      if (end === -1 || got.length < end + 4 + length) return;
      got = '';
      speak(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_ANTHROPIC_URL: url } });
});
after(async () => {
  await app?.close();
  upstream?.close();
});

function ask(stream = false, path = '/openai/v1/chat/completions'): Promise<Response> {
  return fetch(app.proxyUrl + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer sk-test',
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 9, messages: [], stream }),
  });
}

async function piecewise(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const INTERIM: Readonly<Record<string, readonly string[]>> = {
  'an unasked 100': ['HTTP/1.1 100 Continue\r\n\r\n', `${HEAD}\r\n${ANSWER}`],
  'in one packet': [`HTTP/1.1 100 Continue\r\n\r\n${HEAD}\r\n${ANSWER}`],
  'with headers, twice': [
    'HTTP/1.1 100 Continue\r\nserver: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n',
    `${HEAD}\r\n${ANSWER}`,
  ],
  'in single bytes': [...`HTTP/1.1 100 Continue\r\n\r\n${HEAD}\r\n${ANSWER}`],
  'of HTTP/1.0': ['HTTP/1.0 100 Continue\r\n\r\n', `${HEAD}\r\n${ANSWER}`],
  'early hints': ['HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', `${HEAD}\r\n${ANSWER}`],
  'processing, then a 100': [
    'HTTP/1.1 102 Processing\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    `${HEAD}\r\n${ANSWER}`,
  ],
  'nothing before it': [`${HEAD}\r\n${ANSWER}`],
};

test('whatever is said before an answer, the answer passes, also on a connection that is used again', async () => {
  for (const [name, pieces] of Object.entries(INTERIM)) {
    for (let turn = 0; turn < 2; turn += 1) {
      speak = (socket) => void piecewise(socket, pieces);
      const response = await ask();
      assert.equal(response.status, 200, name);
      assert.equal(await response.text(), ANSWER, name);
    }
  }
});

test("an upstream's own TokenWatch headers are told as the upstream's", async () => {
  speak = (socket) =>
    socket.write(
      `${HEAD}X-TokenWatch-Cache: hit\r\nx-tokenwatch-request-id: theirs\r\nx-tokenwatch-upstream-cache: further\r\n\r\n${ANSWER}`,
    );
  const response = await ask();
  await response.text();
  assert.equal(response.headers.get('x-tokenwatch-cache'), null);
  assert.equal(response.headers.get('x-tokenwatch-upstream-cache'), 'hit');
  assert.equal(response.headers.get('x-tokenwatch-upstream-upstream-cache'), 'further');
  assert.equal(response.headers.get('x-tokenwatch-upstream-request-id'), 'theirs');
  assert.match(response.headers.get('x-tokenwatch-request-id') ?? '', /^[\da-f-]{36}$/);
});

test('an answer that breaks before its first byte is a 502 in the shape of its protocol', async () => {
  const paths = { '/openai/v1/chat/completions': /"type":"\w+"/, '/anthropic/v1/messages': /"type":"error"/ };
  for (const [path, shape] of Object.entries(paths)) {
    for (const begun of [STREAM, `${STREAM}zz\r\n`, `${HEAD}\r\n`]) {
      speak = (socket) => socket.end(begun);
      const response = await ask(begun !== `${HEAD}\r\n`, path);
      assert.equal(response.status, 502, path);
      assert.equal(response.headers.get('x-tokenwatch-error'), 'upstream_broken');
      assert.match(await response.text(), shape);
    }
  }
});

test('a stream that breaks after its head has gone out ends with an error of its protocol', async () => {
  const paths = {
    '/openai/v1/chat/completions': /^data: \{"error":\{/,
    '/anthropic/v1/messages': /^event: error\ndata: \{"type":"error"/,
    '/openai/v1/responses': /"type":"(?:response\.failed|error)"/,
  };
  for (const [path, shape] of Object.entries(paths)) {
    let there: Socket | null = null;
    speak = (socket) => {
      there = socket;
      socket.write(STREAM);
    };
    const response = await ask(true, path);
    assert.equal(response.status, 200);
    (there as Socket | null)?.destroy();
    assert.match(await response.text(), shape);
  }
});
