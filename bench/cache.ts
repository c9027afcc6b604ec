// `npm run bench:cache`: what an answer from the cache takes, and what looking for a similar prompt adds to a miss.
//
// 1. Exact hits: CPU per request against the bare server that answers the same document, and the time until the
//    whole answer against the fastest answer of an upstream that takes as long as a quick model.
// 2. Similar prompts: the added latency of a miss with the local embedder and 10,000 stored prompts in the one
//    partition that is searched.

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteCacheEntries } from '../src/storage/sqlite/cache-entries.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { SqliteSemanticEntries } from '../src/storage/sqlite/semantic-entries.ts';
import { ascending, Load, percentile } from './load.ts';
import { type Subject, startTokenWatch, startUpstream } from './subjects.ts';

/** A quick model's first word takes a few times as long: this is in the upstream's favour. */
const UPSTREAM_MS = 50;
const WARM_UP = 20_000;
const ROUNDS = 5;
const REQUESTS = 2000;
const CLIENTS = 8;
const ALONE = 500;
const STORED = 10_000;
const QUESTIONS = 400;
const AFTERWORK_MS = 400;

const load = new Load();
console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
try {
  await exactHits();
  await similarPrompts();
} finally {
  await load.close();
}

async function exactHits(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
  const [instant, slow] = [await startUpstream(), await startUpstream(UPSTREAM_MS)];
  const proxy = await startTokenWatch(instant, folder, {
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_EMBEDDER: 'off',
  });
  try {
    for (const subject of [instant, proxy]) await load.send(subject, 'json', WARM_UP, CLIENTS);
    const cpu = { bare: [] as number[], hit: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      cpu.bare.push(await cpuOf(instant));
      cpu.hit.push(await cpuOf(proxy));
    }
    const hits = (await load.send(proxy, 'json', ALONE, 1)).wholeMs;
    const bare = (await load.send(instant, 'json', ALONE, 1)).wholeMs;
    const fresh = (await load.send(slow, 'json', ALONE / 10, 1)).wholeMs;
    const [bareCpu, hitCpu] = [median(cpu.bare), median(cpu.hit)];
    const [p50, p99, fastest] = [percentile(hits, 0.5), percentile(hits, 0.99), percentile(fresh, 0)];
    console.log(`
Exact hits, a document of 1 KB

- CPU: ${hitCpu.toFixed(0)} µs a hit, ${bareCpu.toFixed(0)} µs the bare server: ${(hitCpu - bareCpu).toFixed(0)} µs over it
- time: ${p50.toFixed(2)} ms p50, ${p99.toFixed(2)} ms p99; a bare server on the same machine ${percentile(bare, 0.5).toFixed(2)} ms p50
- an upstream of ${UPSTREAM_MS} ms answers in ${fastest.toFixed(2)} ms at its fastest: ${(fastest / p50).toFixed(0)} times as long as the median hit, ${(fastest / p99).toFixed(0)} times as the 99th of a hundred`);
  } finally {
    for (const subject of [proxy, slow, instant]) await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cpuOf(subject: Subject): Promise<number> {
  const before = await subject.use();
  await load.send(subject, 'json', REQUESTS, CLIENTS);
  await sleep(AFTERWORK_MS);
  return ((await subject.use()).cpuUs - before.cpuUs) / REQUESTS;
}

async function similarPrompts(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
  const upstream = await startUpstream();
  const settings = {
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_INDEX: '256M',
    TOKENWATCH_CACHE_SHADOW_RATE: '0',
    TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '5s',
  };
  let proxy = await startTokenWatch(upstream, folder, settings);
  try {
    await untilStored(proxy, folder);
    await proxy.stop();
    await fill(folder);
    proxy = await startTokenWatch(upstream, folder, settings);
    // Until the embedder works, and the partition is in memory.
    for (let index = 0; index < 100; index += 1) {
      await ask(proxy, question(1000 + index));
      await sleep(50);
    }
    const cpuWith = await cpuOfQuestions(proxy, 30_000);
    const withTier = await timesOf(proxy, 10_000);
    await proxy.stop();
    proxy = await startTokenWatch(upstream, folder, { ...settings, TOKENWATCH_CACHE_EMBEDDER: 'off' });
    for (let index = 0; index < 100; index += 1) await ask(proxy, question(2000 + index));
    const cpuWithout = await cpuOfQuestions(proxy, 40_000);
    const without = await timesOf(proxy, 20_000);
    const added = (share: number): string =>
      (percentile(withTier, share) - percentile(without, share)).toFixed(1);
    console.log(`
A miss that looks for a similar prompt: local embedder, ${STORED} stored prompts in its partition, one client

- ${added(0.5)} ms added at the median, ${added(0.9)} ms at the 90th of a hundred (a miss without it: ${percentile(without, 0.5).toFixed(2)} ms)
- ${(cpuWith - cpuWithout).toFixed(1)} ms of CPU added, over all threads`);
  } finally {
    await proxy.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** No two alike, of the usual length. */
function question(index: number): string {
  const [subject, verb] = [
    ['a bicycle', 'a violin', 'a glacier', 'a sailing boat', 'an orchard', 'a lighthouse', 'a beehive'][
      index % 7
    ],
    ['repair', 'paint', 'describe', 'photograph', 'measure', 'protect', 'restore', 'study'][index % 8],
  ];
  return `How does one ${verb} ${subject} in a village of ${index} people near the sea?`;
}

async function ask(proxy: Subject, text: string): Promise<number> {
  const began = performance.now();
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: text }] });
  const response = await fetch(proxy.url, { method: 'POST', headers: proxy.headers, body });
  await response.arrayBuffer();
  if (response.headers.get('x-tokenwatch-cache') !== 'MISS') throw new Error(`not a miss: ${text}`);
  return performance.now() - began;
}

