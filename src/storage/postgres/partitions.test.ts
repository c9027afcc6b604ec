// The parts of the table of requests: how they come to be, that nothing arrives twice in them, and how they go.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type PostgresServer, postgresFolders, startPostgres } from '../../../test/postgres-server.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, idOf, startOf } from '../conformance/model.ts';
import { IN_FLIGHT, requestRow } from '../rows/request-row.ts';
import { SqlReports } from '../sql/reports.ts';
import { PostgresDatabase } from './database.ts';
import { DAY_MS, DayPartitions, partitionsOf } from './day-partitions.ts';
import { readerOf } from './reader.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { PostgresRetention } from './retention.ts';
import { roomsOf } from './rooms.ts';
import { MIGRATIONS } from './schema.ts';

/** The plainest server that there is: nothing here needs more. */
const folder = postgresFolders().at(-1);
const skip = folder === undefined ? 'no PostgreSQL here' : false;
const TODAY = Math.floor(Date.now() / DAY_MS);
/** What nothing was used for is charged to nobody. */
const USAGE = { usage: { ...NO_USAGE, outputTokens: 5 } };
const WHERE = 'SELECT tableoid::regclass::text AS part, id FROM requests ORDER BY id';

let server: PostgresServer;
let admin: PostgresDatabase;
let databases = 0;
const opened: PostgresDatabase[] = [];
before(async () => {
  if (folder === undefined) return;
  server = await startPostgres(folder);
  admin = new PostgresDatabase(server.url, 1);
});
after(async () => {
  for (const database of [...opened, admin]) await database?.close();
  await server?.close();
});

/** One of its own, for as many as share it. */
async function emptyDatabase(connections = 3): Promise<PostgresDatabase> {
  databases += 1;
  await admin.run(`CREATE DATABASE d${databases}`);
  return another(server.url.replace(/postgres$/, `d${databases}`), connections);
}

function another(url: string, connections = 3): PostgresDatabase {
  const database = new PostgresDatabase(url, connections);
  opened.push(database);
  return database;
}

async function migrated(): Promise<PostgresDatabase> {
  const database = await emptyDatabase();
  await database.migrate();
  return database;
}

