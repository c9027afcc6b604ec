// An answer that can be fetched while whoever makes it is still open is paid once, by whichever of them told it first.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { appWith } from './app-with-budgets.ts';

/** A thousand tokens that gpt-4o has read. */
const ANSWER_NANO_USD = 2_500_000;
const answer = (id: string, fields: object = {}) => ({
  ...{ id, object: 'response', status: 'completed', model: 'gpt-4o', output: [] },
  ...{ usage: { input_tokens: 1000, output_tokens: 0, total_tokens: 1000 }, ...fields },
});
const completed = (id: string) => ({ type: 'response.completed', response: answer(id) });
const created = (id: string) => ({
  type: 'response.created',
  response: { ...answer(id), status: 'in_progress', usage: null },
});

interface Provider {
  readonly url: string;
  /** Resolves with a stream that was asked for: its beginning was sent. */
  readonly stream: Promise<ServerResponse>;
}

/** Makes answers in sessions and streams, by the names that are sent or asked for, and gives every one that is fetched. */
async function provide(context: TestContext): Promise<Provider> {
  const { promise: stream, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(eventOf(created('streamed')));
      request.resume().on('end', () => resolve(response));
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(request.url?.split('/').at(-1) ?? '')));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', (name) => {
      for (const event of [created(String(name)), completed(String(name))])
        socket.send(JSON.stringify(event));
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stream };
}

const eventOf = (event: { readonly type: string }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const headersOf = (session: string) => ({
  ...{ authorization: 'Bearer test', 'content-type': 'application/json' },
  'x-tokenwatch-session': session,
});

async function fetched(app: TestApp, id: string, session: string): Promise<number | null> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/responses/${id}`, { headers: headersOf(session) });
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

test('what a session has paid is free for whoever fetches it, while the session lasts and after a restart', async (context) => {
  const { url } = await provide(context);
  const settings = { TOKENWATCH_OPENAI_URL: url };
  const app = await appWith(context, [{ name: 'all', limit: '1', unknown: 'allow' }], { settings });
  const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/responses`, {
    headers: headersOf('maker'),
  });
  await once(socket, 'open');
  for (const name of ['one', 'two']) {
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const look = (data: unknown): void => {
      if (String(data).includes('response.completed')) resolve();
    };
    socket.on('message', look);
    socket.send(name);
    await told;
    socket.off('message', look);
  }
  assert.equal(await fetched(app, 'one', 'reader one'), 0);
  assert.equal(await fetched(app, 'two', 'reader two'), 0);
  socket.close(1000);
  await once(socket, 'close');
  assert.equal((await app.recordOf('maker')).costNanoUsd, 2 * ANSWER_NANO_USD);
  assert.equal(await fetched(app, 'one', 'late reader'), 0);
  assert.equal(await spentNanoUsd(app), 2 * ANSWER_NANO_USD);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  assert.equal(await fetched(again, 'two', 'later reader'), 0);
  assert.equal(await spentNanoUsd(again), 2 * ANSWER_NANO_USD);
  // What nobody has paid is not free.
  assert.equal(await fetched(again, 'three', 'first reader'), ANSWER_NANO_USD);
  await again.stop();
});

test('an answer that is fetched before its own stream has told it is paid once', async (context) => {
  const { url, stream } = await provide(context);
  const settings = { TOKENWATCH_OPENAI_URL: url };
  const app = await appWith(context, [{ name: 'all', limit: '1' }], { settings });
  const making = fetch(`${app.proxyUrl}/openai/v1/responses`, {
    method: 'POST',
    headers: headersOf('maker'),
    body: JSON.stringify({ model: 'gpt-4o', input: 'hi', stream: true, background: true }),
  });
  const rest = await stream;
  const first = await fetched(app, 'streamed', 'reader');
  rest.end(eventOf(completed('streamed')));
  await (await making).text();
  const made = await app.recordOf('maker');
  assert.deepEqual([first, made.outcome, made.costNanoUsd], [ANSWER_NANO_USD, 'completed', 0]);
  assert.equal(await spentNanoUsd(app), ANSWER_NANO_USD);
  // One that is made later under the same name is another.
  const { stream: anew, url: other } = await provide(context);
  await app.reload({ TOKENWATCH_OPENAI_URL: other });
  const making2 = fetch(`${app.proxyUrl}/openai/v1/responses`, {
    method: 'POST',
    headers: headersOf('another maker'),
    body: JSON.stringify({ model: 'gpt-4o', input: 'hi', stream: true }),
  });
  (await anew).end(eventOf(completed('streamed')));
  await (await making2).text();
  assert.equal((await app.recordOf('another maker')).costNanoUsd, ANSWER_NANO_USD);
  assert.equal(await spentNanoUsd(app), 2 * ANSWER_NANO_USD);
});

for (const figures of [0, 400])
  test(`an answer that was queued with figures (${figures}) is paid by whoever fetches it when it is done, in budgets as well`, async (context) => {
    const waiting = { status: 'queued', background: true };
    const none = { usage: { input_tokens: figures, output_tokens: 0, total_tokens: figures } };
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      const fields = request.method === 'POST' ? { ...waiting, ...none } : { background: true };
      request.resume().on('end', () => response.end(JSON.stringify(answer('later', fields))));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { TOKENWATCH_OPENAI_URL: url };
    const app = await appWith(context, [{ name: 'all', limit: '1' }], { settings });
    const made = await fetch(`${app.proxyUrl}/openai/v1/responses`, {
      method: 'POST',
      headers: headersOf('maker'),
      body: JSON.stringify({ model: 'gpt-4o', input: 'hi', background: true }),
    });
    await made.text();
    assert.equal((await app.recordOf('maker')).costNanoUsd, 0);
    assert.equal(await fetched(app, 'later', 'reader'), ANSWER_NANO_USD);
    assert.equal(await fetched(app, 'later', 'second reader'), 0);
    assert.equal(await spentNanoUsd(app), ANSWER_NANO_USD);
  });

test('an answer whose cost is told by the upstream costs nothing when it is fetched', async (context) => {
  const usage = { ...answer('told').usage, cost: 0.004, is_byok: false };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const told = answer('told', { background: false, usage });
    request.resume().on('end', () => response.end(JSON.stringify(told)));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', () =>
      socket.send(JSON.stringify({ type: 'response.completed', response: answer('in session', { usage }) })),
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { TOKENWATCH_OPENAI_URL: url };
  const app = await appWith(context, [{ name: 'all', limit: '1' }], { settings });
  const made = await fetch(`${app.proxyUrl}/openai/v1/responses`, {
    method: 'POST',
    headers: headersOf('maker'),
    body: JSON.stringify({ model: 'gpt-4o', input: 'hi' }),
  });
  await made.text();
  assert.equal((await app.recordOf('maker')).costNanoUsd, 4_000_000);
  assert.equal(await fetched(app, 'told', 'reader'), 0);
  assert.equal(await spentNanoUsd(app), 4_000_000);
});
