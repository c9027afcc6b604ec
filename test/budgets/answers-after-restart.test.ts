// Answers that are fetched after TokenWatch has begun again were paid by whoever made them, and those that a server makes
// under an id of before are others.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { startServerProcess } from '../start-server-process.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { appWith } from './app-with-budgets.ts';

/** A thousand tokens that gpt-4o has read. */
const ANSWER_NANO_USD = 2_500_000;
const usage = { input_tokens: 1000, output_tokens: 0, total_tokens: 1000 };

interface Provider {
  readonly url: string;
  /** When its next answers are made, in its own words. */
  createdAt: number;
}

/** A server that counts its answers from 1 whenever it starts again, and does not say whether they are kept. */
async function provide(context: TestContext): Promise<Provider> {
  const provider = { url: '', createdAt: 100 };
  const answer = () => ({
    ...{ id: 'resp_1', object: 'response', status: 'completed', model: 'gpt-4o', output: [], usage },
    created_at: provider.createdAt,
  });
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    request.resume().on('end', () => response.end(JSON.stringify(answer())));
  });
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', () =>
      socket.send(JSON.stringify({ type: 'response.completed', response: answer() })),
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return provider;
}

async function cost(app: TestApp, method: 'GET' | 'POST', session: string): Promise<number | null> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/responses${method === 'GET' ? '/resp_1' : ''}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    ...(method === 'POST' && { body: JSON.stringify({ model: 'gpt-4o', input: 'hi' }) }),
  });
  assert.equal(response.status, 200);
  await response.text();
  return (await app.recordOf(session)).costNanoUsd;
}

async function spentNanoUsd(app: TestApp): Promise<number> {
  const response = await fetch(`${app.dashboardUrl}/api/budgets`);
  const { budgets } = (await response.json()) as {
    readonly budgets: readonly { readonly spentUsd: string }[];
  };
  return Math.round(Number(budgets[0]?.spentUsd) * 1e9);
}

test('an answer under an id of before is charged, and fetched for nothing, before and after a restart', async (context) => {
  const provider = await provide(context);
  const settings = { TOKENWATCH_OPENAI_URL: provider.url };
  const app = await appWith(context, [{ name: 'all', limit: '1' }], { settings });
  assert.equal(await cost(app, 'POST', 'first'), ANSWER_NANO_USD);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  // It was charged before the restart, in the budgets as well as on record.
  assert.equal(await cost(again, 'GET', 'first, fetched'), 0);
  assert.equal(await cost(again, 'GET', 'first, fetched again'), 0);
  assert.equal(await spentNanoUsd(again), ANSWER_NANO_USD);
  provider.createdAt = 200;
  assert.equal(await cost(again, 'POST', 'second'), ANSWER_NANO_USD);
  assert.equal(await cost(again, 'GET', 'second, fetched'), 0);
  assert.equal(await spentNanoUsd(again), 2 * ANSWER_NANO_USD);
  await again.stop();
  const last = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => last.close());
  assert.equal(await spentNanoUsd(last), 2 * ANSWER_NANO_USD);
  provider.createdAt = 300;
  // Made past us, or before the data were there.
  assert.equal(await cost(last, 'GET', 'third, fetched'), ANSWER_NANO_USD);
});

test('what a killed session has paid stays on record, and what it made is fetched for nothing', async (context) => {
  const provider = await provide(context);
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-killed-session-'));
  context.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const settings = { TOKENWATCH_OPENAI_URL: provider.url };
  const server = await startServerProcess({ ...settings, TOKENWATCH_DATA_DIR: dataDir });
  const socket = new WebSocket(`${server.proxyUrl.replace('http', 'ws')}/openai/v1/responses`, {
    headers: { 'x-tokenwatch-session': 'killed' },
  });
  await once(socket, 'open');
  socket.send('go');
  await once(socket, 'message');
  // What it has paid is written down behind the answer; another request's record comes after it.
  const response = await fetch(`${server.proxyUrl}/openai/v1/models`);
  await response.text();
  const closed = once(socket, 'close');
  await server.kill();
  await closed;
  const app = await startTestApp({ dataDir, settings });
  context.after(() => app.close());
  const record = await app.recordOf('killed');
  assert.deepEqual(
    [record.outcome, record.costNanoUsd, record.modelUsed],
    ['interrupted', ANSWER_NANO_USD, 'gpt-4o'],
  );
  assert.equal(await cost(app, 'GET', 'fetched'), 0);
});
