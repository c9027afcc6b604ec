// What agents ask before they work: a sign of life of the base address.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startTestApp } from './start-test-app.ts';

test('HEAD of the base address reaches the API, and its 404 is no failure of an unknown application', async () => {
  let status = 404;
  const upstream = createServer((_request, response) => {
    // What would come is said to be a stream, to whoever asks for its head alone as well.
    const isStream = status === 405;
    response.writeHead(status, isStream ? { 'content-type': 'text/event-stream' } : {}).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const app = await startTestApp({ settings: { TOKENWATCH_ANTHROPIC_URL: url } });
  try {
    for (status of [404, 503]) {
      const headers = { 'user-agent': 'Bun/1.2.3', 'x-tokenwatch-session': String(status) };
      const answer = await fetch(`${app.proxyUrl}/anthropic/`, { method: 'HEAD', headers });
      assert.equal(answer.status, status, 'the client sees what the API says');
      const { app: name, outcome, costNanoUsd } = await app.recordOf(String(status));
      assert.equal(name, 'claude-code');
      assert.equal(outcome, status === 404 ? 'completed' : 'upstream_error');
      assert.equal(costNanoUsd, 0);
    }
    status = 405;
    for (const [method, path] of [
      ['HEAD', '/anthropic//'],
      ['HEAD', '/anthropic/v1/models'],
      ['OPTIONS', '/anthropic/v1/messages'],
    ] as const) {
      const headers = { 'user-agent': 'Bun/1.2.3', 'x-tokenwatch-session': method + path };
      await fetch(app.proxyUrl + path, { method, headers });
      const { app: name, outcome } = await app.recordOf(method + path);
      assert.deepEqual([name, outcome], [path === '/anthropic//' ? 'claude-code' : 'bun', 'completed'], path);
    }
  } finally {
    await app.close();
    upstream.close();
  }
});
