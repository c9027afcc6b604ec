// Records for measurements: traffic as it might be, taken in by the code that takes in all, and, where there are to be
// many, multiplied in the database: the same days again, some days earlier, rows and sums alike.

import { existsSync } from 'node:fs';
import { processOwner } from '../src/record/spool.ts';
import { endLine, startText } from '../src/record/spool-line.ts';
import { endOf, startOf } from '../src/storage/conformance/model.ts';
import { SUM_COLUMNS } from '../src/storage/rollup/rollup-batch.ts';
import { databasePath, SqliteDatabase } from '../src/storage/sqlite/database.ts';
import { SqliteExperimentSums } from '../src/storage/sqlite/experiment-sums.ts';
import { SqliteRecordSink } from '../src/storage/sqlite/record-sink.ts';
import { SqliteRequestOrder } from '../src/storage/sqlite/request-order.ts';
import { SqliteSpendSums } from '../src/storage/sqlite/spend-sums.ts';

export const TEST_NAME = 'halves';
const BATCH = 5000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Each application asks two models or three, and bears a tag or two. One comes with an access key, one is in a test. */
const APPS = [
  { app: 'claude-code', models: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'], tags: [null] },
  { app: 'codex', models: ['gpt-5', 'gpt-5-mini'], tags: [null, 'team=growth'] },
  { app: 'opencode', models: ['glm-4.7', 'gpt-5-mini'], tags: [null, 'team=search'] },
  {
    app: 'search',
    models: ['gpt-4o', 'gpt-5-mini'],
    tags: ['team=search,feature=rank', 'team=search,feature=intent'],
  },
  {
    app: 'support',
    models: ['claude-haiku-4-5', 'gpt-4o'],
    tags: ['team=support,feature=summary', 'team=support'],
  },
  { app: 'nightly', models: ['gpt-5', 'glm-4.7'], tags: ['team=growth,feature=report'] },
] as const;
const OUTCOMES = [
  'completed',
  'completed',
  'completed',
  'completed',
  'cached',
  'upstream_error',
  'client_gone',
] as const;

/** A repeatable sequence from 0 to 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Traffic {
  readonly firstNumber: number;
  readonly count: number;
  readonly firstMs: number;
  readonly stepMs: number;
}

function* linesOf({ firstNumber, count, firstMs, stepMs }: Traffic): Generator<string> {
  const random = sequence(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  for (let index = 0; index < count; index += 1) {
    const number = firstNumber + index;
    const { app, models, tags } = pick(APPS);
    const model = pick<string>(models);
    // A session is some twenty requests of one application.
    const session = random() < 0.2 ? null : `${app}-${Math.floor(number / (20 * APPS.length))}`;
    const isTested = app === 'support';
    const start = startOf(number, {
      startedAtMs: Math.floor(firstMs + stepMs * index),
      app,
      session,
      tag: pick<string | null>(tags),
      modelRequested: model,
      modelSent: null,
      routingRule: app === 'codex' ? 'thrift' : null,
      accessKey: app === 'nightly' ? 'ci' : null,
      experiment: isTested ? TEST_NAME : null,
      variant: isTested ? (Math.floor(number / (20 * APPS.length)) % 2 === 0 ? 'a' : 'b') : null,
    });
    const latencyMs = 200 * Math.exp(3 * random());
    const end = endOf({
      outcome: pick(OUTCOMES),
      modelUsed: model,
      latencyMs,
      timeToFirstByteMs: latencyMs * random(),
      costNanoUsd: random() < 0.02 ? null : Math.floor(random() * 5e7),
      cacheUse: random() < 0.3 ? 'miss' : null,
    });
    const inputTokens = Math.floor(random() * 20_000);
    yield endLine(startText(start), { ...end, usage: { ...end.usage, inputTokens, outputTokens: 300 } });
  }
}

export interface Wanted {
  readonly records: number;
  /** Up to now. */
  readonly days: number;
  /** Of the first days' records, in the database; 1: all are taken in as traffic is. */
  readonly copies?: number;
}

