// Every schema of PostgreSQL's that was ever released is brought up to date, with what it held. Each is made by the
// migrations of its time.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../../../test/at-end.ts';
import { type PostgresServer, postgresFolders, startPostgres } from '../../../test/postgres-server.ts';
import { runCommand } from '../../../test/run-command.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { endLine, startText } from '../../record/spool-line.ts';
import { endOf, idOf, startOf } from '../conformance/model.ts';
import { SIX_HOURS_MS } from '../rollup/grains.ts';
import { KEY_COLUMNS, PEAK_COLUMNS, RollupBatch, SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import { requestRow } from '../rows/request-row.ts';
import { SqlReports } from '../sql/reports.ts';
import { PostgresDatabase } from './database.ts';
import { FEEDBACK_MIGRATION } from './feedback-schema.ts';
import { readerOf } from './reader.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { KEY_SUMS_MIGRATION, PEAKS_MIGRATION, SIX_HOURS_MIGRATION } from './rollup-schema.ts';
import { roomsOf } from './rooms.ts';
import { MIGRATIONS, typed } from './schema.ts';

/** The first that was released had all up to it. */
const FIRST = 1 + MIGRATIONS.indexOf(typed(FEEDBACK_MIGRATION));
const VERSIONS = Array.from({ length: MIGRATIONS.length - FIRST }, (_, index) => FIRST + index);
const KEY_SUMS = MIGRATIONS.indexOf(typed(KEY_SUMS_MIGRATION));
const SIX_HOURS = MIGRATIONS.indexOf(typed(SIX_HOURS_MIGRATION));
const PEAKS = MIGRATIONS.indexOf(typed(PEAKS_MIGRATION));
const ROWS = 5;
const DAY_MS = 86_400_000;
const costOf = (number: number): number => 10 ** number;
/** What all but the last have cost: of that one nobody knows. */
const COST_NANO_USD = 11_110;
const SESSIONS_TEST = { experiment: 'test', unit: 'session', sinceMs: 1_600_000_000_000 } as const;
const ALL = { fromMs: 0, toMs: 9e12 };
const LINES = Array.from({ length: ROWS }, (_, index) => ({
  // Of several days: lists are sorted by what each has at most.
  start: startOf(index + 1, { startedAtMs: 1_700_000_000_000 + index * DAY_MS }),
  end: endOf({
    costNanoUsd: index + 1 === ROWS ? null : costOf(index + 1),
    usage: { ...NO_USAGE, outputTokens: 3 },
    billingKey: `k${index + 1}`,
  }),
}));

/** The plainest server that there is: nothing here needs more. */
const folder = postgresFolders().at(-1);
const skip = folder === undefined ? 'no PostgreSQL here' : false;
let server: PostgresServer;
let admin: PostgresDatabase;
before(async () => {
  if (folder === undefined) return;
  server = await startPostgres(folder);
  admin = new PostgresDatabase(server.url, 1);
});
after(async () => {
  await admin?.close();
  await server?.close();
});

async function inDatabase<T>(name: string, work: (database: PostgresDatabase) => Promise<T>): Promise<T> {
  await admin.run(`CREATE DATABASE ${name}`);
  const database = new PostgresDatabase(server.url.replace(/postgres$/, name), 2);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** As a TokenWatch left it that knew the first `version` migrations. */
async function leftBy(version: number, database: PostgresDatabase): Promise<void> {
  for (const sql of MIGRATIONS.slice(0, version)) await database.run(sql);
  // Which tables of that time did not have.
  if (version <= KEY_SUMS) await database.run('ALTER TABLE rollup_keys DROP COLUMN access_key');
  await database.run('CREATE TABLE tokenwatch_schema (version bigint NOT NULL)');
  await database.run('INSERT INTO tokenwatch_schema VALUES (?)', [version]);
  const rows = LINES.map(({ start, end }, index) => ({
    ...{ change: index + 1, owner: 'here/1-1' },
    ...requestRow(start, end),
  }));
  await fill(database, 'requests', rows);
  await database.run('UPDATE change_counter SET last = ?', [ROWS]);
  await database.run(`INSERT INTO budgets VALUES ('b', 'all', '{"id":"b","name":"all"}')`);
  const test = JSON.stringify({ modelA: 'm1', modelB: 'm2', split: 50, sticky: 'session', state: 'active' });
  await database.run(`INSERT INTO rules VALUES ('experiment', 'test', ?, ?)`, [test, SESSIONS_TEST.sinceMs]);
  await sumUp(version, database, rows);
}

/** Of the columns that the table has. */
async function fill(database: PostgresDatabase, table: string, rows: readonly object[]): Promise<void> {
  await database.run(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, ?)`, [
    JSON.stringify(rows),
  ]);
}

/** What was summed up of them at that time: by access key and with peaks only since there are such. */
async function sumUp(
  version: number,
  database: PostgresDatabase,
  rows: readonly ReturnType<typeof requestRow>[],
): Promise<void> {
  const batch = new RollupBatch();
  for (const row of rows) batch.add(row, 1);
  const names = KEY_COLUMNS.filter((name) => name !== 'access_key' || version > KEY_SUMS);
  const [first] = rows;
  assert.ok(first !== undefined);
  const values = names.map((name) => first[name] ?? null);
  await database.run(
    `INSERT INTO rollup_keys (key, ${names.join(', ')}) VALUES (?, ${names.map(() => '?').join(', ')})`,
    [JSON.stringify(values), ...values],
  );
  const sumsOf = (sums: readonly number[]): object =>
    Object.fromEntries(SUM_COLUMNS.map((name, index) => [name, sums[index]]));
  const rollups = batch
    .rollups()
    .map(({ kind, grainMs, bucketMs, place, sums, peaks, latency, firstByte }) => ({
      kind,
      row: {
        ...{ grain_ms: grainMs, bucket_ms: bucketMs, key_id: 1, session: place[0] },
        ...{ dimension: place[0], value: place[1] },
        ...sumsOf(sums),
        ...Object.fromEntries(PEAK_COLUMNS.map((name, index) => [name, peaks[index]])),
        ...{ latency: Object.fromEntries(latency), first_byte: Object.fromEntries(firstByte) },
      },
    }));
  for (const kind of new Set(rollups.map((rollup) => rollup.kind))) {
    const theirs = rollups.filter((rollup) => rollup.kind === kind).map(({ row }) => row);
    const known = theirs.filter(
      ({ dimension, grain_ms: grainMs }) =>
        (kind !== 'dimension' || dimension !== 'key' || version > KEY_SUMS) &&
        (grainMs !== SIX_HOURS_MS || version > SIX_HOURS),
    );
    await fill(database, `rollup_${kind}`, known);
  }
  if (version <= PEAKS) return;
  const lives = [...batch.sessionLives].map(({ session, firstMs, lastMs, sums }) => ({
    ...{ session, first_ms: firstMs, last_ms: lastMs },
    ...sumsOf(sums),
  }));
  await fill(database, 'rollup_lives', lives);
}

/** Tables with their columns in any order, indexes, triggers and functions; without the parts of single days. */
async function schemaOf(database: PostgresDatabase): Promise<readonly unknown[]> {
  const objects = await database.rows(`
    SELECT 'column' AS kind, table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable
      || ' ' || coalesce(column_default, '') || ' ' || coalesce(collation_name, '') AS name
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname || ' ' || coalesce(prosrc, '') FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'check', conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace`);
  return objects
    .map(({ kind, name }) => `${String(kind)} ${String(name)}`)
    .filter((name) => !/\brequests_(before|default|2\d{7})/.test(name))
    .toSorted();
}

test('PostgreSQL: what every earlier schema held is there in the newest one', { skip }, async () => {
  const fresh = await inDatabase('fresh', async (database) => {
    await database.migrate();
    return schemaOf(database);
  });
  for (const version of VERSIONS) {
    await inDatabase(`v${version}`, async (database) => {
      await leftBy(version, database);
      await database.migrate();
      const said = `from version ${version}`;
      assert.deepEqual(await schemaOf(database), fresh, said);
      await holdsAll(database, said);
      await goesOn(database, said);
    });
  }
});

async function holdsAll(database: PostgresDatabase, said: string): Promise<void> {
  const { budgets, analytics } = roomsOf(database);
  // By the records, and by their sums.
  for (const reports of [analytics, new SqlReports(readerOf(database), 0)]) {
    const { requests, costNanoUsd, unpricedRequests } = await reports.summary(ALL);
    assert.deepEqual([requests, costNanoUsd, unpricedRequests], [ROWS, COST_NANO_USD, 1], said);
    for (const by of ['app', 'model', 'key', 'session'] as const) {
      const [all, ...others] = await reports.breakdown(ALL, by, 9);
      assert.deepEqual(
        [all?.requests, all?.costNanoUsd, others],
        [ROWS, COST_NANO_USD, []],
        `${said}, ${by}`,
      );
    }
    // A chart by one thing, narrowed by another, is told by key, six hours at a time.
    const [stack] = await reports.stacks(ALL, SIX_HOURS_MS, 'rule', 9, { app: 'app' });
    assert.equal(stack?.points.length, ROWS, said);
    const { rows } = await reports.dearestSessions(ALL, 9);
    assert.deepEqual(
      rows.map(({ costNanoUsd: cost }) => cost),
      [COST_NANO_USD],
      said,
    );
    const { records } = await reports.requests({
      range: ALL,
      filter: {},
      sort: 'cost',
      limit: 2,
      cursor: null,
    });
    assert.deepEqual(
      records.map(({ id }) => id),
      [4, 3].map(idOf),
      said,
    );
    const [variant] = await reports.variantFigures(SESSIONS_TEST);
    assert.deepEqual([variant?.requests, variant?.cost.sum], [ROWS, COST_NANO_USD], said);
  }
  // No record has more than its times say: lists would pass it over.
  const passedOver = await database.rows(`SELECT grain_ms, id FROM rollup_total AS sums JOIN requests AS kept
    ON started_at_ms >= bucket_ms AND started_at_ms < bucket_ms + grain_ms
    WHERE kept.cost_nano_usd > peak_cost_nano_usd OR kept.latency_ms > peak_latency_ms
      OR kept.output_tokens > peak_output_tokens`);
  assert.deepEqual(passedOver, [], said);
  const newest = await analytics.recent({ limit: 9 });
  assert.deepEqual(
    newest.map(({ id }) => id),
    [5, 4, 3, 2, 1].map(idOf),
    said,
  );
  assert.equal(await analytics.lastChange(), ROWS, said);
  const scope = { app: null, model: null, tag: null };
  const [spent] = (await budgets.spentSoFar([{ scope, ...ALL, per: 'session', unsettledIds: [] }])) ?? [];
  for (const each of [spent, spent?.shares?.[0]])
    assert.deepEqual([each?.costNanoUsd, each?.unpricedRequests], [COST_NANO_USD, 1], said);
  assert.equal((await budgets.budgetRules()).budgets.length, 1, said);
}

/** Lines that come again are not counted twice, and what is new beside them is. */
async function goesOn(database: PostgresDatabase, said: string): Promise<void> {
  const again = {
    start: startOf(9, { startedAtMs: 1_700_000_000_009 }),
    end: endOf({ costNanoUsd: 1000, billingKey: 'k1', usage: { ...NO_USAGE, outputTokens: 3 } }),
  };
  const fresh = { start: startOf(10), end: endOf({ costNanoUsd: 100 }) };
  const lines = [...LINES, again, fresh].map(({ start, end }) => endLine(startText(start), end));
  await new PostgresRecordSink(database, 'here').take({
    owner: '2-2',
    name: '2-2.spool',
    lines,
    nextOffset: 0,
  });
  for (const reports of [roomsOf(database).analytics, new SqlReports(readerOf(database), 0)]) {
    const { requests, costNanoUsd } = await reports.summary(ALL);
    assert.deepEqual([requests, costNanoUsd], [ROWS + 2, COST_NANO_USD + 100], said);
    const [variant] = await reports.variantFigures(SESSIONS_TEST);
    assert.deepEqual([variant?.requests, variant?.cost.sum], [requests, costNanoUsd], said);
  }
}

test('PostgreSQL: upgrade-database brings it up to date, once', { skip }, async (context) => {
  await inDatabase('upgraded', async (database) => {
    await leftBy(FIRST, database);
    const settings = {
      TOKENWATCH_DATA_DIR: temporaryFolder(context, 'upgraded'),
      TOKENWATCH_DATABASE_URL: database.url,
      TOKENWATCH_DASHBOARD_PORT: '1',
    };
    assert.match(
      (await runCommand('stats', [], settings)).stderr,
      new RegExp(`is of version ${FIRST}, .*upgrade-database`),
    );
    const { stdout, stderr } = await runCommand('upgrade-database', ['--json'], settings);
    assert.equal(stderr, '');
    assert.equal(JSON.parse(stdout).upgraded, true);
    assert.match((await runCommand('upgrade-database', [], settings)).stdout, /was up to date already/);
    const stats = await runCommand('stats', ['--since', 'all', '--json'], settings);
    assert.match(stats.stdout, new RegExp(`"requests":\\s*${ROWS}\\b`), stats.stderr);
  });
});

/** Of their texts. */
const TEXTS: readonly string[] = [
  ...['e9ac230b', '2ad59f6d', '11969440', '4be85633', 'cb3c5de9', '222336c7', 'e4366930', '07c7d939'],
  ...['12dec994', 'd1113ade', '65bcc263', 'bcf1531e', '65c5e122', '8e7b9d06', '0c8d12b7', '7ef0c685'],
  ...['84de6935', '73f20e19', '453af01c', '4a1794a1', '39cb7d08', '80a69ad7', 'e6406b83', '448c4051'],
];

test('PostgreSQL: no migration is changed once it is out: a database of its time would be another one', () => {
  const digests = MIGRATIONS.map((sql) => hash('sha256', sql.replaceAll(/\s+/g, ' ')).slice(0, 8));
  assert.deepEqual(digests, TEXTS, 'leave it as it was, and add another one, with its line here, behind it');
});

test('PostgreSQL: a migration that fails leaves the database as it was', { skip }, async () => {
  await inDatabase('half', async (database) => {
    await leftBy(FIRST, database);
    // A table of the name that the last migration but some makes.
    await database.run('CREATE TABLE experiment_sums (name text)');
    const before = await schemaOf(database);
    await assert.rejects(database.migrate(), /experiment_sums.* already exists/);
    assert.deepEqual(await schemaOf(database), before);
    assert.equal(await database.version(), FIRST);
    assert.deepEqual(await database.rows('SELECT count(*) AS n FROM requests'), [{ n: ROWS }]);
  });
});
