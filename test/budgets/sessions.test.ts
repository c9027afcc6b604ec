// Budgets that let sessions of unknown price pass: each answer of a session is paid when it is told, and one that uses a
// hard budget up is the last.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket as ServerSocket, WebSocket, WebSocketServer } from 'ws';
import type { BudgetRequest } from '../../src/ledger/book/budget-request.ts';
import { runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { appWith } from './app-with-budgets.ts';

/** What the simulated provider's answer costs: see test/websocket.test.ts. */
const ANSWER_NANO_USD = 3_888_000;

interface Session {
  /** Resolves with the type of the message that ends the answer. */
  answer(): Promise<string>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): void;
}

async function openSession(app: TestApp, name: string): Promise<Session> {
  const url = `${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`;
  const socket = new WebSocket(url, ['realtime'], {
    headers: { authorization: 'Bearer test', 'x-tokenwatch-session': name, 'x-tokenwatch-app': 'voice' },
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(socket, 'message');
  return {
    closed,
    close: () => socket.close(1000),
    answer: () =>
      new Promise((resolve) => {
        const look = (data: unknown): void => {
          const { type } = JSON.parse(String(data)) as { readonly type: string };
          if (type !== 'response.done') return;
          socket.off('message', look);
          resolve(type);
        };
        socket.on('message', look);
        socket.send(JSON.stringify({ type: 'response.create' }));
      }),
  };
}

async function spentUsd(app: TestApp, name: string): Promise<string> {
  const answer = await fetch(`${app.dashboardUrl}/api/budgets`);
  const { budgets } = (await answer.json()) as {
    readonly budgets: readonly { readonly name: string; readonly spentUsd: string }[];
  };
  return budgets.find((budget) => budget.name === name)?.spentUsd ?? 'no such budget';
}

const open = (context: TestContext, ...budgets: readonly BudgetRequest[]): Promise<TestApp> =>
  appWith(context, budgets);

test('a session pays for each answer, and the one that uses a hard budget up is its last', async (context) => {
  const app = await open(context, { name: 'voice', limit: '0.005', app: 'voice', unknown: 'allow' });
  const session = await openSession(app, 'long');
  assert.equal(await session.answer(), 'response.done');
  assert.equal(await spentUsd(app, 'voice'), '0.003888');
  // What was paid for arrives.
  assert.equal(await session.answer(), 'response.done');
  const { code, reason } = await session.closed;
  assert.equal(code, 1008);
  assert.match(reason, /^TokenWatch ended this answer .*budget "voice"/);
  const record = await app.recordOf('long');
  assert.deepEqual([record.outcome, record.costNanoUsd], ['cut', 2 * ANSWER_NANO_USD]);
  assert.equal(await spentUsd(app, 'voice'), '0.007776');
  await app.stop();
  const { stdout } = await runCommand('verify', [], { TOKENWATCH_DATA_DIR: app.dataDir });
  assert.match(
    stdout,
    /had set aside, or paid while it ran, \$0\.007776\nand cost \$0\.007776: \$0\.007776 were spent then, of \$0\.005\./,
  );
});

test('a session that stays within its budget costs what it did, once', async (context) => {
  const app = await open(context, { name: 'voice', limit: '1', unknown: 'allow' });
  const session = await openSession(app, 'short');
  for (let turn = 0; turn < 3; turn += 1) await session.answer();
  session.close();
  await session.closed;
  const record = await app.recordOf('short');
  assert.deepEqual([record.outcome, record.costNanoUsd], ['completed', 3 * ANSWER_NANO_USD]);
  assert.equal(await spentUsd(app, 'voice'), '0.011664');
});

test('a session is not ended by the budget of a model that does not answer it', async (context) => {
  const app = await open(context, { name: 'claude', limit: '0.001', model: 'claude-*', unknown: 'allow' });
  const session = await openSession(app, 'other');
  await session.answer();
  await session.answer();
  session.close();
  assert.equal((await session.closed).code, 1000);
  assert.equal((await app.recordOf('other')).outcome, 'completed');
  assert.equal(await spentUsd(app, 'claude'), '0');
});

/** A provider that does `turn` with the nth message of a session, counted from 0. */
async function provideSessions(
  context: TestContext,
  turn: (say: (event: unknown) => void, number: number, socket: ServerSocket, wire: Socket) => void,
): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { socket: wire }) => {
    const say = (event: unknown): void => socket.send(JSON.stringify(event));
    let number = 0;
    say({ type: 'session.created', session: { id: 's', model: 'gpt-realtime' } });
    socket.on('message', () => turn(say, number++, socket, wire as Socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a session whose provider ends it with the answer that uses a budget up has ended well', async (context) => {
  const url = await provideSessions(context, (say, _number, socket, wire) => {
    const usage = { input_tokens: 100_000, output_tokens: 100_000, total_tokens: 200_000 };
    // In one piece: the end is there before anything can be paid.
    wire.cork();
    say({ type: 'response.done', response: { id: 'a', status: 'completed', usage } });
    socket.close(1000, 'that is all');
    wire.uncork();
  });
  const voice = { name: 'voice', limit: '0.005', unknown: 'allow' };
  const app = await appWith(context, [voice], { settings: { TOKENWATCH_OPENAI_URL: url } });
  const session = await openSession(app, 'last');
  void session.answer();
  assert.deepEqual(await session.closed, { code: 1000, reason: 'that is all' });
  const { outcome, errorCode, costNanoUsd } = await app.recordOf('last');
  assert.deepEqual([outcome, errorCode], ['completed', null]);
  assert.ok((costNanoUsd ?? 0) > 5_000_000);
});

/** 1,000 tokens of text in and out at $4 and $16 a million. */
const TEXT_USAGE = {
  total_tokens: 2000,
  input_tokens: 1000,
  output_tokens: 1000,
  input_token_details: { text_tokens: 1000 },
  output_token_details: { text_tokens: 1000 },
};
const TEXT_NANO_USD = 20_000_000;

test('what a session has paid stays spent after a restart, though what it cost is not known', async (context) => {
  const url = await provideSessions(context, (say, number, socket) => {
    const id = `resp_${number}`;
    say({ type: 'response.created', response: { id, status: 'in_progress' } });
    if (number === 0)
      say({ type: 'response.done', response: { id, status: 'completed', usage: TEXT_USAGE } });
    else socket.terminate();
  });
  // One that refuses, and one that only tells.
  const voice = { name: 'voice', limit: '0.05', unknown: 'allow' };
  const app = await appWith(context, [voice, { name: 'told', limit: '1', action: 'warn', per: 'session' }], {
    settings: { TOKENWATCH_OPENAI_URL: url },
  });
  const session = await openSession(app, 'left');
  await session.answer();
  void session.answer();
  await session.closed;
  const record = await app.recordOf('left');
  assert.deepEqual([record.costNanoUsd, record.listCostNanoUsd], [null, TEXT_NANO_USD]);
  assert.equal(await spentUsd(app, 'voice'), '0.02');
  await app.stop();
  const again = await startTestApp({ dataDir: app.dataDir });
  context.after(() => again.close());
  assert.equal(await spentUsd(again, 'voice'), '0.02');
  assert.equal(await spentUsd(again, 'told'), '0.02');
  await again.stop();
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_BUDGET_TIMEZONE: 'UTC' };
  const { stdout } = await runCommand('verify', ['--json'], environment);
  const { holds, periods } = JSON.parse(stdout) as {
    readonly holds: boolean;
    readonly periods: readonly { readonly spentNanoUsd: number; readonly unpriced: number }[];
  };
  assert.deepEqual(
    [holds, ...periods.map(({ spentNanoUsd, unpriced }) => [spentNanoUsd, unpriced])],
    [true, [TEXT_NANO_USD, 1]],
  );
  const status = await runCommand('budget status', ['--json'], environment);
  assert.match(status.stdout, /"spentUsd": "0.02"/);
});
