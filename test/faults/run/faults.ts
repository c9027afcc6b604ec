// `npm run faults [-- --minutes 5 | --requests 1000000] [--seed N --streams N --clients N]`: a server under kills, stops,
// locks, full disks, clock jumps and an upstream that misbehaves in every way known, while clients ask without pause; then
// design.md's promises are checked from the outside, and the figures printed. Exits with 1 where one is broken.
// `--broken` asks builds that are broken on purpose instead, and exits with 1 where one is not found out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveUp, minutesFlag, scriptFlags, wholeFlag } from '../../script-flags.ts';
import { BROKEN_BUILDS } from './broken-builds.ts';
import { Chance } from './chance.ts';
import { type Cast, type Chapter, openStreams, soak, tormentedChapter } from './chapter.ts';
import { Clients } from './clients.ts';
import { printFigures } from './figures.ts';
import { fileLimit, filesFor, streamsFor, tooFewFiles } from './open-files.ts';
import { Tally } from './tally.ts';
import { UpstreamProcess } from './upstream-process.ts';

/** What is known of so many is held in memory, and their records lie in one folder. */
const CHAPTER_REQUESTS = 50_000;
/** Of the requests or of the time: without torments. */
const SOAK_SHARE = 0.1;
/** Of each broken build. */
const BROKEN_REQUESTS = 800;
const BROKEN_CLIENTS = 32;
/** Each is a loop of this process. */
const CLIENTS_MAX = 100_000;
const STREAMS_MAX = 1_000_000;

const USAGE = `npm run faults -- [--minutes 5 | --requests 1000000] [--seed N] [--streams 10000] [--clients 256]
  puts a server of its own through kills, stops, locks, full disks, clock jumps and a wayward upstream, and checks its
  promises from the outside; ends with 1 where one is broken
npm run faults -- --broken
  asks builds that are broken on purpose, one for each promise; ends with 1 where one is not found out`;

const values = scriptFlags(USAGE, {
  minutes: { type: 'string' },
  requests: { type: 'string' },
  seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  streams: { type: 'string' },
  clients: { type: 'string' },
  broken: { type: 'boolean', default: false },
});
if (values.minutes !== undefined && values.requests !== undefined)
  giveUp('--minutes and --requests exclude each other: a run ends after a time or after so many requests.');
const seed = wholeFlag('seed', values.seed, 0, 2 ** 32 - 1);
if (values.broken) {
  const beside = (['minutes', 'requests', 'streams', 'clients'] as const).find((name) => values[name]);
  if (beside !== undefined) giveUp(`--broken asks each build the same: leave --${beside} out.`);
  process.exitCode = await runBroken(seed);
} else {
  process.exitCode = await run({
    minutes: values.requests === undefined ? minutesFlag(values.minutes ?? '5') : Infinity,
    requests: values.requests === undefined ? Infinity : wholeFlag('requests', values.requests, 1, 10 ** 9),
    seed,
    crowd: wholeFlag('clients', values.clients ?? '256', 1, CLIENTS_MAX),
    streams: wholeFlag('streams', values.streams ?? '10000', 0, STREAMS_MAX),
  });
}

/** As many as were asked for, or as this machine lets one process have. */
function streamsPossible(wanted: number): number {
  const limit = fileLimit(filesFor(wanted));
  if (streamsFor(limit) >= wanted) return wanted;
  console.log(tooFewFiles(wanted, limit));
  return streamsFor(limit);
}

interface RunLength {
  readonly minutes: number;
  readonly requests: number;
  readonly seed: number;
  readonly crowd: number;
  readonly streams: number;
}

