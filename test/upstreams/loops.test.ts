// Upstreams that lead back to TokenWatch: refused where that can be seen, cut where it cannot.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { ownPort } from '../own-port.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let first: TestApp;
let second: TestApp;
/** A proxy of another make, between the two: it passes on what it gets. */
const between = createServer((request, response) => {
  const { hostname, port } = new URL(first.proxyUrl);
  const onward = ask(
    { hostname, port, method: request.method, path: request.url, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  request.pipe(onward);
});

async function addUpstream(app: TestApp, name: string, url: string): Promise<Response> {
  const body = JSON.stringify({ name, api: 'openai', url, priority: 1, sendsClientKey: true });
  return fetch(`${app.dashboardUrl}/api/upstreams`, { method: 'POST', headers: app.adminHeaders, body });
}

before(async () => {
  first = await startTestApp({ settings: { TOKENWATCH_FAILOVER_TO_DEFAULT: 'false' } });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}/openai`;
  second = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url } });
  assert.equal((await addUpstream(first, 'second', `${second.proxyUrl}/openai`)).status, 200);
});
after(async () => {
  await first?.close();
  await second?.close();
  between.closeAllConnections();
  between.close();
});

test('a loop through other proxies is cut at once, and says what to do', async () => {
  const response = await fetch(`${first.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-tokenwatch-session': 'loop' },
    body: '{"model":"gpt-4o-mini","messages":[]}',
  });
  assert.equal(response.status, 508);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, 'loop_detected');
  assert.match(error.message, /came back to the TokenWatch that had sent it/);
  assert.equal(first.provider.requests.length, 0);
  assert.equal((await first.recordOf('loop')).status, 508);
});

test('so is a loop of WebSockets', async () => {
  const socket = new WebSocket(
    `${first.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`,
    {
      headers: { 'x-llm-hops': 'a, b, c, d, e, f, g, h' },
    },
  );
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(error.message, /508/);
});

test('an upstream that is this proxy, or its dashboard, is refused when it is set', async () => {
  const { port } = new URL(first.proxyUrl);
  for (const url of [
    `${first.proxyUrl}/openai`,
    `http://localhost:${port}/openai/v1`,
    `http://[::1]:${port}`,
  ]) {
    const answer = await addUpstream(first, 'me', url);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /is this TokenWatch itself/);
  }
  const route = {
    name: 'back',
    conditions: [{ type: 'model', value: '*' }],
    target: 'x',
    upstream: first.proxyUrl,
  };
  const answer = await fetch(`${first.dashboardUrl}/api/routes`, {
    method: 'POST',
    body: JSON.stringify(route),
  });
  assert.match(await answer.text(), /is this TokenWatch itself/);
});

test('a server whose own address is set as its API does not start', async () => {
  const port = await ownPort();
  const settings = {
    TOKENWATCH_PROXY_PORT: String(port),
    TOKENWATCH_OPENAI_URL: `http://localhost:${port}/openai/v1`,
  };
  await assert.rejects(startTestApp({ settings }), {
    code: 'invalid_setting',
    message: /^TOKENWATCH_OPENAI_URL="http:\/\/localhost:\d+\/openai\/v1" is this TokenWatch itself/,
  });
});
