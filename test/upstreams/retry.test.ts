// One upstream, and a moment in which it cannot be had: it is asked once more, before anything has reached the client.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { ownPort } from '../own-port.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const BODY = '{"model":"gpt-4o-mini" ,"messages":[]}';
const ANSWER = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}';

let app: TestApp;
/** How each request is answered, in turn; the last one holds. */
let answers: ((response: ServerResponse) => void)[] = [];
let bodies: string[] = [];
const upstream = createServer((request, response) => {
  let body = '';
  request.on('data', (bytes: Buffer) => {
    body += bytes.toString();
  });
  request.on('end', () => {
    bodies.push(body);
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });
});

const good = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
};
const busy =
  (status: number, retryAfter?: string, more: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { ...(retryAfter !== undefined && { 'retry-after': retryAfter }), ...more });
    response.end(`{"error":{"message":"busy ${status}"}}`);
  };

before(async () => {
  // It goes, and comes back at the same address.
  upstream.listen(await ownPort(), '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url } });
});
after(async () => {
  await app?.close();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  bodies = [];
});

function ask(session: string, body = BODY): Promise<Response> {
  return fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body,
  });
}

for (const status of [429, 500, 503, 529])
  test(`${status} with a moment's rest is asked again, byte for byte, and recorded once`, async () => {
    answers = [busy(status, '0'), good];
    const response = await ask(`again ${status}`);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), ANSWER);
    assert.equal(response.headers.get('x-tokenwatch-attempts'), '2');
    assert.deepEqual(bodies, [BODY, BODY]);
    const { attempts, outcome } = await app.recordOf(`again ${status}`);
    assert.equal(outcome, 'completed');
    assert.deepEqual(
      attempts?.map((attempt) => [attempt.outcome, attempt.status]),
      [
        ['error_status', status],
        ['answered', 200],
      ],
    );
  });

test('what asks for no rest, or for a longer one, passes as it is, and so does the second refusal', async () => {
  for (const [refusal, asked] of [
    [busy(500), 1],
    [busy(429, '6'), 1],
    [busy(400, '0'), 1],
    [busy(429, '0', { 'X-Should-Retry': 'false' }), 1],
    [busy(429, '0', { 'x-should-retry': 'true' }), 2],
    [busy(503, '0'), 2],
  ] as const) {
    answers = [refusal];
    bodies = [];
    const response = await ask(`passes ${asked}`);
    assert.match(await response.text(), /busy \d+/);
    assert.equal(bodies.length, asked);
  }
});

test('what only reads is asked again where its connection died, and what may cost is not', async () => {
  const dead = (response: ServerResponse): void => void response.socket?.resetAndDestroy();
  for (const [method, path] of [
    ['GET', '/openai/v1/models'],
    ['POST', '/openai/v1/responses/resp_1/cancel'],
    ['DELETE', '/openai/v1/files/file-1'],
  ] as const) {
    answers = [dead, good];
    bodies = [];
    const headers = { 'x-tokenwatch-session': `dead ${method}` };
    const response = await fetch(app.proxyUrl + path, { method, headers });
    await response.arrayBuffer();
    assert.equal(response.status, method === 'GET' ? 200 : 502);
    assert.equal(bodies.length, method === 'GET' ? 2 : 1);
  }
  const { attempts } = await app.recordOf('dead GET');
  assert.deepEqual(
    attempts?.map(({ outcome }) => outcome),
    ['broken', 'answered'],
  );
  answers = [dead];
  assert.equal((await fetch(`${app.proxyUrl}/openai/v1/models`)).status, 502);
});

test('an upstream that stays away is an error that says how often it was asked', async () => {
  const port = (upstream.address() as AddressInfo).port;
  upstream.closeAllConnections();
  upstream.close();
  await once(upstream, 'close');
  const response = await ask('stays away');
  upstream.listen(port, '127.0.0.1');
  await once(upstream, 'listening');
  assert.equal(response.status, 502);
  assert.equal(response.headers.get('x-tokenwatch-attempts'), '2');
  assert.equal((await app.recordOf('stays away')).attempts?.length, 2);
});

test('an upstream that is started anew meanwhile is reached', async () => {
  const port = (upstream.address() as AddressInfo).port;
  answers = [good];
  upstream.closeAllConnections();
  upstream.close();
  await once(upstream, 'close');
  const asked = ask('restart');
  const refused = await fetch(`http://127.0.0.1:${port}`).catch(() => null);
  assert.equal(refused, null);
  upstream.listen(port, '127.0.0.1');
  assert.equal((await asked).status, 200);
});

test('a client that leaves during the rest is not answered, and nothing more is asked for it', async () => {
  answers = [busy(503, '1'), good];
  const leave = new AbortController();
  const asked = fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-tokenwatch-session': 'left' },
    body: BODY,
    signal: leave.signal,
  });
  while (bodies.length === 0) await new Promise(setImmediate);
  leave.abort();
  await assert.rejects(asked);
  assert.equal((await app.recordOf('left')).outcome, 'client_gone');
  assert.equal(bodies.length, 1);
});