async function run({ minutes, requests, seed, crowd, streams }: RunLength): Promise<number> {
  const length = minutes === Infinity ? `${requests} requests` : `${minutes} minutes`;
  console.log(`Faults for ${length} by ${crowd} clients, seed ${seed}.`);
  const possible = streamsPossible(streams);
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-faults-'));
  const upstream = new UpstreamProcess();
  const clients = new Clients();
  const tally = new Tally();
  try {
    await upstream.listen();
    const environment = environmentOf(upstream.url);
    const [wishes, torments] = [new Chance(seed), new Chance(seed + 1)];
    const cast: Cast = { folder, upstream, clients, crowd, wishes, torments, environment, asked: 0 };
    const beganMs = performance.now();
    const tormented = { requests: requests * (1 - SOAK_SHARE), minutes: minutes * (1 - SOAK_SHARE) };
    const endMs = beganMs + tormented.minutes * 60_000;
    const chapters = Math.ceil(tormented.requests / CHAPTER_REQUESTS);
    for (let number = 1; number <= chapters && performance.now() < endMs; number += 1) {
      const left = Math.ceil(tormented.requests - cast.asked);
      const chapter = { requests: Math.min(CHAPTER_REQUESTS, left), endMs };
      tell(String(number), tally, await tormentedChapter(cast, String(number), chapter));
      rmSync(join(folder, String(number)), { recursive: true, force: true });
    }
    const soakRequests = requests === Infinity ? CHAPTER_REQUESTS : requests - cast.asked;
    const soakEndMs = performance.now() + minutes * SOAK_SHARE * 60_000;
    const soaked = await soak(cast, { requests: soakRequests, endMs: soakEndMs });
    tell('soak', tally, soaked);
    const perSecond = (1000 * cast.asked) / (performance.now() - beganMs);
    const opened = await openStreams(cast, possible);
    tell('streams', tally, opened);
    const facts = { perSecond, soakBytes: soaked.residentBytes, streams: opened.streams };
    printFigures(tally, { ...facts, streamsWanted: streams });
    return tally.isWell && opened.streams === possible ? 0 : 1;
  } finally {
    await clients.close();
    await upstream.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each broken build gets some requests; the promise that it breaks must be said to be broken. */
async function runBroken(seed: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-faults-'));
  const upstream = new UpstreamProcess();
  const clients = new Clients();
  let unseen = 0;
  try {
    await upstream.listen();
    for (const [index, { breaks, how }] of BROKEN_BUILDS.entries()) {
      const environment = { ...environmentOf(upstream.url), TOKENWATCH_FAULTS_BREAK: how };
      const [wishes, torments] = [new Chance(seed), new Chance(seed + 1)];
      const crowd = BROKEN_CLIENTS;
      const cast: Cast = { folder, upstream, clients, crowd, wishes, torments, environment, asked: 0 };
      const tally = new Tally();
      tally.add(await soak(cast, { requests: BROKEN_REQUESTS, endMs: Infinity }, `broken-${index}`));
      const { count = 0, examples = [] } = tally.broken.get(breaks) ?? {};
      if (count === 0) unseen += 1;
      console.log(`${breaks.padEnd(18)}${count === 0 ? 'NOT SEEN' : `seen ${count} times`}: ${how}`);
      if (count > 0) console.log(`  ${examples[0]}`);
    }
    return unseen === 0 ? 0 : 1;
  } finally {
    await clients.close();
    await upstream.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(name: string, tally: Tally, chapter: Chapter): void {
  const broke = tally.add(chapter);
  const { asked } = chapter.evidence;
  const count = [...broke.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(`Chapter ${name}: ${asked.length} requests, ${count} broke a promise.`);
  // A long run may be stopped before its figures.
  for (const [promise, faults] of broke) console.log(`  ${promise} ${faults.length}: ${faults[0]}`);
}

function environmentOf(upstreamUrl: string): Readonly<Record<string, string>> {
  return {
    TOKENWATCH_ANTHROPIC_URL: upstreamUrl,
    TOKENWATCH_OPENAI_URL: upstreamUrl,
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_EMBEDDER: 'off',
    TOKENWATCH_CONNECT_TIMEOUT: '2',
    TOKENWATCH_OVERALL_TIMEOUT: '4',
    TOKENWATCH_BUDGET_WAIT: '1',
  };
}