/** A folder that has a database is left as it is. */
export async function fillFolder(folder: string, { records, days, copies = 1 }: Wanted): Promise<void> {
  if (existsSync(databasePath(folder))) return;
  const [baseDays, stepMs] = [days / copies, (days * DAY_MS) / records];
  if (!Number.isInteger(baseDays)) throw new Error(`${days} days cannot be made of ${copies} equal parts`);
  const database = new SqliteDatabase(folder);
  const sink = new SqliteRecordSink(database.connection);
  const begin = performance.now();
  const before = process.cpuUsage();
  const take = async (traffic: Traffic): Promise<void> => {
    let lines: string[] = [];
    const flush = async (): Promise<void> => {
      await sink.take({ owner: processOwner(), name: 'bench.spool', lines, nextOffset: 0 });
      lines = [];
    };
    for (const line of linesOf(traffic)) if (lines.push(line) === BATCH) await flush();
    await flush();
  };
  // Whole days are multiplied, and today's records come on top of them.
  const nowMs = Date.now();
  const midnightMs = copies === 1 ? nowMs : nowMs - (nowMs % DAY_MS);
  const count = Math.ceil(records / copies);
  const firstMs = midnightMs - baseDays * DAY_MS;
  await take({ firstNumber: (copies - 1) * count, count, firstMs, stepMs });
  const { user, system } = process.cpuUsage(before);
  console.log(`${count} records taken in, with ${((user + system) / count).toFixed(0)} µs of CPU each`);
  // They are put in order once all are there.
  const order = new SqliteRequestOrder(database.connection);
  order.clear();
  for (let copy = 1; copy < copies; copy += 1) multiply(database, copy, count, copy * baseDays * DAY_MS);
  const today = Math.floor((nowMs - midnightMs) / stepMs);
  await take({ firstNumber: copies * count, count: today, firstMs: midnightMs, stepMs });
  await sink.forget('bench.spool');
  const test = { modelA: 'claude-haiku-4-5', modelB: 'gpt-4o', split: 50, app: null, tag: null };
  const terms = { sticky: 'session', minSamples: 100, anyModel: true, state: 'active' };
  database.connection
    .prepare("INSERT INTO rules (kind, name, definition, created_at_ms) VALUES ('experiment', ?, ?, ?)")
    .run(TEST_NAME, JSON.stringify({ ...test, ...terms }), nowMs - days * DAY_MS);
  order.rebuild();
  // What is kept of tests and budgets is no sum that could be multiplied.
  new SqliteExperimentSums(database.connection).rebuild();
  new SqliteSpendSums(database.connection).rebuild();
  database.close();
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${copies * count + today} records in all, after ${seconds.toFixed(0)} s`);
}

/** The first rows once more, so much earlier, with their sums. By key, minutes are kept for the newest days only. */
function multiply({ connection }: SqliteDatabase, copy: number, count: number, earlierMs: number): void {
  const session = `CASE WHEN session = '' THEN '' ELSE session || '/${copy}' END`;
  const changed: Readonly<Record<string, string>> = {
    id: `substr(id, 1, 24) || printf('%012d', CAST(substr(id, 25) AS INTEGER) - ${copy * count})`,
    change: `change + ${copy * count}`,
    started_at_ms: `started_at_ms - ${earlierMs}`,
    bucket_ms: `bucket_ms - ${earlierMs}`,
    first_ms: `first_ms - ${earlierMs}`,
    last_ms: `last_ms - ${earlierMs}`,
    session,
  };
  const again = (table: string, where: string): void => {
    const names = connection.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    const columns = names.map(({ name }) => String(name));
    connection.exec(
      `INSERT INTO ${table} (${columns.join(', ')})
       SELECT ${columns.map((name) => changed[name] ?? name).join(', ')} FROM ${table} WHERE ${where}`,
    );
  };
  const first = connection
    .prepare('SELECT min(started_at_ms) AS ms FROM requests WHERE rowid <= ?')
    .get(count);
  const fromMs = Number(first?.ms) - (Number(first?.ms) % DAY_MS);
  connection.exec('BEGIN');
  again('requests', `rowid <= ${count}`);
  for (const kind of ['total', 'dimension', 'session', 'session_keyed'])
    again(`rollup_${kind}`, `bucket_ms >= ${fromMs}`);
  again('rollup_keyed', `bucket_ms >= ${fromMs} AND grain_ms <> ${MINUTE_MS}`);
  // Those without a session are one.
  again('rollup_lives', `session <> '' AND session NOT LIKE '%/%'`);
  connection.exec(
    `UPDATE rollup_lives SET (first_ms, ${SUM_COLUMNS.join(', ')}) = (
       SELECT min(bucket_ms), ${SUM_COLUMNS.map((name) => `sum(${name})`).join(', ')}
       FROM rollup_session WHERE grain_ms = ${DAY_MS} AND session = '') WHERE session = ''`,
  );
  connection.exec(`UPDATE change_counter SET last = last + ${count}`);
  connection.exec('COMMIT');
}
