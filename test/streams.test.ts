// Time and framing: silences, trickles, trailers, expectations, HEAD and repeated headers, through real sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { assertSoonest } from './soonest.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const TIMEOUT_MS = 600;
/** Tries that show nothing are made again for so long: however many a loaded machine takes. */
const PATIENCE_MS = 60_000;
let app: TestApp;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_OVERALL_TIMEOUT: `${TIMEOUT_MS}ms`, TOKENWATCH_MAX_BODY_BYTES: '1M' },
  });
});
after(() => app.close());

const MESSAGE = {
  model: 'claude-haiku-4-5',
  max_tokens: 400,
  stream: true,
  messages: [{ role: 'user', content: 'Hello there' }],
};
const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello there' }] };

interface Got {
  readonly response: IncomingMessage;
  readonly body: string;
  /** The body ended as its framing promised. */
  readonly isWhole: boolean;
  readonly tookMs: number;
  /** Of that, since its last bytes. */
  readonly silentMs: number;
}

async function send(path: string, body: unknown, session: string, simulate: string): Promise<Got> {
  const began = performance.now();
  const headers: OutgoingHttpHeaders = {
    'content-type': 'application/json',
    'x-tokenwatch-session': session,
    'x-simulate': simulate,
  };
  const request = httpRequest(app.proxyUrl + path, { method: 'POST', headers, agent: false });
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let lastAt = began;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    lastAt = performance.now();
  });
  // A break is told to both.
  for (const side of [request, response]) side.on('error', () => {});
  await new Promise((resolve) => response.on('close', resolve));
  const endedAt = performance.now();
  return {
    response,
    body: Buffer.concat(chunks).toString(),
    isWhole: response.complete,
    tookMs: endedAt - began,
    silentMs: endedAt - lastAt,
  };
}

/** Held up for longer than the limit, this machine has an upstream cut that was not silent: that one shows nothing. */
async function unless(
  isHeldUp: (got: Got) => boolean,
  ...[path, body, session, simulate]: Parameters<typeof send>
): Promise<Got & { readonly session: string }> {
  const beganAt = performance.now();
  for (let number = 1; ; number += 1) {
    const own = `${session}-${number}`;
    const got = await send(path, body, own, simulate);
    const isLast = performance.now() - beganAt > PATIENCE_MS;
    if (!isHeldUp(got) || isLast) return { ...got, session: own };
  }
}

test('a silence in a stream over the limit is cut, and recorded with what had come', async () => {
  await assertSoonest(TIMEOUT_MS + 3000, async (number) => {
    const { isWhole, body, tookMs, silentMs, session } = await unless(
      (got) => !got.body.includes('message_start'),
      '/anthropic/v1/messages',
      MESSAGE,
      `silent-${number}`,
      'hang-after=4',
    );
    assert.equal(isWhole, false);
    assert.match(body, /message_start/);
    assert.ok(tookMs >= TIMEOUT_MS * 0.9, `cut after ${tookMs} ms`);
    const record = await app.recordOf(session);
    assert.deepEqual(
      [record.outcome, record.errorCode, record.status],
      ['timed_out', 'upstream_timeout', 200],
    );
    assert.equal(record.usageSource, 'estimate');
    assert.ok(record.usage.inputTokens > 0 && (record.costNanoUsd ?? 0) > 0);
    // What came before the silence takes as long as the machine needs.
    return silentMs;
  });
});

test('a stream that goes on for longer than the limit, without a silence, is not cut', async () => {
  for (const [path, body, name] of [
    ['/anthropic/v1/messages', MESSAGE, 'trickle-a'],
    ['/openai/v1/chat/completions', { ...CHAT, stream: true }, 'trickle-o'],
  ] as const) {
    const { isWhole, tookMs, session } = await unless((got) => !got.isWhole, path, body, name, 'slow=80');
    assert.ok(tookMs > 1.5 * TIMEOUT_MS, `the stream took only ${tookMs} ms`);
    assert.equal(isWhole, true);
    assert.equal((await app.recordOf(session)).outcome, 'completed');
  }
});