async function timesOf(proxy: Subject, from: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < QUESTIONS; index += 1) times.push(await ask(proxy, question(from + index)));
  return ascending(times);
}

/** Milliseconds a question: unlike times, these do not grow with what else the machine does. */
async function cpuOfQuestions(proxy: Subject, from: number): Promise<number> {
  const before = await proxy.use();
  await timesOf(proxy, from);
  await sleep(AFTERWORK_MS);
  return ((await proxy.use()).cpuUs - before.cpuUs) / QUESTIONS / 1000;
}

/** One prompt with a vector tells which partition to fill. */
async function untilStored(proxy: Subject, folder: string): Promise<void> {
  for (let index = 0; index < 600; index += 1) {
    await ask(proxy, question(index));
    const database = new DatabaseSync(databasePath(folder), { readOnly: true });
    const stored = Number(database.prepare('SELECT count(*) AS n FROM cache_questions').get()?.n);
    database.close();
    if (stored > 0) return;
    await sleep(100);
  }
  throw new Error('the local embedder stored no prompt in a minute');
}

/** Copies of what is stored, each with a vector of its own: what a search takes does not depend on their values. */
async function fill(folder: string): Promise<void> {
  const database = new DatabaseSync(databasePath(folder));
  const [answers, questions] = [new SqliteCacheEntries(database), new SqliteSemanticEntries(database)];
  const key = String(database.prepare('SELECT key FROM cache_questions').get()?.key);
  const [model, stored] = [await questions.questionOf(key), (await answers.answersById(key))[0]];
  if (model === null || stored === undefined) throw new Error('the stored prompt is gone');
  database.exec('BEGIN');
  for (let index = 0; index < STORED; index += 1) {
    const copy = `${key}-${index}`;
    await answers.putAnswer({ ...stored, key: copy });
    const vector = model.vector.map(() => Math.random() - 0.5);
    const length = Math.hypot(...vector);
    await questions.putQuestion({ ...model, key: copy, vector: vector.map((value) => value / length) });
  }
  database.exec('COMMIT');
  database.close();
}

function median(values: readonly number[]): number {
  return percentile(ascending(values), 0.5);
}
