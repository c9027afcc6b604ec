// What PostgreSQL costs the proxy beside SQLite: CPU time per request of two servers, one on each, in turns within one run,
// with a hard budget in force on both (of which the one on PostgreSQL holds leases). The database's own CPU time is not in it.
// Usage: node bench/shared-store.ts [--rounds 10]

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/core/clock.ts';
import { BudgetBook } from '../src/ledger/book/budget-book.ts';
import { visitStore } from '../src/storage/registry.ts';
import { postgresFolders, startPostgres } from '../test/postgres-server.ts';
import { Load } from './load.ts';
import { type Subject, startTokenWatch, startUpstream } from './subjects.ts';

const CLIENTS = 8;
const WARM_UP = 4000;
const SLICES = 8;
const SLICE = 250;
/** What a process still does for what it has answered counts as theirs. */
const AFTERWORK_MS = 500;
const MOST = 1.15;

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(flags.rounds);
const [programs] = postgresFolders();
if (programs === undefined) {
  process.stderr.write(
    'shared-store: no PostgreSQL here. TOKENWATCH_TEST_POSTGRES names the folder of its programs.\n',
  );
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
const postgres = await startPostgres(programs);
const load = new Load();
const upstream = await startUpstream();
const subjects: Subject[] = [];
try {
  const sqlite = await subjectOn('sqlite', {});
  const shared = await subjectOn('shared', { TOKENWATCH_DATABASE_URL: postgres.url });
  for (const subject of subjects) await load.send(subject, 'json', WARM_UP, CLIENTS);
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ${postgres.version}, ` +
      `load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds of ${SLICES * SLICE} requests`,
  );
  const figures: { readonly sqliteUs: number; readonly sharedUs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) figures.push(await measure(sqlite, shared, round));
  const ratios = figures.map(({ sqliteUs, sharedUs }) => sharedUs / sqliteUs).sort((a, b) => a - b);
  const median = (numbers: readonly number[]): number =>
    numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
  console.log(
    `SQLite      ${median(figures.map(({ sqliteUs }) => sqliteUs)).toFixed(0)} µs of CPU per request`,
  );
  console.log(
    `PostgreSQL  ${median(figures.map(({ sharedUs }) => sharedUs)).toFixed(0)} µs of CPU per request`,
  );
  console.log(
    `ratio       ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}); the aim is ${MOST}`,
  );
} finally {
  await load.close();
  for (const subject of [...subjects, upstream]) await subject.stop();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
}

async function subjectOn(name: string, environment: Readonly<Record<string, string>>): Promise<Subject> {
  const dataDir = join(folder, name);
  const settings = { TOKENWATCH_DATA_DIR: dataDir, ...environment };
  const visit = await visitStore(settings, 'create');
  const book = new BudgetBook({ bank: visit.budgets, clock: systemClock, timeZone: 'UTC' });
  await book.set({ name: 'all', limit: '1000000', period: 'daily' });
  await visit.close();
  const subject = await startTokenWatch(upstream, dataDir, environment);
  subjects.push(subject);
  return subject;
}

async function measure(
  sqlite: Subject,
  shared: Subject,
  round: number,
): Promise<{ readonly sqliteUs: number; readonly sharedUs: number }> {
  const before = [await sqlite.use(), await shared.use()] as const;
  for (let slice = 0; slice < SLICES; slice += 1) {
    const turn = (round + slice) % 2 === 0 ? [sqlite, shared] : [shared, sqlite];
    for (const subject of turn) await load.send(subject, 'json', SLICE, CLIENTS);
  }
  await sleep(AFTERWORK_MS);
  const after = [await sqlite.use(), await shared.use()] as const;
  const perRequest = (index: 0 | 1): number => (after[index].cpuUs - before[index].cpuUs) / (SLICES * SLICE);
  return { sqliteUs: perRequest(0), sharedUs: perRequest(1) };
}
