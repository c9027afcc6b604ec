// Two proxies of one PostgreSQL: each shows the other's traffic, hears of what is set, and answers from the other's cache.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { RequestRecord } from '../../src/core/record.ts';
import type { InstancesAnswer, LiveMessage, StatsAnswer } from '../../src/dashboard/contract.ts';
import { PostgresDatabase } from '../../src/storage/postgres/database.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../cache/semantic-servers.ts';
import { type PostgresServer, postgresFolders, startPostgres } from '../postgres-server.ts';
import { runCommand } from '../run-command.ts';
import { assertSoonest } from '../soonest.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const [folder] = postgresFolders();
const skip = folder === undefined ? 'no PostgreSQL here' : false;
/** What another proxy did is seen within. */
const SEEN_MS = 2000;

let postgres: PostgresServer;
let embeddings: EmbeddingServer;
let apps: readonly [TestApp, TestApp];

before(async () => {
  if (folder === undefined) return;
  [postgres, embeddings] = await Promise.all([startPostgres(folder), startEmbeddingServer()]);
  const settings = {
    TOKENWATCH_DATABASE_URL: postgres.url,
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_EMBEDDER: `endpoint:${embeddings.url}#words`,
    TOKENWATCH_CACHE_SHADOW_RATE: '0',
    TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '2s',
  };
  const one = await startTestApp({ settings });
  // One address: prompts to different ones are not compared.
  apps = [one, await startTestApp({ settings: { ...settings, TOKENWATCH_OPENAI_URL: one.provider.url } })];
});
after(async () => {
  for (const app of apps ?? []) await app.close();
  await embeddings?.close();
  await postgres?.close();
});

async function ask(app: TestApp, text: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer not-a-key', ...headers },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }] }),
  });
  await response.text();
  return response;
}

async function api<T>(app: TestApp, path: string, body?: object): Promise<T> {
  const response = await fetch(`${app.dashboardUrl}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...app.adminHeaders, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

interface Feed {
  /** Every state of every record, in the order in which it was told. */
  readonly told: readonly RequestRecord[];
  readonly settled: () => number;
  close(): void;
}

/** Returns once the page is welcome: from then on nothing is missed. */
async function openFeed(app: TestApp): Promise<Feed> {
  const socket = new WebSocket(`${app.dashboardUrl.replace('http', 'ws')}/ws/live`);
  const told: RequestRecord[] = [];
  let settled = 0;
  await new Promise<void>((resolve) =>
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as LiveMessage;
      if (message.type !== 'events' && message.type !== 'snapshot') return;
      told.push(...message.records);
      settled = message.totals.requests;
      resolve();
    }),
  );
  return { told, settled: () => settled, close: () => socket.terminate() };
}

async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<number> {
  const start = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - start < withinMs, `${what}: not within ${withinMs} ms`);
    await sleep(10);
  }
  return performance.now() - start;
}

const endedOf = (feed: Feed, session: string): readonly string[] =>
  feed.told.flatMap(({ id, session: of, outcome }) =>
    of === session && outcome !== 'in_flight' ? [id] : [],
  );

/** Whoever listens hears nothing any more: what is told is told by nobody. */
async function breakHints(): Promise<() => Promise<void>> {
  const database = new PostgresDatabase(postgres.url, 1);
  await database.run(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenwatch (listens)'`,
  );
  await database.run(`CREATE FUNCTION pg_temp.nothing () RETURNS void LANGUAGE sql AS ''`);
  const [row] = await database.rows(`SELECT pg_get_functiondef('set_version'::regproc) AS text`);
  const text = String(row?.text);
  await database.run(text.replace(/PERFORM pg_notify\([^;]+;/, ''));
  return async () => {
    await database.run(text);
    await database.close();
  };
}

test('the page of each shows what all write: each request once, the others’ within two seconds', {
  skip,
}, async () => {
  const [one, other] = apps;
  const feeds = [await openFeed(one), await openFeed(other)] as const;
  const count = 30;
  await assertSoonest(SEEN_MS, async () => {
    const session = randomUUID();
    const before = feeds.map(({ settled }) => settled());
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        ask(index % 3 === 0 ? other : one, `number ${index}`, { 'x-tokenwatch-session': session }),
      ),
    );
    const isTold = (feed: Feed): boolean => new Set(endedOf(feed, session)).size === count;
    const tookMs = await until('the feeds tell of all', () => feeds.every(isTold));
    for (const [index, feed] of feeds.entries()) {
      assert.equal(endedOf(feed, session).length, count, 'a request was told twice');
      assert.equal(feed.settled() - (before[index] ?? 0), count);
      const app = apps[index] as TestApp;
      const { summary } = await api<StatsAnswer>(app, `/stats?session=${session}&range=1h`);
      assert.equal(summary.requests, count);
    }
    return tookMs;
  });
  for (const feed of feeds) feed.close();
});

