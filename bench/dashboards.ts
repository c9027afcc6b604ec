// `node bench/dashboards.ts`: what open dashboards cost the traffic. Requests come at a rate to two servers in turns, one
// that pages listen to and one that nobody looks at; prints p99 of both, their ratio, and the CPU of the proxy's own loop.
// `--rate 1000 --pages 50 --rounds 8 --seconds 4`

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { ascending, Load, percentile } from './load.ts';
import { type Subject, startTokenWatch, startUpstream } from './subjects.ts';

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    pages: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '4' },
  },
});
const [rate, pages, rounds, seconds] = [flags.rate, flags.pages, flags.rounds, flags.seconds].map(Number) as [
  number,
  number,
  number,
  number,
];
const DASHBOARD_PORT = 18_979;

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-dashboards-'));
const upstream = await startUpstream();
const watched = await startTokenWatch(upstream, join(folder, 'watched'), {
  TOKENWATCH_DASHBOARD_PORT: String(DASHBOARD_PORT),
});
const alone = await startTokenWatch(upstream, join(folder, 'alone'));
const load = new Load();
let messages = 0;

async function openPages(): Promise<readonly WebSocket[]> {
  const sockets = Array.from(
    { length: pages },
    () => new WebSocket(`ws://127.0.0.1:${DASHBOARD_PORT}/ws/live`),
  );
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          socket.once('message', () => resolve());
          socket.once('error', reject);
        }),
    ),
  );
  for (const socket of sockets) socket.on('message', () => (messages += 1));
  return sockets;
}

interface Slice {
  readonly p50: number;
  readonly p99: number;
  readonly loopCpuUs: number;
}

async function slice(subject: Subject): Promise<Slice> {
  const before = await subject.use();
  const { wholeMs } = await load.sendAtRate(subject, 'json', rate, seconds);
  const after = await subject.use();
  return {
    p50: percentile(wholeMs, 0.5),
    p99: percentile(wholeMs, 0.99),
    loopCpuUs: (after.loopCpuUs - before.loopCpuUs) / (rate * seconds),
  };
}

const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);

try {
  const sockets = await openPages();
  const [without, with_]: [Slice[], Slice[]] = [[], []];
  for (const subject of [alone, watched]) await slice(subject);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of round % 2 === 0 ? [alone, watched] : [watched, alone])
      (subject === watched ? with_ : without).push(await slice(subject));
  }
  for (const socket of sockets) socket.terminate();
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}; ${rate} requests a second, ${pages} pages, ${rounds} rounds of ${seconds} s\n`,
  );
  console.log('| | p50 ms | p99 ms | loop CPU µs a request |\n|---|---|---|---|');
  for (const [name, slices] of [
    ['no page', without],
    [`${pages} pages`, with_],
  ] as const)
    console.log(
      `| ${name} | ${median(slices.map(({ p50 }) => p50)).toFixed(2)} | ${median(slices.map(({ p99 }) => p99)).toFixed(2)} | ${median(slices.map(({ loopCpuUs }) => loopCpuUs)).toFixed(1)} |`,
    );
  const ratio = (of: (slice: Slice) => number): string =>
    (median(with_.map(of)) / median(without.map(of))).toFixed(2);
  console.log(
    `\np99 ${ratio(({ p99 }) => p99)} ×, loop CPU ${ratio(({ loopCpuUs }) => loopCpuUs)} ×, ${messages} messages received`,
  );
} finally {
  await load.close();
  await watched.stop();
  await alone.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
