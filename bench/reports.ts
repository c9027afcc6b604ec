// Reports over many records: how long each call of the dashboard takes, and what ten open pages do to a look-up in
// the cache and to `budget kill`. Makes the records first, through the code that takes them in.
// Usage: node bench/reports.ts [--records 3000000] [--folder DIR, kept and used again]

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startApp } from '../src/app.ts';
import { processOwner } from '../src/record/spool.ts';
import { endLine, startText } from '../src/record/spool-line.ts';
import { readSettings } from '../src/settings.ts';
import { endOf, startOf } from '../src/storage/conformance-model.ts';
import { openStore } from '../src/storage/registry.ts';
import { databasePath, SqliteDatabase } from '../src/storage/sqlite/database.ts';
import { SqliteRecordSink } from '../src/storage/sqlite/record-sink.ts';

const BATCH = 5000;
const DAYS = 30;
const DAY_MS = 86_400_000;
const PAGES = 10;
const LOOKUPS = 2000;
const ROUNDS = 5;
/** Each application asks two models or three, and bears a tag or two. */
const APPS = [
  { app: 'claude-code', models: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'], tags: [null] },
  { app: 'codex', models: ['gpt-5', 'gpt-5-mini'], tags: [null, 'team=growth'] },
  { app: 'opencode', models: ['glm-4.7', 'gpt-5-mini'], tags: [null, 'team=search'] },
  {
    app: 'search',
    models: ['gpt-4o', 'gpt-5-mini'],
    tags: ['team=search,feature=rank', 'team=search,feature=intent'],
  },
  {
    app: 'support',
    models: ['claude-haiku-4-5', 'gpt-4o'],
    tags: ['team=support,feature=summary', 'team=support'],
  },
  { app: 'nightly', models: ['gpt-5', 'glm-4.7'], tags: ['team=growth,feature=report'] },
] as const;
const OUTCOMES = [
  'completed',
  'completed',
  'completed',
  'completed',
  'cached',
  'upstream_error',
  'client_gone',
] as const;

const { values } = parseArgs({
  options: { records: { type: 'string', default: '3000000' }, folder: { type: 'string' } },
});
const wanted = Number(values.records);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tokenwatch-reports-'));

/** A repeatable sequence from 0 to 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function fill(): Promise<void> {
  if (existsSync(databasePath(folder))) return;
  const database = new SqliteDatabase(folder);
  const sink = new SqliteRecordSink(database.connection);
  const random = sequence(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const firstMs = Date.now() - DAYS * DAY_MS;
  const begin = performance.now();
  const before = process.cpuUsage();
  for (let done = 0; done < wanted; done += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, wanted - done) }, (_, index) => {
      const number = done + index;
      const startedAtMs = Math.floor(firstMs + ((DAYS * DAY_MS) / wanted) * number);
      const { app, models, tags } = pick(APPS);
      const model = pick<string>(models);
      // A session is some twenty requests of one application.
      const session = random() < 0.2 ? null : `${app}-${Math.floor(number / (20 * APPS.length))}`;
      const start = startOf(number, {
        startedAtMs,
        app,
        session,
        tag: pick<string | null>(tags),
        modelRequested: model,
        modelSent: null,
      });
      const latencyMs = 200 * Math.exp(3 * random());
      const end = endOf({
        outcome: pick(OUTCOMES),
        modelUsed: model,
        latencyMs,
        timeToFirstByteMs: latencyMs * random(),
        costNanoUsd: random() < 0.02 ? null : Math.floor(random() * 5e7),
        cacheUse: random() < 0.3 ? 'miss' : null,
      });
      const inputTokens = Math.floor(random() * 20_000);
      return endLine(startText(start), { ...end, usage: { ...end.usage, inputTokens, outputTokens: 300 } });
    });
    await sink.take({ owner: processOwner(), name: 'bench.spool', lines, nextOffset: 0 });
  }
  await sink.forget('bench.spool');
  database.close();
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${wanted} records in ${seconds.toFixed(0)} s, ${((user + system) / wanted).toFixed(0)} µs of CPU each`,
  );
}

interface Times {
  readonly medianMs: number;
  readonly mostMs: number;
  /** Of this process, over all its threads: what a busy machine does not lengthen. */
  readonly cpuMs: number;
}

