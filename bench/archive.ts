// What storing prompts costs the proxy's loop: the CPU time of its thread per request, with the archive on against off, in
// one run and in turns. The archive's own thread is told beside it.
// Usage: node bench/archive.ts [rounds]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kind, Load } from './load.ts';
import { type Subject, startTokenWatch, startUpstream, type Use } from './subjects.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const REQUESTS: Readonly<Record<Kind, number>> = { json: 2000, stream: 400 };
const WARM_UP: Readonly<Record<Kind, number>> = { json: 6000, stream: 1000 };
const SLICES = 8;
const CLIENTS = 8;
const SETTLE_MS = 600;

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
const upstream = await startUpstream();
const off = await startTokenWatch(upstream, join(folder, 'off'));
const on = await startTokenWatch(upstream, join(folder, 'on'), { TOKENWATCH_STORE_PROMPTS: 'true' });
const load = new Load();
try {
  for (const kind of ['json', 'stream'] as const) await measure(kind);
} finally {
  await load.close();
  await Promise.all([off, on, upstream].map((subject) => subject.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function measure(kind: Kind): Promise<void> {
  for (const subject of [off, on]) await load.send(subject, kind, WARM_UP[kind], CLIENTS);
  const rounds: { readonly before: Use; readonly after: Use }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(kind, round));
  const ratios = rounds.map(({ before, after }) => after.loopCpuUs / before.loopCpuUs);
  const figures = (pick: (use: Use) => number, which: 'before' | 'after'): string =>
    (median(rounds.map((round) => pick(round[which]))) / REQUESTS[kind]).toFixed(0);
  console.log(
    `${kind}: loop ${figures((use) => use.loopCpuUs, 'before')} µs off, ${figures((use) => use.loopCpuUs, 'after')} µs on: ${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}); all threads ${figures((use) => use.cpuUs, 'before')} and ${figures((use) => use.cpuUs, 'after')} µs`,
  );
}

/** In slices, each server's in turn: a busy moment of the machine hits both. */
async function oneRound(kind: Kind, round: number): Promise<{ before: Use; after: Use }> {
  await sleep(SETTLE_MS);
  const start = { off: await off.use(), on: await on.use() };
  for (let slice = 0; slice < SLICES; slice += 1) {
    const subjects: Subject[] = (slice + round) % 2 === 0 ? [off, on] : [on, off];
    for (const subject of subjects) await load.send(subject, kind, REQUESTS[kind] / SLICES, CLIENTS);
  }
  await sleep(SETTLE_MS);
  return { before: difference(start.off, await off.use()), after: difference(start.on, await on.use()) };
}

function difference(from: Use, to: Use): Use {
  return {
    cpuUs: to.cpuUs - from.cpuUs,
    loopCpuUs: to.loopCpuUs - from.loopCpuUs,
    residentBytes: to.residentBytes,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
