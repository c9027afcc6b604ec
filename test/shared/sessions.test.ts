// Sessions at two proxies of one PostgreSQL that pay one hard budget while they run: what one has used up ends the
// other's, and no new one begins at either.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type PostgresServer, postgresFolders, startPostgres } from '../postgres-server.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const [folder] = postgresFolders();
const skip = folder === undefined ? 'no PostgreSQL here' : false;
/** What the simulated provider's answer costs: see test/websocket.test.ts. */
const ANSWER_NANO_USD = 3_888_000;

let postgres: PostgresServer;
let apps: readonly [TestApp, TestApp];

before(async () => {
  if (folder === undefined) return;
  postgres = await startPostgres(folder);
  const settings = { TOKENWATCH_DATABASE_URL: postgres.url };
  apps = [await startTestApp({ settings }), await startTestApp({ settings })];
});
after(async () => {
  for (const app of apps ?? []) await app.close();
  await postgres?.close();
});

async function setBudget(app: TestApp, parts: object): Promise<void> {
  const response = await fetch(`${app.dashboardUrl}/api/v1/budgets`, {
    method: 'POST',
    headers: { ...app.adminHeaders, 'content-type': 'application/json' },
    body: JSON.stringify({ period: 'total', unknown: 'allow', ...parts }),
  });
  assert.equal(response.status, 200, await response.text());
}

async function spentNanoUsd(app: TestApp, name: string): Promise<number | null> {
  const response = await fetch(`${app.dashboardUrl}/api/v1/budgets`);
  const { budgets } = (await response.json()) as {
    readonly budgets: readonly { readonly name: string; readonly spentUsd: string }[];
  };
  const budget = budgets.find((each) => each.name === name);
  return budget === undefined ? null : Math.round(Number(budget.spentUsd) * 1e9);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

interface Session {
  readonly closed: Promise<number>;
  /** Resolves when the answer has come, or the session has ended without. */
  answer(): Promise<void>;
  close(): void;
}

function connect(app: TestApp, name: string, appName: string): WebSocket {
  return new WebSocket(
    `${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`,
    ['realtime'],
    { headers: { authorization: 'Bearer x', 'x-tokenwatch-session': name, 'x-tokenwatch-app': appName } },
  );
}

async function openSession(app: TestApp, name: string, appName: string): Promise<Session> {
  const socket = connect(app, name, appName);
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'message');
  return {
    closed,
    close: () => socket.close(1000),
    answer: () =>
      new Promise((resolve) => {
        const look = (data: unknown): void => {
          if (!String(data).includes('response.done')) return;
          socket.off('message', look);
          resolve();
        };
        socket.on('message', look);
        void closed.then(() => resolve());
        socket.send(JSON.stringify({ type: 'response.create' }));
      }),
  };
}

/** The status of a handshake that is refused. */
async function refusal(app: TestApp, appName: string): Promise<number> {
  const socket = connect(app, 'late', appName);
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  socket.terminate();
  return response.statusCode as number;
}

test('what a session pays at one proxy is spent at the other, which ends its own once all is used up', {
  skip,
}, async () => {
  const [one, other] = apps;
  // Five answers.
  await setBudget(one, { name: 'voice', limit: '0.018', app: 'voice' });
  for (const app of apps) await until(async () => (await spentNanoUsd(app, 'voice')) === 0);
  const sessions = [await openSession(one, 'at one', 'voice'), await openSession(other, 'at other', 'voice')];
  const [first, second] = sessions as [Session, Session];
  for (let count = 0; count < 2; count += 1) for (const session of sessions) await session.answer();
  for (const app of apps) await until(async () => (await spentNanoUsd(app, 'voice')) === 4 * ANSWER_NANO_USD);
  await first.answer();
  assert.equal(await first.closed, 1008);
  await until(async () => (await spentNanoUsd(other, 'voice')) === 5 * ANSWER_NANO_USD);
  await second.answer();
  assert.equal(await second.closed, 1008);
  for (const app of apps) assert.equal(await refusal(app, 'voice'), 429);
  const records = [await one.recordOf('at one'), await other.recordOf('at other')];
  assert.deepEqual(
    records.map(({ outcome, costNanoUsd }) => [outcome, costNanoUsd]),
    [3, 3].map((answers) => ['cut', answers * ANSWER_NANO_USD]),
  );
  for (const app of apps) await until(async () => (await spentNanoUsd(app, 'voice')) === 6 * ANSWER_NANO_USD);
});

test('sessions that pay at both at once are all ended, and each pays what its record says', {
  skip,
}, async () => {
  const [one] = apps;
  await setBudget(one, { name: 'race', limit: '0.1', app: 'race' });
  for (const app of apps) await until(async () => (await spentNanoUsd(app, 'race')) === 0);
  const names = Array.from({ length: 6 }, (_, index) => `racer ${index}`);
  const placeOf = (index: number): TestApp => apps[index % 2] as TestApp;
  const ends = await Promise.all(
    names.map(async (name, index) => {
      const session = await openSession(placeOf(index), name, 'race');
      let isOpen = true;
      const end = session.closed.then((code) => {
        isOpen = false;
        return code;
      });
      while (isOpen) await session.answer();
      return end;
    }),
  );
  assert.deepEqual(
    ends,
    names.map(() => 1008),
  );
  const records = await Promise.all(names.map((name, index) => placeOf(index).recordOf(name)));
  assert.ok(records.every(({ costNanoUsd }) => (costNanoUsd ?? 0) % ANSWER_NANO_USD === 0));
  const paid = records.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
  assert.ok(paid >= 100_000_000, String(paid));
  for (const app of apps) await until(async () => (await spentNanoUsd(app, 'race')) === paid);
  for (const app of apps) assert.equal(await refusal(app, 'race'), 429);
});
