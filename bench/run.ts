// `npm run bench`: CPU per request and added latency of TokenWatch with its journal on, beside the upstream
// itself, a bare pass-through and peer gateways, in turns within one run. Prints Markdown tables.
// `npm run bench -- --rounds 3 --no-peer` is a quick look.

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ascending, type Kind, Load, percentile } from './load.ts';
import { startLiteLlm } from './peers/litellm.ts';
import { startPortkey } from './peers/portkey.ts';
import { type Subject, startBare, startTokenWatch, startUpstream, type Use } from './subjects.ts';

const CLIENTS = 8;
const COUNTS = {
  // V8's threads still compile for fifty thousand requests: 50 µs of CPU each after twelve thousand, 4 after fifty.
  json: { warmUp: 50_000, slice: 250, alone: 500 },
  stream: { warmUp: 6000, slice: 50, alone: 150 },
} as const;
/** A round's load comes in slices, each subject's in turn, so that a busy moment of the machine hits all alike. */
const SLICES = 8;
/** What a peer is sent of the others' requests: one of its own takes it ten to a hundred times as long. */
const PEER_SHARE = 0.1;
/** What a process still does for the requests that it has answered (batches, the database) counts as theirs. */
const AFTERWORK_MS = 400;

const PEERS = [
  ['portkey', startPortkey],
  ['litellm', startLiteLlm],
] as const;

/** One subject's figures, one value a round. */
interface Figures {
  readonly cpuUs: number[];
  readonly firstByteP50: number[];
  readonly firstByteP99: number[];
  readonly wholeP50: number[];
  readonly wholeP99: number[];
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    'no-peer': { type: 'boolean', default: false },
    /** Where peers are installed, and kept for the next run. */
    peers: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
const load = new Load();
const peers = new Set<Subject>();
const subjects = await startSubjects();
try {
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ${rounds} rounds`,
  );
  const atStart = await usesAtRest();
  for (const kind of ['json', 'stream'] as const) {
    const figures = await measure(kind);
    console.log(`\n${kind === 'json' ? 'JSON' : 'Streaming'}\n\n${table(figures)}`);
  }
  console.log(`\nStart and memory\n\n${startTable(atStart, await usesAtRest())}`);
} finally {
  await load.close();
  for (const subject of subjects.toReversed()) await subject.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startSubjects(): Promise<readonly Subject[]> {
  const upstream = await startUpstream();
  const started = [upstream, await startBare(upstream)];
  started.push(await startTokenWatch(upstream, join(folder, 'data')));
  for (const [name, startPeer] of flags['no-peer'] ? [] : PEERS) {
    try {
      const peer = await startPeer(upstream, join(flags.peers ?? folder, name));
      peers.add(peer);
      started.push(peer);
    } catch (error) {
      const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
      console.log(`${name} is left out: it could not be installed or started (${reason}).`);
    }
  }
  return started;
}

async function measure(kind: Kind): Promise<ReadonlyMap<Subject, Figures>> {
  const counts = COUNTS[kind];
  const figures = new Map<Subject, Figures>();
  for (const subject of subjects)
    figures.set(subject, { cpuUs: [], firstByteP50: [], firstByteP99: [], wholeP50: [], wholeP99: [] });
  await loadInSlices(kind, counts.warmUp / SLICES, 0);
  for (let round = 0; round < rounds; round += 1) {
    const before = await usesAtRest();
    await loadInSlices(kind, counts.slice, round);
    const after = await usesAtRest();
    for (const [index, subject] of subjects.entries()) {
      const cpuUs = after[index]!.cpuUs - before[index]!.cpuUs;
      const sent = subjects.map((each) => SLICES * shareOf(each, counts.slice));
      // The upstream answers for every subject.
      const requests = index === 0 ? sent.reduce((sum, count) => sum + count) : sent[index]!;
      figures.get(subject)!.cpuUs.push(cpuUs / requests);
    }
    for (const subject of inTurn(round)) {
      const own = figures.get(subject)!;
      const { firstByteMs, wholeMs } = await load.send(subject, kind, shareOf(subject, counts.alone), 1);
      own.firstByteP50.push(percentile(firstByteMs, 0.5));
      own.firstByteP99.push(percentile(firstByteMs, 0.99));
      own.wholeP50.push(percentile(wholeMs, 0.5));
      own.wholeP99.push(percentile(wholeMs, 0.99));
    }
  }
  return figures;
}

async function loadInSlices(kind: Kind, slice: number, round: number): Promise<void> {
  for (let index = 0; index < SLICES; index += 1)
    for (const subject of inTurn(round + index))
      await load.send(subject, kind, shareOf(subject, slice), CLIENTS);
}

function shareOf(subject: Subject, count: number): number {
  return Math.ceil(count * (peers.has(subject) ? PEER_SHARE : 1));
}

/** All subjects, another one first each time. */
function inTurn(turn: number): readonly Subject[] {
  const first = turn % subjects.length;
  return [...subjects.slice(first), ...subjects.slice(0, first)];
}

async function usesAtRest(): Promise<readonly Use[]> {
  await sleep(AFTERWORK_MS);
  return Promise.all(subjects.map((subject) => subject.use()));
}

function table(figures: ReadonlyMap<Subject, Figures>): string {
  const [direct, bare] = subjects.map((subject) => figures.get(subject)!);
  const rows = subjects.map((subject) => {
    const own = figures.get(subject)!;
    const added = (of: keyof Figures): string =>
      own === direct
        ? `(${median(own[of]).toFixed(2)})`
        : median(differences(own[of], direct![of])).toFixed(2);
    const ratios = ascending(quotients(own.cpuUs, bare!.cpuUs));
    const [lowest, middle, highest] = [0, 0.5, 1].map((share) => percentile(ratios, share).toFixed(2));
    const ratio = own === direct || own === bare ? '' : `${middle} (${lowest} to ${highest})`;
    return [
      subject.name,
      median(own.cpuUs).toFixed(0),
      ratio,
      added('firstByteP50'),
      added('firstByteP99'),
      added('wholeP50'),
      added('wholeP99'),
    ];
  });
  const head = [
    ['', 'CPU µs per request', '× bare (all rounds)'],
    ['first byte p50, ms added', 'p99', 'whole p50, ms added', 'p99'],
  ].flat();
  return markdown([head, ...rows]);
}

function startTable(atStart: readonly Use[], atEnd: readonly Use[]): string {
  const head = ['', 'start until it listens, ms', 'memory after it, MiB', 'after the load, MiB'];
  const mebibytes = (use: Use | undefined): string => ((use?.residentBytes ?? 0) / 2 ** 20).toFixed(0);
  const rows = subjects.map((subject, index) => [
    subject.name,
    subject.startMs.toFixed(0),
    mebibytes(atStart[index]),
    mebibytes(atEnd[index]),
  ]);
  return markdown([head, ...rows]);
}

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function median(values: readonly number[]): number {
  return percentile(ascending(values), 0.5);
}

function differences(values: readonly number[], of: readonly number[]): number[] {
  return values.map((value, round) => value - of[round]!);
}

function quotients(values: readonly number[], of: readonly number[]): number[] {
  return values.map((value, round) => value / of[round]!);
}
