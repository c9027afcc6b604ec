// Reports over many records: how long each call of the dashboard takes, and what ten open pages do to a look-up in
// the cache and to `budget kill`. Makes the records first, through the code that takes them in.
// Usage: node bench/reports.ts [--records 3000000] [--folder DIR, kept and used again]

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startApp } from '../src/app.ts';
import { processOwner } from '../src/record/spool.ts';
import { readSettings } from '../src/settings.ts';
import { openStore } from '../src/storage/registry.ts';
import { fillFolder } from './records.ts';

const DAYS = 30;
const PAGES = 10;
const LOOKUPS = 2000;
const ROUNDS = 5;
const { values } = parseArgs({
  options: { records: { type: 'string', default: '3000000' }, folder: { type: 'string' } },
});
const wanted = Number(values.records);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tokenwatch-reports-'));

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

interface Lookups {
  readonly medianMs: number;
  readonly meanMs: number;
}

/** A millisecond apart. That one is late, as it is on a busy machine, is no part of a look-up. */
async function lookups(store: Awaited<ReturnType<typeof openStore>>): Promise<Lookups> {
  const times: number[] = [];
  for (let index = 0; index < LOOKUPS; index += 1) {
    const begin = performance.now();
    await store.cache.findAnswer(`key-${index}`, Date.now());
    times.push(performance.now() - begin);
    await delay(1);
  }
  return {
    medianMs: times.toSorted((a, b) => a - b)[LOOKUPS / 2] as number,
    meanMs: times.reduce((sum, each) => sum + each, 0) / LOOKUPS,
  };
}

async function beside(): Promise<void> {
  const app = await startApp({ settings, warn: () => {} });
  const store = await openStore(settings, { owner: `${processOwner()}-bench`, warn: () => {} });
  const measure = async (): Promise<Lookups & { readonly killMs: number }> => ({
    ...(await lookups(store)),
    killMs: (await timesOf(kill)).medianMs,
  });
  const alone = await measure();
  const pages = Array.from({ length: PAGES }, (_, index) =>
    openPage(app.dashboardUrl, index % 2 === 0 ? '30d' : 'all'),
  );
  const busy = await measure();
  await Promise.all(pages.map((close) => close()));
  const again = await measure();
  for (const [name, figure] of [
    ['median', 'medianMs'],
    ['mean', 'meanMs'],
  ] as const) {
    const quiet = (alone[figure] + again[figure]) / 2;
    console.log(
      `a look-up in the cache, ${name}: ${(1000 * quiet).toFixed(0)} µs alone, ${(1000 * busy[figure]).toFixed(0)} µs with ${PAGES} pages open (× ${(busy[figure] / quiet).toFixed(2)})`,
    );
  }
  console.log(
    `budget kill: ${alone.killMs.toFixed(0)} ms alone, ${busy.killMs.toFixed(0)} ms with ${PAGES} pages open`,
  );
  await store.close();
  await app.close();
}

await fillFolder(folder, { records: wanted, days: DAYS });
const app = await startApp({ settings, warn: () => {} });
await reports(app.dashboardUrl);
await app.close();
await beside();
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
