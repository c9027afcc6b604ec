// `node bench/dashboards.ts`: what open dashboards cost the traffic. Requests come to one proxy at a rate, in turns: nobody
// looks; pages listen to it; pages listen to a stand-in of another process that sends them as much, as often, while nobody
// looks at the proxy. The last tells what the pages cost on a machine that they share with the proxy, whoever sends to
// them: what is left is the proxy's own. Prints p50 and p99 of each, ratios by round, and those of the median round and of
// all rounds' requests together, with the interval that nine of ten draws of as many rounds lie in. Rounds in which other
// processes had work are left out of them: told by what the processors had to do, not by how long anything took.
// `--rate 1000 --pages 50 --rounds 32 --seconds 2`

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ascending, Load, percentile } from './load.ts';
import { type Subject, startTokenWatch, startUpstream } from './subjects.ts';

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    pages: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '2' },
  },
});
const [rate, pages, rounds, seconds] = [flags.rate, flags.pages, flags.rounds, flags.seconds].map(Number) as [
  number,
  number,
  number,
  number,
];
const DASHBOARD_PORT = 18_979;
const SETTLE_MS = 400;
const WARM_UP_SLICES = 5;
const DRAWS = 400;
/** Where the processors had so many times as much to do as in the middle one of all slices, others had work of their own. */
const DISTURBED_FROM = 1.2;

interface PagesUse {
  readonly messages: number;
  readonly bytes: number;
  readonly cpuUs: number;
}

const children: ChildProcess[] = [];
async function started(file: string, ...parameters: readonly string[]): Promise<[ChildProcess, unknown]> {
  const child = fork(join(import.meta.dirname, file), parameters);
  children.push(child);
  const [message] = await once(child, 'message');
  return [child, message];
}
async function useOf(child: ChildProcess, wish: 'use' | 'open' | 'close' = 'use'): Promise<PagesUse> {
  child.send(wish);
  const [use] = await once(child, 'message');
  return use as PagesUse;
}

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-dashboards-'));
const upstream = await startUpstream();
const watched = await startTokenWatch(upstream, join(folder, 'watched'), {
  TOKENWATCH_DASHBOARD_PORT: String(DASHBOARD_PORT),
});
const load = new Load();

interface Slice {
  readonly p50: number;
  readonly p99: number;
  readonly wholeMs: readonly number[];
  readonly loopCpuUs: number;
  readonly otherCpuUs: number;
  /** Of all processors, whoever had them. */
  readonly busyShare: number;
}

function processorMs(): { readonly busy: number; readonly all: number } {
  const times = cpus().map((each) => each.times);
  const all = times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0);
  return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
}

async function slice(subject: Subject): Promise<Slice> {
  const before = await subject.use();
  const machine = processorMs();
  const { wholeMs } = await load.sendAtRate(subject, 'json', rate, seconds);
  const { busy, all } = processorMs();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const after = await subject.use();
  const requests = rate * seconds;
  const loopCpuUs = (after.loopCpuUs - before.loopCpuUs) / requests;
  return {
    p50: percentile(wholeMs, 0.5),
    p99: percentile(wholeMs, 0.99),
    wholeMs,
    loopCpuUs,
    busyShare: (busy - machine.busy) / (all - machine.all),
    otherCpuUs: (after.cpuUs - before.cpuUs) / requests - loopCpuUs,
  };
}

const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);
type Name = 'no page' | 'pages' | 'pages of a stand-in';
const NAMES: readonly Name[] = ['no page', 'pages', 'pages of a stand-in'];