test('an answer that does not begin, or a document that does not end, in time gets 504', async () => {
  const late = await send('/anthropic/v1/messages', MESSAGE, 'late', 'hang');
  assert.equal(late.response.statusCode, 504);
  assert.equal(late.response.headers['x-tokenwatch-error'], 'upstream_timeout');
  assert.equal((JSON.parse(late.body) as { type: string }).type, 'error');
  assert.equal((await app.recordOf('late')).outcome, 'timed_out');
  const drip = await unless(
    ({ response }) => response.statusCode === 504,
    '/openai/v1/chat/completions',
    CHAT,
    'drip',
    'cut=20;slow=120',
  );
  assert.equal(drip.isWhole, false);
  assert.equal((await app.recordOf(drip.session)).outcome, 'timed_out');
});

test('trailers and repeated headers pass as they are', async () => {
  const { response, isWhole } = await send(
    '/openai/v1/chat/completions',
    { ...CHAT, stream: true },
    'framing',
    'trailers;repeated-headers',
  );
  assert.equal(isWhole, true);
  assert.equal(response.headers.trailer, 'x-checksum, x-tokens');
  assert.deepEqual(response.rawTrailers, ['x-checksum', 'simulated', 'x-tokens', '42']);
  assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2']);
  const repeated = response.rawHeaders.filter((_, index, raw) => raw[index - 1] === 'x-repeated');
  assert.deepEqual(repeated, ['first', 'second']);
});

test('repeated request headers reach the upstream repeated, in order', async () => {
  const index = app.provider.requests.length;
  const socket = open();
  socket.write(
    'GET /openai/v1/models HTTP/1.1\r\nHost: localhost\r\nX-Twice: a\r\nX-Other: o\r\nX-Twice: b\r\n',
  );
  socket.write('Connection: close, X-Gone\r\nX-Gone: 1\r\n\r\n');
  assert.match(await readAll(socket), /^HTTP\/1.1 200 /);
  const { rawHeaders, headers } = await app.provider.arrival(index);
  assert.deepEqual(
    rawHeaders.filter((_, at, raw) => at % 2 === 1 && raw[at - 1] === 'X-Twice'),
    ['a', 'b'],
  );
  assert.equal(headers['x-gone'], undefined);
});

test('an expectation is met before the body is sent, and stays between client and proxy', async () => {
  const body = JSON.stringify(CHAT);
  const index = app.provider.requests.length;
  const socket = open();
  socket.write(
    `POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
  );
  const [interim] = (await once(socket, 'data')) as [Buffer];
  assert.equal(interim.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  socket.write(body);
  assert.match(await readAll(socket), /^HTTP\/1.1 200 /);
  const arrived = await app.provider.arrival(index);
  assert.equal(arrived.headers.expect, undefined);
  assert.equal(arrived.body.toString(), body);
});

test('an expectation of a body that is too large is refused without asking for it', async () => {
  const socket = open();
  socket.write(
    'POST /anthropic/v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 413 /);
  // What the client sends next on this connection would be taken for the missing body.
  assert.match(answer.toString(), /\r\nconnection: close\r\n/i);
  socket.destroy();
});

test('HEAD passes with the headers of a body that does not come', async () => {
  const index = app.provider.requests.length;
  const socket = open();
  socket.write('HEAD /openai/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const answer = await readAll(socket);
  assert.match(answer, /\r\ncontent-length: [1-9]|\r\ntransfer-encoding: chunked/i);
  assert.equal(answer.slice(answer.indexOf('\r\n\r\n')), '\r\n\r\n');
  assert.equal((await app.provider.arrival(index)).method, 'HEAD');
});

function open(): Socket {
  const { hostname, port } = new URL(app.proxyUrl);
  return connect(Number(port), hostname);
}

async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