async function timesOf(work: () => Promise<unknown>): Promise<Times> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  const { user, system } = process.cpuUsage(before);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    medianMs: sorted[Math.floor(ROUNDS / 2)] as number,
    mostMs: sorted.at(-1) as number,
    cpuMs: (user + system) / 1000 / ROUNDS,
  };
}

const settings = readSettings({
  TOKENWATCH_DATA_DIR: folder,
  TOKENWATCH_PROXY_PORT: '0',
  TOKENWATCH_DASHBOARD_PORT: '0',
});

async function reports(dashboardUrl: string): Promise<void> {
  const ask = async (path: string): Promise<void> => {
    const response = await fetch(`${dashboardUrl}${path}`);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    await response.arrayBuffer();
  };
  const paths = ['1h', '24h', '7d', '30d', 'all'].flatMap((range) => [
    `/api/stats?range=${range}`,
    `/api/timeseries?range=${range}`,
  ]);
  const more = [
    '/api/stats?range=all&by=session',
    '/api/stats?range=30d&by=tag:team&app=codex',
    '/api/stats?range=all&model=gpt-5&outcome=failed',
    '/api/timeseries?range=30d&stack=model',
    '/api/timeseries?range=24h&stack=app&tag=team=search',
    '/api/cache?range=all',
    '/api/status',
    '/api/recent?limit=50',
  ];
  for (const path of [...paths, ...more]) {
    const { medianMs, mostMs, cpuMs } = await timesOf(() => ask(path));
    const figures = [medianMs, mostMs, cpuMs].map((ms) => `${ms.toFixed(0).padStart(6)} ms`);
    console.log(`${path.padEnd(52)} median ${figures[0]}, most ${figures[1]}, CPU ${figures[2]}`);
  }
}

/** A page as it is: four questions at once, again when they are answered, at most every two seconds. */
function openPage(dashboardUrl: string, range: string): () => Promise<void> {
  let isOpen = true;
  const paths = [
    `/api/stats?range=${range}&by=model`,
    `/api/stats?range=${range}&by=app`,
    `/api/timeseries?range=${range}`,
    `/api/cache?range=${range}`,
  ];
  const running = (async () => {
    while (isOpen) {
      await Promise.all(paths.map(async (path) => (await fetch(dashboardUrl + path)).arrayBuffer()));
      await delay(2000);
    }
  })();
  return async () => {
    isOpen = false;
    await running;
  };
}

async function kill(): Promise<void> {
  const script = new URL('../bin/tokenwatch.js', import.meta.url).pathname;
  const command = spawn(process.execPath, [script, 'budget', 'kill', '--app', `nobody-${Math.random()}`], {
    env: { ...process.env, TOKENWATCH_DATA_DIR: folder },
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => command.once('exit', resolve));
  if (code !== 0) throw new Error(`budget kill ended with ${code}`);
}

async function lookups(store: Awaited<ReturnType<typeof openStore>>): Promise<number> {
  const begin = performance.now();
  for (let index = 0; index < LOOKUPS; index += 1) {
    await store.cache.findAnswer(`key-${index}`, Date.now());
    await delay(1);
  }
  return (performance.now() - begin) / LOOKUPS - 1;
}

async function beside(): Promise<void> {
  const app = await startApp({ settings, warn: () => {} });
  const store = await openStore(settings, { owner: `${processOwner()}-bench`, warn: () => {} });
  const measure = async (): Promise<{ lookupMs: number; killMs: number }> => ({
    lookupMs: await lookups(store),
    killMs: (await timesOf(kill)).medianMs,
  });
  const alone = await measure();
  const pages = Array.from({ length: PAGES }, (_, index) =>
    openPage(app.dashboardUrl, index % 2 === 0 ? '30d' : 'all'),
  );
  const busy = await measure();
  await Promise.all(pages.map((close) => close()));
  const again = await measure();
  const quiet = (alone.lookupMs + again.lookupMs) / 2;
  console.log(
    `a look-up in the cache: ${(1000 * quiet).toFixed(0)} µs alone, ${(1000 * busy.lookupMs).toFixed(0)} µs with ${PAGES} pages open (× ${(busy.lookupMs / quiet).toFixed(2)})`,
  );
  console.log(
    `budget kill: ${alone.killMs.toFixed(0)} ms alone, ${busy.killMs.toFixed(0)} ms with ${PAGES} pages open`,
  );
  await store.close();
  await app.close();
}

await fill();
const app = await startApp({ settings, warn: () => {} });
await reports(app.dashboardUrl);
await app.close();
await beside();
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
