// Every question that the dashboard's page asks, over many records: how long each takes, against the aim of 200 ms.
// Usage: node bench/every-call.ts [--records 10000000] [--folder DIR, kept and used again] [--rounds 7] [--only TEXT]

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readFolderToken } from '../src/access/folder-token.ts';
import { startApp } from '../src/app.ts';
import { PATHS } from '../src/dashboard/paths.ts';
import { readSettings } from '../src/settings.ts';
import { fillFolder, TEST_NAME } from './records.ts';

const DAYS = 30;
const COPIES = 10;
const AIM_MS = 200;
const DAY_MS = 86_400_000;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '10000000' },
    folder: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
  },
});
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tokenwatch-calls-'));
await fillFolder(folder, { records: Number(values.records), days: DAYS, copies: COPIES });

const settings = readSettings({
  TOKENWATCH_DATA_DIR: folder,
  TOKENWATCH_PROXY_PORT: '0',
  TOKENWATCH_DASHBOARD_PORT: '0',
  TOKENWATCH_CACHE_EMBEDDER: 'off',
});
const app = await startApp({ settings, warn: () => {} });
const headers = { authorization: `Bearer ${readFolderToken(folder)}`, 'content-type': 'application/json' };

async function ask(path: string, body?: unknown): Promise<Record<string, never>> {
  const response = await fetch(app.dashboardUrl + path, {
    headers,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, never>;
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
}

const RANGES = ['1h', '24h', '7d', '30d', 'all'];
/** What the page can be narrowed to. */
const FILTERS = [
  'app=codex',
  'tag=team%3Dsearch',
  'model=gpt-5',
  'outcome=failed',
  'outcome=refused',
  'key=ci',
  'session=codex-1',
  'app=codex&model=gpt-5&outcome=failed',
  'app=nobody',
  'text=nightly-77',
  'text=nothing-has-this',
];

/** What pages ask, by what they show. */
function paths(): readonly string[] {
  const zoom = `from=${Date.now() - 20 * DAY_MS}&to=${Date.now() - 11.4 * DAY_MS}`;
  const overview = RANGES.flatMap((range) => [
    `/api/stats?range=${range}&by=model&limit=8`,
    `/api/stats?range=${range}&by=app&limit=8`,
    `/api/timeseries?range=${range}&stack=none`,
    `/api/timeseries?range=${range}&stack=model`,
    `/api/timeseries?range=${range}&stack=app`,
    `/api/timeseries?range=${range}&stack=tag`,
    `/api/cache?range=${range}`,
    `/api/cost/by-session?range=${range}`,
    `/api/stats?range=${range}&by=session&limit=50`,
    ...['time', 'cost', 'latency', 'tokens'].map(
      (sort) => `/api/requests?range=${range}&sort=${sort}&limit=100`,
    ),
  ]);
  const filtered = FILTERS.flatMap((filter) => [
    `/api/stats?range=30d&by=model&limit=8&${filter}`,
    `/api/timeseries?range=30d&stack=model&${filter}`,
    `/api/requests?range=30d&sort=time&limit=100&${filter}`,
    `/api/requests?range=all&sort=time&limit=100&${filter}`,
    `/api/requests?range=30d&sort=cost&limit=100&${filter}`,
  ]);
  const cost = ['tag', 'tag:team', 'app', 'session', 'model', 'upstream', 'key', 'rule'].flatMap((by) => [
    `/api/stats?range=30d&by=${by}&limit=200`,
    `/api/stats?range=30d&by=${by}&limit=200&app=support`,
    `/api/stats?range=all&by=${by}&limit=200`,
  ]);
  const whatIf = ['instead=gpt-4o-mini', 'tier=batch', 'cache=none', 'rules=true'].flatMap((wish) =>
    RANGES.map((range) => `/api/cost/compare?range=${range}&${wish}`),
  );
  const others = [
    `/api/stats?${zoom}&by=model`,
    `/api/timeseries?${zoom}&stack=model`,
    `/api/requests?${zoom}&sort=time&limit=100`,
    `/api/requests?${zoom}&sort=cost&limit=100`,
    '/api/cost/forecast',
    '/api/cost/forecast?app=codex',
    `/api/experiments/${TEST_NAME}`,
    `/api/ab/history/${TEST_NAME}`,
  ];
  return [...overview, ...filtered, ...cost, ...whatIf, ...others, ...plain()];
}

/** Endpoints that are asked with nothing. */
function plain(): readonly string[] {
  const asked = Object.values(PATHS).filter((path) => path.startsWith('GET ') && !path.includes('{'));
  const needs = new Set(['/cost/compare']);
  return asked
    .map((path) => path.slice('GET '.length))
    .filter((path) => !needs.has(path))
    .map((path) => `/api${path}`);
}

interface Times {
  readonly path: string;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly mostMs: number;
  readonly cpuMs: number;
}

async function timesOf(path: string): Promise<Times> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const begin = performance.now();
    await ask(path);
    times.push(performance.now() - begin);
    // What takes seconds is known after one.
    if (performance.now() - begin > 10 * AIM_MS) break;
  }
  const { user, system } = process.cpuUsage(before);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    path,
    firstMs: times[0] as number,
    medianMs: sorted[Math.floor(sorted.length / 2)] as number,
    mostMs: sorted.at(-1) as number,
    cpuMs: (user + system) / 1000 / times.length,
  };
}

const { keys } = await ask('/api/keys');
if ((keys as unknown as readonly unknown[]).length === 0) await ask('/api/keys', { name: 'ci' });
const results: Times[] = [];
for (const path of paths().filter((each) => each.includes(values.only))) {
  const times = await timesOf(path);
  results.push(times);
  if (times.medianMs > AIM_MS)
    console.log(`${times.medianMs.toFixed(0)} ms, ${times.cpuMs.toFixed(0)} of CPU: ${path}`);
}
await app.close();

const { records } = values;
console.log(
  `\n${records} records; ${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log('| call | first, ms | median, ms | most, ms | CPU, ms |\n| --- | --- | --- | --- | --- |');
for (const { path, ...times } of results.toSorted((a, b) => b.medianMs - a.medianMs)) {
  const { firstMs, medianMs, mostMs, cpuMs } = times;
  console.log(
    `| \`${path}\` | ${[firstMs, medianMs, mostMs, cpuMs].map((ms) => ms.toFixed(0)).join(' | ')} |`,
  );
}
const over = results.filter(({ medianMs }) => medianMs > AIM_MS);
console.log(`\n${results.length - over.length} of ${results.length} within ${AIM_MS} ms at the median`);
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
