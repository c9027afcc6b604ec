// `npm run faults [-- --minutes 5 --seed N --streams N]`: a server under kills, stops, locks, full disks, clock jumps and
// an upstream that misbehaves in every way known, while clients ask without pause; then design.md's promises are checked
// from the outside, and the figures printed. Exits with 1 where one is broken.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RequestsPage } from '../../../src/core/analytics.ts';
import { visitStore } from '../../../src/storage/registry.ts';
import { withBook } from '../../budgets/app-with-budgets.ts';
import { Chance } from './chance.ts';
import { Clients, type Wish, wishOf } from './clients.ts';
import type { Evidence, RecordFacts } from './evidence.ts';
import { FaultyUpstream } from './faulty-upstream.ts';
import { type Figures, printFigures } from './figures.ts';
import { type Scene, TORMENTS } from './torments.ts';
import { Victim } from './victim.ts';

const CLIENTS = 64;
const LIMIT_USD = '0.004';
const LIMIT_NANO_USD = 4_000_000;
const STREAMS_MAX = 10_000;
/** Of this process's files, for all that is no stream: each one takes two, the client's end and the upstream's. */
const FILES_SPARE = 600;
/** For a wave to be open. */
const STREAMS_WAIT_MS = 60_000;
const STREAMS_WAVE = 200;
const PAGE_RECORDS = 5000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    streams: { type: 'string', default: String(STREAMS_MAX) },
  },
});
const minutes = wholeOrPart('minutes', values.minutes);
const seed = wholeOrPart('seed', values.seed);
process.exitCode = await run(minutes, seed, wholeOrPart('streams', values.streams));

function wholeOrPart(name: string, text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  process.stderr.write(`faults: --${name} "${text}" is not a number such as 5.\n`);
  process.exit(2);
}

async function run(minutes: number, seed: number, streamsWanted: number): Promise<number> {
  console.log(`Faults for ${minutes} minutes, seed ${seed}.`);
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-faults-'));
  const upstream = new FaultyUpstream();
  await upstream.listen();
  const victim = new Victim(folder, {
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: upstream.url,
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_EMBEDDER: 'off',
    TOKENWATCH_CONNECT_TIMEOUT: '2',
    TOKENWATCH_OVERALL_TIMEOUT: '4',
    TOKENWATCH_BUDGET_WAIT: '1',
  });
  const limits = await setBudgets(victim.dataDir, Math.ceil(minutes * 2));
  const clients = new Clients();
  try {
    await victim.start();
    const torments = await torment(victim, upstream, clients, [...limits.keys()], minutes, seed);
    await victim.stop();
    await victim.start({ TOKENWATCH_OVERALL_TIMEOUT: '600' });
    const streams = await openStreams(victim, upstream, clients, streamsWanted);
    await victim.stop();
    const evidence: Evidence = {
      asked: clients.asked,
      seen: upstream.seen,
      records: await readRecords(victim.dataDir),
      limits,
      outages: victim.outages,
      deaths: victim.deaths,
    };
    const figures: Figures = { torments, streams, residentBytesMax: victim.residentBytesMax };
    return printFigures(evidence, figures) ? 0 : 1;
  } finally {
    await clients.close();
    await victim.stop();
    await upstream.goDown();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One application after the other uses its budget up. */
async function setBudgets(dataDir: string, count: number): Promise<ReadonlyMap<string, number>> {
  const apps = Array.from({ length: count }, (_, index) => `limited-${index}`);
  await withBook(dataDir, async (book) => {
    for (const app of apps) await book.set({ name: app, app, limit: LIMIT_USD, period: 'total' });
  });
  return new Map(apps.map((app) => [app, LIMIT_NANO_USD]));
}

async function torment(
  victim: Victim,
  upstream: FaultyUpstream,
  clients: Clients,
  apps: readonly string[],
  minutes: number,
  seed: number,
): Promise<ReadonlyMap<string, number>> {
  const beganMs = performance.now();
  const endMs = beganMs + minutes * 60_000;
  let number = 0;
  const wishes = new Chance(seed);
  const nextWish = (): Wish => {
    const share = (performance.now() - beganMs) / (endMs - beganMs);
    const app = apps[Math.min(apps.length - 1, Math.floor(share * apps.length))] ?? '';
    number += 1;
    return wishOf(number, wishes, app);
  };
  const askOnce = async (): Promise<void> => clients.ask(await victim.target(), nextWish());
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) await askOnce();
  };
  const storm = async (requests: number): Promise<void> => {
    await Promise.all(Array.from({ length: requests }, askOnce));
  };
  const running = Promise.all(Array.from({ length: CLIENTS }, client));
  const done = new Map<string, number>();
  const scene: Scene = { victim, upstream, chance: new Chance(seed + 1), storm };
  let left: string[] = [];
  while (performance.now() < endMs) {
    await sleep(scene.chance.from(100, 1200));
    // Each before any comes again.
    if (left.length === 0) left = scene.chance.shuffled(Object.keys(TORMENTS));
    const name = left.pop() ?? '';
    const isDone = await TORMENTS[name]?.(scene);
    done.set(name, (done.get(name) ?? 0) + (isDone === true ? 1 : 0));
    victim.lookAtMemory();
  }
  await running;
  return done;
}

/** All open at once, and then each to its end. As many as wanted, or as this process may have files for. */
async function openStreams(
  victim: Victim,
  upstream: FaultyUpstream,
  clients: Clients,
  wanted: number,
): Promise<number> {
  const files =
    Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Number.POSITIVE_INFINITY;
  const count = Math.min(wanted, Math.floor((files - FILES_SPARE) / 2));
  const target = await victim.target();
  const streams: Promise<void>[] = [];
  while (streams.length < count && upstream.held === streams.length) {
    const deadlineMs = performance.now() + STREAMS_WAIT_MS;
    // A wave after the other: thousands of connections in one instant only test the queue of the system.
    for (let left = Math.min(STREAMS_WAVE, count - streams.length); left > 0; left -= 1)
      streams.push(clients.ask(target, streamWish(streams.length)));
    while (upstream.held < streams.length && performance.now() < deadlineMs) await sleep(10);
  }
  const held = upstream.held;
  victim.lookAtMemory();
  upstream.release();
  await Promise.all(streams);
  return held;
}

function streamWish(index: number): Wish {
  return {
    key: `stream-${index}`,
    prompt: `stream-${index}`,
    kind: 'plain',
    app: 'free',
    behaviour: 'hold',
    isChat: false,
    isStream: true,
    words: 3,
    caller: 'caller-a',
    leaves: false,
    dawdles: false,
  };
}

async function readRecords(dataDir: string): Promise<readonly RecordFacts[]> {
  const store = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'refuse');
  const records: RecordFacts[] = [];
  let cursor: string | null = null;
  do {
    const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const page: RequestsPage = await store.analytics.requests({
      range,
      filter: {},
      sort: 'time',
      limit: PAGE_RECORDS,
      cursor,
    });
    for (const { id, session, app, outcome, costNanoUsd, modelRequested, cacheUse } of page.records)
      records.push({ id, session, app, outcome, costNanoUsd, modelRequested, cacheUse });
    cursor = page.nextCursor;
  } while (cursor !== null);
  await store.close();
  return records;
}
