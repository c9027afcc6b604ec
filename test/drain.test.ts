// Told to stop, the proxy lets requests in flight end, for a while; what is left then ends in its own protocol and is
// recorded as cut. A second word ends the wait.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';
import type { RequestRecord } from '../src/core/record.ts';
import { visitStore } from '../src/storage/registry.ts';
import { type HeldProvider, startHeldProvider } from './held-provider.ts';
import { startServerProcess } from './start-server-process.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const CHUNK = 'data: {"choices":[{"index":0,"delta":{"content":"one "}}]}\n\n';
const END = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n';

async function draining(
  context: TestContext,
  drain: string,
  hurry?: AbortSignal,
): Promise<{ readonly app: TestApp; readonly provider: HeldProvider }> {
  const provider = await startHeldProvider();
  const settings = {
    TOKENWATCH_OPENAI_URL: provider.url,
    TOKENWATCH_ANTHROPIC_URL: provider.url,
    TOKENWATCH_DRAIN_TIMEOUT: drain,
  };
  const app = await startTestApp({ settings, ...(hurry !== undefined && { hurry }) });
  context.after(async () => {
    await app.close();
    await provider.close();
  });
  return { app, provider };
}

function ask(app: { readonly proxyUrl: string }, path: string, stream: boolean): Promise<Response> {
  const body = { model: 'gpt-4o-mini', stream, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
  return fetch(`${app.proxyUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

/** After the stop, from the folder that it left. */
async function records(dataDir: string): Promise<readonly RequestRecord[]> {
  const opened = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'refuse');
  try {
    return await opened.analytics.recent({ limit: 100 });
  } finally {
    await opened.close();
  }
}

test('a stream in flight ends as its upstream ends it, and is recorded as completed', async (context) => {
  const { app, provider } = await draining(context, '20');
  const response = ask(app, '/openai/v1/chat/completions', true).then((answer) => answer.text());
  const call = await provider.call(0);
  await call.write(CHUNK);
  const stopped = app.stop();
  await assert.rejects(fetch(`${app.proxyUrl}/openai/v1/models`), 'nobody new is let in');
  await call.write(CHUNK);
  call.end(END);
  assert.match(await response, /\[DONE\]\n\n$/);
  await stopped;
  assert.deepEqual(
    (await records(app.dataDir)).map(({ outcome }) => outcome),
    ['completed'],
  );
});

test('what is left when the time is over ends in its own protocol, cut, with what it may have cost', async (context) => {
  const { app, provider } = await draining(context, '300ms');
  const stream = ask(app, '/openai/v1/chat/completions', true).then((answer) => answer.text());
  await (await provider.call(0)).write(CHUNK);
  const message = ask(app, '/anthropic/v1/messages', true).then((answer) => answer.text());
  await (await provider.call(1)).write('event: ping\ndata: {"type":"ping"}\n\n');
  const unanswered = ask(app, '/anthropic/v1/messages', false);
  await provider.call(2);
  await app.stop();
  const end = (await stream).split('\n\n').at(-2) ?? '';
  assert.equal(JSON.parse(end.replace(/^data: /, '')).error.code, 'shutting_down');
  assert.match(await message, /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"/);
  const refused = await unanswered;
  assert.equal(refused.status, 503);
  assert.equal(((await refused.json()) as { type: string }).type, 'error');
  const rows = await records(app.dataDir);
  assert.equal(rows.length, 3);
  for (const { outcome, errorCode, costNanoUsd } of rows) {
    assert.equal(outcome, 'cut');
    assert.equal(errorCode, 'shutting_down');
    assert.ok((costNanoUsd ?? 0) > 0, 'it was at work upstream');
  }
});

test('a WebSocket gets a close frame', async (context) => {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.send('{"type":"session.created"}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_DRAIN_TIMEOUT: '50ms' },
  });
  context.after(async () => {
    await app.close();
    sockets.close();
    server.close();
  });
  const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`);
  await once(socket, 'message');
  const closed = once(socket, 'close');
  await app.stop();
  const [code, reason] = (await closed) as [number, Buffer];
  assert.equal(code, 1012);
  assert.match(String(reason), /TokenWatch is stopping/);
  assert.equal((await records(app.dataDir))[0]?.outcome, 'cut');
});

test('a second word ends the wait at once, and the records are whole', async (context) => {
  const hurry = new AbortController();
  const { app, provider } = await draining(context, '1h', hurry.signal);
  const stream = ask(app, '/openai/v1/chat/completions', true).then((answer) => answer.text());
  await (await provider.call(0)).write(CHUNK);
  const stopped = app.stop();
  hurry.abort();
  await stopped;
  assert.match(await stream, /shutting_down/);
  assert.equal((await records(app.dataDir))[0]?.errorCode, 'shutting_down');
});

test('the second signal is that word', async (context) => {
  const provider = await startHeldProvider();
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-drain-'));
  const server = await startServerProcess({
    TOKENWATCH_OPENAI_URL: provider.url,
    TOKENWATCH_DATA_DIR: folder,
    TOKENWATCH_DRAIN_TIMEOUT: '1h',
  });
  context.after(async () => {
    await server.kill();
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const stream = ask(server, '/openai/v1/chat/completions', true).then((answer) => answer.text());
  await (await provider.call(0)).write(CHUNK);
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  while (await isListening(server.proxyUrl)) await sleep(20);
  // Sooner it would be taken for the same word, repeated by a launcher.
  await sleep(300);
  server.child.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  assert.equal(code, 0);
  assert.match(await stream, /shutting_down/);
  assert.equal((await records(folder))[0]?.outcome, 'cut');
});