const at = (day: number, ms = 7) => ({ startedAtMs: (TODAY + day) * DAY_MS + ms });
const dayName = (day: number): string =>
  `requests_${new Date((TODAY + day) * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return 'end' in line ? endLine(start, line.end) : startLine(start);
}

const take = (sink: PostgresRecordSink, lines: readonly SpoolLine[], owner = '1-1'): Promise<number> =>
  sink.take({ owner, name: `${owner}-1.spool`, lines: lines.map(textOf), nextOffset: 0 });

const parts = async (database: PostgresDatabase): Promise<readonly string[]> =>
  (await partitionsOf(database)).map(({ name }) => name);

test('a table without parts becomes the first of them, by whoever comes first, and nothing arrives again', {
  skip,
}, async () => {
  const database = await emptyDatabase();
  const before = MIGRATIONS.findIndex((sql) => sql.includes('PARTITION BY'));
  for (const sql of MIGRATIONS.slice(0, before)) await database.run(sql);
  await database.run('CREATE TABLE tokenwatch_schema (version bigint NOT NULL)');
  await database.run('INSERT INTO tokenwatch_schema VALUES (?)', [before]);
  const lines: SpoolLine[] = [
    { start: startOf(1, at(-500)), end: endOf({ ...USAGE, billingKey: 'k1' }) },
    { start: startOf(2, at(0)), end: endOf({ ...USAGE, billingKey: 'k2' }) },
    { start: startOf(3, at(0)) },
    // Of a clock that was ahead.
    { start: startOf(4, at(2)), end: endOf() },
  ];
  const rows = lines.map((line, index) => ({
    ...{ change: index + 1, owner: 'here/1-1' },
    ...requestRow(line.start, 'end' in line ? line.end : IN_FLIGHT),
  }));
  await database.run('INSERT INTO requests SELECT * FROM json_populate_recordset(NULL::requests, ?)', [
    JSON.stringify(rows),
  ]);
  await database.run('UPDATE change_counter SET last = 4');
  const told = async () =>
    (await new SqlReports(readerOf(database)).recent({ limit: 10 })).map(({ id }) => id);

  await Promise.all([1, 2, 3].map(() => another(database.url, 1).migrate()));
  await database.migrate();
  assert.deepEqual(await told(), [4, 3, 2, 1].map(idOf));
  assert.deepEqual(
    (await database.rows(WHERE)).map(({ part }) => part),
    ['requests_before', 'requests_before', 'requests_before', 'requests_default'],
  );
  const partitions = new DayPartitions(database);
  await partitions.makeAhead();
  assert.deepEqual(await parts(database), ['requests_before', dayName(1), dayName(2), dayName(3)]);
  const sink = new PostgresRecordSink(database, 'here', partitions);
  await take(sink, [...lines, { start: startOf(3, at(0)), end: endOf() }]);
  await take(sink, [
    { start: startOf(5, at(0)), end: endOf({ ...USAGE, billingKey: 'k1', costNanoUsd: 9 }) },
  ]);
  const found = await database.rows(
    'SELECT tableoid::regclass::text AS part, outcome, duplicate_of FROM requests ORDER BY id',
  );
  assert.deepEqual(
    found.map(({ part, outcome, duplicate_of }) => [part, outcome, duplicate_of]),
    [
      ['requests_before', 'completed', null],
      ['requests_before', 'completed', null],
      ['requests_before', 'completed', null],
      [dayName(2), 'completed', null],
      ['requests_before', 'completed', idOf(1)],
    ],
  );
});

test('each day has its part, made ahead or by its first request; what fits none is in the part of other times', {
  skip,
}, async () => {
  const database = await migrated();
  const partitions = new DayPartitions(database);
  await partitions.makeAhead();
  assert.deepEqual(await parts(database), [0, 1, 2, 3].map(dayName));
  const sink = new PostgresRecordSink(database, 'here', partitions);
  const days = [-9000, -40, -1, 0, 3, 400];
  await take(
    sink,
    days.map((day, index) => ({ start: startOf(index, at(day)), end: endOf() })),
  );
  assert.deepEqual(
    (await database.rows(WHERE)).map(({ part }) => part),
    ['requests_default', dayName(-40), dayName(-1), dayName(0), dayName(3), 'requests_default'],
  );
  // Whoever comes with other knowledge of them makes none twice.
  await Promise.all(
    [1, 2, 3].map(() => new DayPartitions(database).makeFor([at(-1).startedAtMs, at(-2).startedAtMs])),
  );
  assert.deepEqual(await parts(database), [-40, -2, -1, 0, 1, 2, 3].map(dayName));
});

test('a line that comes again, to two proxies at once too, is one request, and a charge is taken once over all days', {
  skip,
}, async () => {
  const database = await migrated();
  const lines = [-1, 0].flatMap((day, index): SpoolLine[] => [
    { start: startOf(index, at(day)) },
    { start: startOf(index, at(day)), end: endOf({ ...USAGE, billingKey: 'same', costNanoUsd: 5 }) },
  ]);
  const sinks = [1, 2, 3].map(() => new PostgresRecordSink(database, 'here'));
  await Promise.all(sinks.map((sink) => take(sink, lines)));
  for (const sink of sinks) await take(sink, lines);
  const rows = await database.rows('SELECT id, cost_nano_usd, duplicate_of FROM requests ORDER BY id');
  assert.deepEqual(
    rows.map(({ id, duplicate_of }) => [id, duplicate_of]),
    [
      [idOf(0), null],
      [idOf(1), idOf(0)],
    ],
  );
  await assert.rejects(
    database.run(
      `INSERT INTO requests SELECT (json_populate_record(kept, '{"id":"x","started_at_ms":${at(0).startedAtMs}}')).*
      FROM requests AS kept WHERE id = ?`,
      [idOf(0)],
    ),
    /request_charges_pkey/,
  );
  await database.run('DELETE FROM requests');
  assert.deepEqual(await database.rows('SELECT * FROM request_charges'), []);
});

test('where the server has no room for more parts, one is made for the rest of a month', {
  skip,
}, async () => {
  const database = await migrated();
  const partitions = new DayPartitions(database, { pastMaxDays: 400, partsMax: 2 });
  await partitions.makeAhead();
  const made = await partitionsOf(database);
  assert.ok(made.length < 5);
  const third = made[2];
  assert.ok(third !== undefined);
  const start = new Date(third.fromMs);
  assert.equal(third.toMs, Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
  const sink = new PostgresRecordSink(database, 'here', partitions);
  // None for the past: what room there is, is for the days to come.
  await take(
    sink,
    [-3, 2].map((day, index) => ({ start: startOf(index, at(day)), end: endOf() })),
  );
  const [past, ahead] = await database.rows(WHERE);
  assert.deepEqual([past?.part, ahead?.part], ['requests_default', third.name]);
});

test('a day that is old goes as a whole, with what comes into it meanwhile; its sums, ids and charges stay', {
  skip,
}, async () => {
  const database = await migrated();
  const sink = new PostgresRecordSink(database, 'here');
  const lines = [-40, -39, -1].flatMap((day, part): SpoolLine[] =>
    [0, 1, 2, 3, 4].map((number) => ({
      start: startOf(part * 10 + number, { ...at(day, number * 3_600_000), experiment: null, variant: null }),
      end: endOf({ ...USAGE, costNanoUsd: 10 ** number, billingKey: `k${part}${number}` }),
    })),
  );
  await take(sink, lines);
  const reports = new SqlReports(readerOf(database), 0);
  const { budgets } = roomsOf(database);
  const query = { scope: { app: null, model: null, tag: null }, fromMs: 0, toMs: 9e12, unsettledIds: [] };
  const told = async () => [
    await reports.summary({ fromMs: 0, toMs: 9e12 }),
    await budgets.spentSoFar([query]),
  ];
  const known = await told();
  const retention = new PostgresRetention(database, 2, 2);
  const old = { beforeMs: (TODAY - 39) * DAY_MS, fromMs: 0, experiments: [], nowMs: Date.now() };
  assert.deepEqual(await retention.deleteOld(old), { deleted: 0, nextFromMs: 0 });
  const late: SpoolLine = {
    start: startOf(9, { ...at(-40, 1), experiment: null }),
    end: endOf({ costNanoUsd: 7 }),
  };
  await take(sink, [late]);
  const deleted = await deletedBy(retention, old);
  assert.equal(deleted, 6);
  assert.deepEqual(await parts(database), [dayName(-39), dayName(-1)]);
  await take(sink, [late, ...lines]);
  await take(sink, [
    { start: startOf(77, at(-1)), end: endOf({ ...USAGE, billingKey: 'k01', costNanoUsd: 1e6 }) },
  ]);
  assert.equal((await reports.request(idOf(77)))?.costNanoUsd, 0);
  const [spent] = (await budgets.spentSoFar([query])) ?? [];
  assert.equal(spent?.costNanoUsd, 3 * 11_111 + 7);
  assert.equal(
    (known[0] as { costNanoUsd: number }).costNanoUsd + 7,
    (await reports.summary({ fromMs: 0, toMs: 9e12 })).costNanoUsd,
  );
});

test('of a day with a request in flight, or of a test that runs, the others go one by one, and it goes when they have', {
  skip,
}, async () => {
  const database = await migrated();
  const sink = new PostgresRecordSink(database, 'here');
  const kept = { ...at(-40), experiment: 'runs' };
  await take(sink, [
    { start: startOf(1, { ...at(-40), experiment: null }), end: endOf() },
    { start: startOf(2, kept), end: endOf() },
    { start: startOf(3, { ...at(-40, 9), experiment: null }) },
  ]);
  const retention = new PostgresRetention(database);
  const old = { beforeMs: (TODAY - 39) * DAY_MS, fromMs: 0, nowMs: Date.now() };
  assert.equal(await deletedBy(retention, { ...old, experiments: ['runs'] }), 1);
  assert.deepEqual(
    (await database.rows(WHERE)).map(({ id }) => id),
    [2, 3].map(idOf),
  );
  await take(sink, [{ start: startOf(3, { ...at(-40, 9), experiment: null }), end: endOf() }]);
  assert.equal(await deletedBy(retention, { ...old, experiments: [] }), 2);
  assert.deepEqual(await parts(database), []);
});

async function deletedBy(
  retention: PostgresRetention,
  rows: Parameters<PostgresRetention['deleteOld']>[0],
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const some = await retention.deleteOld(rows);
    deleted += some.deleted;
    if (some.nextFromMs === null) return deleted;
  }
}