test('a report knows of nothing of the others that the feed has not counted by then', { skip }, async () => {
  const [one, other] = apps;
  const feed = await openFeed(one);
  const session = randomUUID();
  const report = () => api<StatsAnswer>(one, `/stats?session=${session}&range=1h`);
  const { countedAfter: before } = await report();
  await ask(other, 'of the other', { 'x-tokenwatch-session': session });
  await until('the report knows it', async () => {
    const { summary, countedAfter } = await report();
    const known = summary.requests - summary.inFlightRequests;
    const told = (countedAfter?.requests ?? 0) - (before?.requests ?? 0);
    assert.ok(told >= known, `the report knows ${known}, the feed ${told}`);
    return known === 1;
  });
  feed.close();
});

test('what is set at one holds at all at once by a hint, and within two seconds without any', {
  skip,
}, async () => {
  const [one, other] = apps;
  const listed = async (name: string): Promise<boolean> =>
    (await ask(other, `about ${name}`, { 'x-tokenwatch-tag': name })).status === 429;
  const stop = async (name: string): Promise<number> => {
    await api(one, '/kills', { tag: name });
    return until('the kill switch holds', () => listed(name));
  };
  await assertSoonest(SEEN_MS, (number) => stop(`hinted-${number}`));
  const mend = await breakHints();
  await assertSoonest(SEEN_MS, (number) => stop(`unhinted-${number}`));
  await mend();
});

test('an answer that one proxy stored serves similar prompts of the other', { skip }, async () => {
  const [one, other] = apps;
  const hit = async (): Promise<boolean> => {
    const name = randomUUID().slice(0, 8);
    await ask(one, `How big is the ${name} planet?`);
    const response = await ask(other, `how big is the ${name} planet`);
    return response.headers.get('x-tokenwatch-cache-tier') === 'semantic';
  };
  // Both embedders open in the background.
  await until('a similar prompt hits', hit);
  const facts = await api<{ store: { promptSearch: string } }>(other, '/system');
  assert.match(facts.store.promptSearch, /^in the database, by pgvector|^in each proxy’s memory/);
});

test('each proxy is listed with its leases, and one that has gone without a word is marked', {
  skip,
}, async () => {
  const [one, other] = apps;
  await api(one, '/budgets', { name: 'all', limit: 100, period: 'daily' });
  const outstanding = async (): Promise<number> => {
    await ask(one, 'a request that needs a lease');
    const { instances } = await api<InstancesAnswer>(other, '/instances');
    return (
      instances.find(({ leases }) => leases.some(({ budget }) => budget === 'all'))?.outstandingNanoUsd ?? 0
    );
  };
  await until('a lease is told', async () => (await outstanding()) > 0);
  const answer = await api<InstancesAnswer>(one, '/instances');
  assert.deepEqual([answer.isShared, answer.fault, answer.instances.length], [true, null, 2]);
  assert.deepEqual(new Set(answer.instances.map(({ state }) => state)), new Set(['running']));
  assert.ok(answer.instances.some(({ id }) => id === answer.self));
  // As of a machine that lost its power some time ago.
  const visit = await visitStore(
    { TOKENWATCH_DATA_DIR: one.dataDir, TOKENWATCH_DATABASE_URL: postgres.url },
    'refuse',
  );
  const ghost = { id: randomUUID(), run: randomUUID(), host: 'elsewhere', version: '0.0.1' };
  await visit.leases?.registerInstance(ghost);
  await visit.close();
  const database = new PostgresDatabase(postgres.url, 1);
  await database.run('UPDATE instances SET seen_at_ms = seen_at_ms - 60000 WHERE id = ?', [ghost.id]);
  await database.close();
  const { instances } = await api<InstancesAnswer>(one, '/instances');
  assert.equal(instances.find(({ id }) => id === ghost.id)?.state, 'silent');
});

test('doctor makes neither tables in an empty database nor a data folder', { skip }, async () => {
  const admin = new PostgresDatabase(postgres.url, 1);
  await admin.run('CREATE DATABASE untouched');
  await admin.close();
  const url = postgres.url.replace(/[^/]+$/, 'untouched');
  const folder = join(apps[0].dataDir, 'not-made');
  await runCommand('doctor', ['--json'], {
    TOKENWATCH_DATA_DIR: folder,
    TOKENWATCH_DATABASE_URL: url,
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: apps[0].provider.url,
    TOKENWATCH_OPENAI_URL: apps[0].provider.url,
  });
  const database = new PostgresDatabase(url, 1);
  const tables = await database.rows(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  await database.close();
  assert.deepEqual([tables, existsSync(folder)], [[], false]);
});