try {
  const [listeners] = await started(
    'page-clients.ts',
    `ws://127.0.0.1:${DASHBOARD_PORT}/ws/live`,
    String(pages),
  );
  for (let slices = 0; slices < WARM_UP_SLICES; slices += 1) await slice(watched);
  const before = await useOf(listeners, 'open');
  await slice(watched);
  const after = await useOf(listeners, 'close');
  const bytesEach = Math.round((after.bytes - before.bytes) / (after.messages - before.messages));
  const [standIn, address] = await started('stand-in-sender.ts', String(bytesEach));
  const [others] = await started('page-clients.ts', String(address), String(pages));
  const found: Record<Name, Slice[]> = { 'no page': [], pages: [], 'pages of a stand-in': [] };
  const read: Record<Name, PagesUse[]> = { 'no page': [], pages: [], 'pages of a stand-in': [] };
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < NAMES.length; turn += 1) {
      const name = NAMES[(round + turn) % NAMES.length] as Name;
      const readers = name === 'pages' ? listeners : others;
      const start = await useOf(readers, name === 'no page' ? 'use' : 'open');
      standIn.send(name === 'pages of a stand-in' ? 'on' : 'off');
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      found[name].push(await slice(watched));
      standIn.send('off');
      const end = await useOf(readers, name === 'no page' ? 'use' : 'close');
      read[name].push({
        messages: end.messages - start.messages,
        bytes: end.bytes - start.bytes,
        cpuUs: end.cpuUs - start.cpuUs,
      });
    }
  }
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; ${rate} requests a second, ${pages} pages, ${rounds} rounds of ${seconds} s, ${(bytesEach / 1000).toFixed(0)} KB a message\n`,
  );
  console.log(
    '| | p50 ms | p99 ms | loop, CPU µs a request | other threads | pages’ own CPU, ms a second | messages a second |\n|---|---|---|---|---|---|---|',
  );
  for (const name of NAMES) {
    const of = (value: (slice: Slice) => number): number => median(found[name].map(value));
    const lengthS = seconds + (2 * SETTLE_MS) / 1000;
    const pagesCpu = median(read[name].map(({ cpuUs }) => cpuUs)) / 1000 / lengthS;
    const perSecond = median(read[name].map(({ messages }) => messages)) / lengthS;
    console.log(
      `| ${name} | ${[of(({ p50 }) => p50).toFixed(2), of(({ p99 }) => p99).toFixed(2), of(({ loopCpuUs }) => loopCpuUs).toFixed(1), of(({ otherCpuUs }) => otherCpuUs).toFixed(1), pagesCpu.toFixed(0), perSecond.toFixed(0)].join(' | ')} |`,
    );
  }
  const usual = median(NAMES.flatMap((name) => found[name].map(({ busyShare }) => busyShare)));
  const all = Array.from({ length: rounds }, (_, round) => round).filter((round) =>
    NAMES.every((name) => (found[name][round] as Slice).busyShare < DISTURBED_FROM * usual),
  );
  console.log(
    `\nThe processors were busy for ${(100 * usual).toFixed(0)} % of the middle slice. ${rounds - all.length} of ${rounds} rounds in which others had work are left out below.`,
  );
  const ratio = (one: Name, other: Name, of: (slice: Slice) => number): string => {
    const each = all.map((round) => of(found[one][round] as Slice) / of(found[other][round] as Slice));
    return `${median(each).toFixed(2)} × (${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)})`;
  };
  const pooled = (name: Name, which = all): number =>
    percentile(ascending(which.flatMap((round) => [...(found[name][round]?.wholeMs ?? [])])), 0.99);
  const ofMedianRound = (name: Name, which = all): number =>
    median(which.map((round) => (found[name][round] as Slice).p99));
  /** A figure against that without a page, and what nine of ten draws of as many rounds say. */
  const drawn = (name: Name, figure: typeof pooled): string => {
    const ratios = Array.from({ length: DRAWS }, () => {
      const some = all.map(() => all[Math.floor(Math.random() * all.length)] as number);
      return figure(name, some) / figure('no page', some);
    }).sort((one, other) => one - other);
    const [least, most] = [0.05, 0.95].map((share) => percentile(ratios, share).toFixed(2));
    return `${figure(name).toFixed(2)} ms, ${(figure(name) / figure('no page')).toFixed(2)} × (${least} to ${most})`;
  };
  const figures = { 'of the median round': ofMedianRound, 'of all rounds together': pooled };
  for (const [words, figure] of Object.entries(figures)) {
    console.log(`\np99 ${words}: no page ${figure('no page').toFixed(2)} ms`);
    for (const name of NAMES.slice(1)) console.log(`p99 ${words}: ${name} ${drawn(name, figure)}`);
  }
  console.log(`p99, pages against none: ${ratio('pages', 'no page', ({ p99 }) => p99)}`);
  console.log(
    `p99, a stand-in’s pages against none: ${ratio('pages of a stand-in', 'no page', ({ p99 }) => p99)}`,
  );
  console.log(`p99, pages against a stand-in’s: ${ratio('pages', 'pages of a stand-in', ({ p99 }) => p99)}`);
  console.log(
    `CPU of the loop, pages against none: ${ratio('pages', 'no page', ({ loopCpuUs }) => loopCpuUs)}`,
  );
} finally {
  await load.close();
  for (const child of children) child.kill();
  await watched.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
