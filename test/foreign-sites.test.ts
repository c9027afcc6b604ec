// Requests that a browser sends for another site's sake, or under a name that another site owns, on both ports.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from './start-test-app.ts';

const BODY = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] });
const MESSAGE = JSON.stringify({
  model: 'claude-haiku-4-5',
  max_tokens: 9,
  messages: [{ role: 'user', content: 'Hello' }],
});

let app: TestApp;

before(async () => {
  app = await startTestApp({
    settings: {
      TOKENWATCH_ALLOWED_HOSTS: 'ai.example, *.corp.example',
      TOKENWATCH_ALLOWED_ORIGINS: 'http://localhost:3000',
    },
  });
});
after(() => app?.close());

async function send(
  base: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null = BODY,
): Promise<{ readonly status: number; readonly code: string | undefined; readonly text: string }> {
  const asked = request(base + path, {
    method: body === null ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const code = answer.headers['x-tokenwatch-error'] as string | undefined;
  return { status: answer.statusCode ?? 0, code, text: Buffer.concat(chunks).toString() };
}

const CHAT = '/openai/v1/chat/completions';

test('the proxy refuses foreign hosts and origins before anything leaves, in the shape of the protocol', async () => {
  const before = app.provider.requests.length;
  for (const headers of [
    { host: 'evil.example', 'user-agent': 'Mozilla/5.0' },
    { host: '127.0.0.1.evil.example:8877', 'user-agent': 'Mozilla/5.0' },
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:3001' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    const { status, code, text } = await send(app.proxyUrl, CHAT, headers);
    assert.deepEqual([status, code], [403, 'forbidden'], JSON.stringify(headers));
    assert.equal((JSON.parse(text) as { error: { code: string } }).error.code, 'forbidden');
  }
  const message = await send(
    app.proxyUrl,
    '/anthropic/v1/messages',
    { origin: 'https://evil.example' },
    MESSAGE,
  );
  const { type, error } = JSON.parse(message.text) as { type: string; error: { type: string } };
  assert.deepEqual([message.status, type, error.type], [403, 'error', 'permission_error']);
  const rebound = { host: 'evil.example', 'user-agent': 'Mozilla/5.0' };
  const read = await send(app.proxyUrl, '/openai/v1/models', rebound, null);
  assert.equal(read.status, 403);
  assert.equal(app.provider.requests.length, before);
});

test('addresses, localhost, allowed names and allowed pages pass', async () => {
  const { port } = new URL(app.proxyUrl);
  for (const headers of [
    { host: `localhost:${port}` },
    { host: `[::1]:${port}` },
    { host: 'ai.example' },
    { host: 'any.example', 'user-agent': 'curl/8' },
    { host: 'a.corp.example:8877' },
    { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
  ]) {
    const { status } = await send(app.proxyUrl, CHAT, headers);
    assert.equal(status, 200, JSON.stringify(headers));
  }
});

test('a refused WebSocket gets no upstream', async () => {
  const asked = request(`${app.proxyUrl}/openai/v1/realtime?model=gpt-realtime`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      origin: 'https://evil.example',
    },
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  assert.equal(answer.statusCode, 403);
});

test('the dashboard takes allowed names, and no page but its own', async () => {
  const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await send(app.dashboardUrl, '/api/status', headers, null)).status;
  assert.equal(await status({ host: 'ai.example' }), 200);
  assert.equal(await status({ host: 'evil.example' }), 403);
  assert.equal(await status({ origin: 'http://localhost:3000' }), 403);
  // What is built into a page elsewhere, beside links to here.
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(await status({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }), 403);
    assert.equal(await status({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }), 200);
  }
  assert.equal(await status({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }), 200);
});
