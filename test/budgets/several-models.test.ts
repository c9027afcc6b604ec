// What several models have used in one request or session is charged to each one's own budgets: what it made itself.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { appWith } from './app-with-budgets.ts';

/** A thousand tokens of input, at $2.50 and $0.15 a million. */
const COSTS_NANO_USD = { 'gpt-4o': 2_500_000, 'gpt-4o-mini': 150_000 };
const USAGE = { input_tokens: 1000, output_tokens: 0, total_tokens: 1000 };

/** Answers each message of a session by the model that it names, and each request with `body`. */
async function provide(context: TestContext, body: object = {}): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    request.resume().on('end', () => response.end(JSON.stringify(body)));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    let number = 0;
    socket.on('message', (model) => {
      number += 1;
      const response = { id: `resp_${number}`, object: 'response', status: 'completed', output: [] };
      const answer = { ...response, model: String(model), usage: USAGE };
      socket.send(JSON.stringify({ type: 'response.completed', response: answer }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openSession(app: TestApp, name: string): Promise<WebSocket> {
  const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/responses`, {
    headers: { authorization: 'Bearer test', 'x-tokenwatch-session': name },
  });
  await once(socket, 'open');
  return socket;
}

async function answer(socket: WebSocket, model: string): Promise<void> {
  socket.send(model);
  await once(socket, 'message');
}

async function spent(app: TestApp): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(`${app.dashboardUrl}/api/budgets`);
  const { budgets } = (await response.json()) as {
    readonly budgets: readonly { readonly name: string; readonly spentUsd: string }[];
  };
  return Object.fromEntries(budgets.map(({ name, spentUsd }) => [name, spentUsd]));
}

const budgetOf = (name: string, model?: string) => ({
  ...{ name, limit: '1', unknown: 'allow' },
  ...(model !== undefined && { model }),
});

test('each model of a session is paid by its own budgets, while it lasts, at its end and after a restart', async (context) => {
  const settings = { TOKENWATCH_OPENAI_URL: await provide(context) };
  const budgets = [budgetOf('all'), budgetOf('big', 'gpt-4o'), budgetOf('small', 'gpt-4o-mini')];
  const app = await appWith(context, [...budgets, budgetOf('other', 'claude-*')], { settings });
  const socket = await openSession(app, 'two');
  await answer(socket, 'gpt-4o');
  await answer(socket, 'gpt-4o-mini');
  const expected = { all: '0.00265', big: '0.0025', small: '0.00015', other: '0' };
  assert.deepEqual(await spent(app), expected);
  socket.close(1000);
  await once(socket, 'close');
  const record = await app.recordOf('two');
  assert.deepEqual([record.modelUsed, record.costNanoUsd], ['gpt-4o-mini', 2_650_000]);
  assert.deepEqual(
    record.runs?.map(({ model, costNanoUsd }) => [model, costNanoUsd]),
    Object.entries(COSTS_NANO_USD),
  );
  assert.deepEqual(await spent(app), expected);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  assert.deepEqual(await spent(again), expected);
  await again.stop();
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_BUDGET_TIMEZONE: 'UTC' };
  const { stdout } = await runCommand('verify', ['--json'], environment);
  const { holds, periods } = JSON.parse(stdout) as {
    readonly holds: boolean;
    readonly periods: readonly { readonly budget: string; readonly spentNanoUsd: number }[];
  };
  assert.deepEqual(
    [holds, ...periods.map(({ budget, spentNanoUsd }) => [budget, spentNanoUsd])],
    [true, ['all', 2_650_000], ['big', 2_500_000], ['small', 150_000]],
  );
});

test('a model that uses its own budget up ends the session, and another one does not', async (context) => {
  const settings = { TOKENWATCH_OPENAI_URL: await provide(context) };
  const app = await appWith(context, [{ ...budgetOf('small', 'gpt-4o-mini'), limit: '0.0002' }], {
    settings,
  });
  const socket = await openSession(app, 'ended');
  const closed = once(socket, 'close');
  for (const model of ['gpt-4o', 'gpt-4o-mini', 'gpt-4o']) await answer(socket, model);
  assert.deepEqual(await spent(app), { small: '0.00015' });
  await answer(socket, 'gpt-4o-mini');
  assert.equal((await closed)[0], 1008);
  assert.deepEqual(await spent(app), { small: '0.0003' });
});

test('of a session with a model that has no price, the others are paid, and the whole is unknown', async (context) => {
  const settings = { TOKENWATCH_OPENAI_URL: await provide(context) };
  const budgets = [budgetOf('all'), budgetOf('big', 'gpt-4o'), budgetOf('house', 'house-model')];
  const app = await appWith(context, budgets, { settings });
  const socket = await openSession(app, 'unknown');
  await answer(socket, 'gpt-4o');
  await answer(socket, 'house-model');
  socket.close(1000);
  await once(socket, 'close');
  const record = await app.recordOf('unknown');
  assert.deepEqual([record.costNanoUsd, record.listCostNanoUsd], [null, 2_500_000]);
  const expected = { all: '0.0025', big: '0.0025', house: '0' };
  assert.deepEqual(await spent(app), expected);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  assert.deepEqual(await spent(again), expected);
  const response = await fetch(`${again.dashboardUrl}/api/budgets`);
  const { budgets: told } = (await response.json()) as {
    readonly budgets: readonly { readonly name: string; readonly unpricedRequests: number }[];
  };
  assert.deepEqual(Object.fromEntries(told.map(({ name, unpricedRequests }) => [name, unpricedRequests])), {
    ...{ all: 1, big: 0, house: 1 },
  });
});

test('a model that advised another one is paid by its own budget for what it said', async (context) => {
  const tokens = { input_tokens: 1000, output_tokens: 0 };
  const iterations = [
    { type: 'message', ...tokens },
    { type: 'advisor_message', model: 'claude-opus-4-6', ...tokens },
  ];
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
  };
  const body = { ...message, stop_reason: 'end_turn', usage: { ...tokens, iterations } };
  const settings = { TOKENWATCH_ANTHROPIC_URL: await provide(context, body) };
  const budgets = [budgetOf('all'), budgetOf('sonnet', 'claude-sonnet-*'), budgetOf('opus', 'claude-opus-*')];
  const app = await appWith(context, budgets, { settings });
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'test',
      'x-tokenwatch-session': 'advised',
    },
    body: JSON.stringify({
      ...{ model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
    }),
  });
  await response.text();
  assert.equal((await app.recordOf('advised')).costNanoUsd, 8_000_000);
  // Who was asked is charged with all that came of it.
  const expected = { all: '0.008', sonnet: '0.008', opus: '0.005' };
  assert.deepEqual(await spent(app), expected);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  assert.deepEqual(await spent(again), expected);
});

test('of a cost that is stated for all, each model pays by what it cost on the list', async (context) => {
  const tokens = { input_tokens: 1000, output_tokens: 0 };
  // Twice the list.
  const stated = { cost: 0.016, is_byok: false };
  const iterations = [
    { type: 'message', ...tokens },
    { type: 'advisor_message', model: 'claude-opus-4-6', ...tokens },
  ];
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
  };
  const body = { ...message, stop_reason: 'end_turn', usage: { ...tokens, ...stated, iterations } };
  const settings = { TOKENWATCH_ANTHROPIC_URL: await provide(context, body) };
  const budgets = [budgetOf('all'), budgetOf('sonnet', 'claude-sonnet-*'), budgetOf('opus', 'claude-opus-*')];
  const app = await appWith(context, budgets, { settings });
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'test',
      'x-tokenwatch-session': 'advised',
    },
    body: JSON.stringify({
      ...{ model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
    }),
  });
  await response.text();
  const { costNanoUsd, priceSource, runs } = await app.recordOf('advised');
  assert.deepEqual([costNanoUsd, priceSource], [16_000_000, 'stated']);
  assert.deepEqual(
    runs?.map((run) => run.costNanoUsd),
    [6_000_000, 10_000_000],
  );
  const expected = { all: '0.016', sonnet: '0.016', opus: '0.01' };
  assert.deepEqual(await spent(app), expected);
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir, settings });
  context.after(() => again.close());
  assert.deepEqual(await spent(again), expected);
});
