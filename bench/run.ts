// `npm run bench`: CPU per request and added latency of TokenWatch with its journal on, beside the upstream
// itself, a bare pass-through and a peer gateway, in turns within one run. Prints Markdown tables.
// `npm run bench -- --rounds 3 --no-peer` is a quick look.

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ascending, type Kind, Load, percentile } from './load.ts';
import { type Subject, startBare, startPeer, startTokenWatch, startUpstream } from './subjects.ts';

const CLIENTS = 8;
const COUNTS = {
  json: { warmUp: 20_000, loaded: 2000, alone: 500 },
  stream: { warmUp: 3000, loaded: 400, alone: 150 },
} as const;
/** What a process still does for the requests that it has answered (batches, the database) counts as theirs. */
const AFTERWORK_MS = 400;

/** One subject's figures, one value a round. */
interface Figures {
  readonly cpuUs: number[];
  readonly firstByteP50: number[];
  readonly firstByteP99: number[];
  readonly wholeP50: number[];
  readonly wholeP99: number[];
}

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, 'no-peer': { type: 'boolean', default: false } },
});
const rounds = Number(flags.rounds);
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
const load = new Load();
const subjects = await startSubjects();
try {
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ${rounds} rounds`,
  );
  for (const kind of ['json', 'stream'] as const) {
    const figures = await measure(kind);
    console.log(`\n${kind === 'json' ? 'JSON' : 'Streaming'}\n\n${table(figures)}`);
  }
} finally {
  await load.close();
  for (const subject of subjects.toReversed()) await subject.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startSubjects(): Promise<readonly Subject[]> {
  const upstream = await startUpstream();
  const started = [upstream, await startBare(upstream)];
  started.push(await startTokenWatch(upstream, join(folder, 'data')));
  if (flags['no-peer']) return started;
  try {
    started.push(await startPeer(upstream, join(folder, 'peer')));
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    console.log(`The peer gateway is left out: it could not be installed or started (${reason}).`);
  }
  return started;
}

/** Every round measures every subject, and begins with another one, so that a busy minute hits all alike. */
async function measure(kind: Kind): Promise<ReadonlyMap<Subject, Figures>> {
  const counts = COUNTS[kind];
  const figures = new Map<Subject, Figures>();
  for (const subject of subjects) {
    figures.set(subject, { cpuUs: [], firstByteP50: [], firstByteP99: [], wholeP50: [], wholeP99: [] });
    await load.send(subject, kind, counts.warmUp, CLIENTS);
  }
  for (let round = 0; round < rounds; round += 1) {
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const own = figures.get(subject)!;
      const before = await subject.cpuUs();
      await load.send(subject, kind, counts.loaded, CLIENTS);
      await sleep(AFTERWORK_MS);
      own.cpuUs.push(((await subject.cpuUs()) - before) / counts.loaded);
      const { firstByteMs, wholeMs } = await load.send(subject, kind, counts.alone, 1);
      own.firstByteP50.push(percentile(firstByteMs, 0.5));
      own.firstByteP99.push(percentile(firstByteMs, 0.99));
      own.wholeP50.push(percentile(wholeMs, 0.5));
      own.wholeP99.push(percentile(wholeMs, 0.99));
      await sleep(AFTERWORK_MS);
    }
  }
  return figures;
}

function table(figures: ReadonlyMap<Subject, Figures>): string {
  const [direct, bare] = subjects.map((subject) => figures.get(subject)!);
  const rows = subjects.map((subject) => {
    const own = figures.get(subject)!;
    const added = (of: keyof Figures): string =>
      own === direct
        ? `(${median(own[of]).toFixed(2)})`
        : median(differences(own[of], direct![of])).toFixed(2);
    const ratio = own === direct ? '' : median(quotients(own.cpuUs, bare!.cpuUs)).toFixed(2);
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
    ['', 'CPU µs per request', '× bare'],
    ['first byte p50, ms added', 'p99', 'whole p50, ms added', 'p99'],
  ].flat();
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
