import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { atEnd, temporaryFolder } from '../../../test/at-end.ts';
import { type PostgresServer, postgresFolders, startPostgres } from '../../../test/postgres-server.ts';
import { NEW_STANDING } from '../../cache/semantic/trust.ts';
import { processOwner, SpoolWriter } from '../../record/spool.ts';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import { answer } from '../conformance/cache.ts';
import { endOf, type StoreUnderTest, startOf } from '../conformance/model.ts';
import { question } from '../conformance/semantic.ts';
import { testSpans } from '../conformance/spans.ts';
import { testStore } from '../conformance/suite.ts';
import { openStore, visitStore } from '../registry.ts';
import { SqlReports } from '../sql/reports.ts';
import type { Store, Visit } from '../store.ts';
import { type PgRow, PostgresDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';
import { searchPlace } from './vector-table.ts';

const NO_PGVECTOR = 'in each proxy’s memory: the server has no pgvector';

const folders = postgresFolders();
if (folders.length === 0) {
  test('PostgreSQL: the conformance suite', {
    skip: 'no PostgreSQL here: .ci/run makes one, TOKENWATCH_TEST_POSTGRES names the folder of its programs',
  });
}
// The same statements on each, and most of them in the suite of SQLite, which draws as much as is told: a part is drawn
// here, divided among the servers.
process.env.TOKENWATCH_TEST_PROPERTY_SHARE ??= String(0.4 / Math.max(1, folders.length));
for (const folder of folders) await testOn(folder);

async function testOn(folder: string): Promise<void> {
  const server = await startPostgres(folder);
  const database = new PostgresDatabase(server.url, 4);
  await database.migrate();
  after(async () => {
    await database.close();
    await server.close();
  });
  const hasVectors = (await searchPlace(database)).about !== NO_PGVECTOR;
  const open = (exactRowsMax?: number) => () => emptied(database, hasVectors, exactRowsMax);
  testStore(server.version, open());
  testSpans((title, body) => {
    test(`${server.version}, roll-ups: ${title}`, async () => body(await open(0)()));
  });
  testServer(server);
  if (hasVectors) testVectors(server);
  else
    test(`${server.version}: vectors`, { skip: 'this server has no pgvector: they are compared in memory' });
}

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return 'end' in line ? endLine(start, line.end) : startLine(start);
}

function isOfRequests({ name }: PgRow): boolean {
  return String(name).startsWith('requests');
}

/** The same database each time, as it was when it was made. */
async function emptied(
  database: PostgresDatabase,
  comparesPrompts: boolean,
  exactRowsMax?: number,
): Promise<StoreUnderTest> {
  const kept = [
    'tokenwatch_schema',
    'budget_version',
    'rule_version',
    'cache_state',
    'prompt_state',
    'rollup_state',
    'retention_state',
    'change_counter',
    'lease_lock',
  ];
  const rows = await database.rows(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  const tables = rows.map(({ tablename }) => String(tablename)).filter((name) => !kept.includes(name));
  // Most hold nothing: to truncate each costs more than all that a test does.
  const looks = tables.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM ONLY ${name})`);
  const full = await database.rows(looks.join(' UNION ALL '));
  // Requests first: what they charged follows them by a trigger.
  const byName = full.toSorted((one, other) => Number(isOfRequests(other)) - Number(isOfRequests(one)));
  await database.run(
    [
      ...byName.map(({ name }) => `DELETE FROM ONLY ${name}`),
      'UPDATE budget_version SET resets = 0',
      'UPDATE rollup_state SET keyed_minutes_from_ms = 0, keyed_six_hours_from_ms = 0',
      'UPDATE retention_state SET rows_from_ms = 0',
      'UPDATE cache_state SET tier_status = NULL',
    ].join('; '),
  );
  const sink = new PostgresRecordSink(database, 'here');
  const take = async (owner: string, lines: readonly SpoolLine[]): Promise<void> => {
    await sink.take({ owner, name: `${owner}.spool`, lines: lines.map(textOf), nextOffset: 0 });
  };
  return {
    comparesPrompts,
    ...roomsOf(database),
    analytics: new SqlReports(readerOf(database), exactRowsMax),
    take: (lines) => take('alive', lines),
    takeFromKilled: async (lines) => {
      await take('killed', lines);
      await sink.interrupt('killed');
    },
    transfer: transferDeskOf(database),
    reset: () => resetRecords(database),
    damage: async (table, column, key, value) => {
      await database.run(`UPDATE ${table} SET ${column} = ? WHERE key = ?`, [value, key]);
    },
    close: async () => {},
  };
}

/** What another sets is told at once, and again when the line that was cut is there again. */
async function heard(store: Store, url: string, visit: Visit): Promise<void> {
  let topics: string[] = [];
  let told = Promise.withResolvers<void>();
  store.onHint((topic) => {
    topics.push(topic);
    told.resolve();
  });
  let kills = 0;
  const set = (): Promise<void> => {
    kills += 1;
    return visit.budgets.putKill({ ...KILL, id: `kill-${kills}` });
  };
  // The line may not be there yet, and says nothing of what was before.
  const until = async (): Promise<void> => {
    const again = setInterval(() => void set(), 200);
    await set();
    await told.promise;
    clearInterval(again);
    assert.ok(topics.includes('budget_version'));
  };
  await until();
  const database = new PostgresDatabase(url, 1);
  await database.run(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenwatch (listens)'`,
  );
  await database.close();
  topics = [];
  told = Promise.withResolvers();
  await until();
  for (; kills > 0; kills -= 1) await visit.budgets.removeKill(`kill-${kills}`);
}

const KILL = { scope: { app: 'nobody', model: null, tag: null }, createdAtMs: 1 };

function testServer({ url, version }: PostgresServer): void {
  test(`${version}: a server's store takes its spool in, and a visitor sees it`, async (context) => {
    const folder = temporaryFolder(context, 'shared');
    const settings = { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_DATABASE_URL: url };
    const owner = processOwner();
    const store = await openStore(settings, { owner, warn: assert.fail });
    await store.reset();
    const spool = new SpoolWriter(folder, owner);
    spool.write(`${textOf({ start: startOf(1), end: endOf() })}\n`);
    spool.close();
    await store.load();
    assert.equal((await store.analytics.summary({ fromMs: 0, toMs: 2e12 })).requests, 1);
    const visit = await visitStore(settings, 'refuse');
    await heard(store, url, visit);
    assert.deepEqual(await visit.analytics.request(startOf(1).id), { ...startOf(1), ...endOf() });
    const facts = await visit.facts();
    assert.deepEqual([facts.path, facts.records], [url, 1]);
    await visit.close();
    await store.close();
  });

  test(`${version}: what is in flight of one folder is not another's to interrupt`, async () => {
    const database = new PostgresDatabase(url, 2);
    await resetRecords(database);
    const [one, other] = ['one', 'other'].map((instance) => new PostgresRecordSink(database, instance));
    const line = { start: startOf(90) };
    await one?.take({ owner: '1-1', name: '1-1-1.spool', lines: [textOf(line)], nextOffset: 7 });
    assert.deepEqual(await other?.ownersInFlight(), []);
    assert.deepEqual(await other?.names(), []);
    assert.equal(await other?.position('1-1-1.spool'), 0);
    assert.deepEqual(await one?.ownersInFlight(), ['1-1']);
    assert.equal(await one?.position('1-1-1.spool'), 7);
    await one?.interrupt('1-1');
    await one?.forget('1-1-1.spool');
    await database.close();
  });

  test(`${version}: several proxies that take records at once number every change, and sum up each`, async () => {
    const database = new PostgresDatabase(url, 4);
    await database.run('DELETE FROM requests');
    await resetRecords(database);
    const cursor = await new SqlReports(readerOf(database)).lastChange();
    const each = Array.from({ length: 4 }, async (_, proxy) => {
      const sink = new PostgresRecordSink(database, `proxy-${proxy}`);
      for (let batch = 0; batch < 5; batch += 1) {
        const lines = Array.from({ length: 20 }, (__, index) =>
          textOf({ start: startOf(proxy * 1000 + batch * 100 + index), end: endOf() }),
        );
        await sink.take({ owner: '1-1', name: '1-1-1.spool', lines, nextOffset: batch });
      }
    });
    await Promise.all(each);
    const reports = new SqlReports(readerOf(database), 0);
    assert.equal((await reports.changes(cursor, 1000)).records.length, 400);
    assert.equal(await reports.lastChange(), cursor + 400);
    const { requests, costNanoUsd } = await reports.summary({ fromMs: 0, toMs: 2e12 });
    assert.deepEqual([requests, costNanoUsd], [400, 40_000]);
    await database.close();
  });

  test(`${version}: several processes that come to an empty database at once make its tables once`, async (context) => {
    const admin = new PostgresDatabase(url, 1);
    await admin.run('CREATE DATABASE fresh');
    const fresh = url.replace(/postgres$/, 'fresh');
    const databases = Array.from({ length: 4 }, () => new PostgresDatabase(fresh, 1));
    atEnd(context, async () => {
      await Promise.all(databases.map((each) => each.close()));
      await admin.run('DROP DATABASE fresh');
      await admin.close();
    });
    await Promise.all(databases.map((each) => each.migrate()));
    const versions = await Promise.all(databases.map((each) => each.version()));
    assert.equal(new Set(versions).size, 1);
    // Other proxies may run on it: no command but the one that is called so brings it up to date.
    await databases[0]?.run('UPDATE tokenwatch_schema SET version = version - 1');
    const settings = {
      TOKENWATCH_DATA_DIR: temporaryFolder(context, 'older'),
      TOKENWATCH_DATABASE_URL: fresh,
    };
    for (const way of ['refuse', 'create', 'empty', 'look'] as const)
      await assert.rejects(visitStore(settings, way), { code: 'database_older' }, way);
    assert.equal(await databases[0]?.version(), Number(versions[0]) - 1);
    await databases[0]?.run('UPDATE tokenwatch_schema SET version = 999');
    await assert.rejects(databases[1]?.migrate() ?? Promise.resolve(), /newer than this TokenWatch/);
  });
}

/** Rows like that of `p-0`, but for what is given. */
const COPIES = (table: string): string => `INSERT INTO ${table} SELECT (json_populate_record(kept, line)).*
  FROM ${table} AS kept, json_array_elements(?) AS each (line) WHERE kept.key = 'p-0'`;

function testVectors({ url, version }: PostgresServer): void {
  const DIMENSIONS = 16;
  const vectorOf = (number: number): Float32Array => {
    const values = Array.from({ length: DIMENSIONS }, (_, index) => Math.sin(number * 7.3 + index * 1.9));
    const length = Math.hypot(...values);
    return Float32Array.from(values, (value) => value / length);
  };
  const put = async (database: PostgresDatabase, partition: string, numbers: readonly number[]) => {
    const { cache, semantic } = roomsOf(database);
    for (const number of numbers) {
      const key = `${partition}-${number}`;
      await cache.putAnswer(answer(key));
      const vector = vectorOf(number);
      await semantic.putQuestion(question(key, { partition, vector }));
    }
  };

  test(`${version}: of a large partition the nearest are found by the index, which goes on past nearer strangers`, async (context) => {
    const database = new PostgresDatabase(url, 2);
    atEnd(context, () => database.close());
    const { cache, semantic } = roomsOf(database);
    await cache.clearAnswers(null);
    await semantic.openSearch(DIMENSIONS);
    await put(database, 'p', [0]);
    const each = 2100;
    const all = fc.sample(
      fc.array(fc.integer({ min: -999, max: 999 }), { minLength: DIMENSIONS, maxLength: DIMENSIONS }),
      {
        ...{ numRuns: 2 * each, seed: 7 },
      },
    );
    // Strangers lie on the side of what is asked for, those of the partition on the other.
    const rows = all.map((values, index) => {
      const isStranger = index < each;
      const embedding = [
        Math.abs(values[0] ?? 0) * (isStranger ? 3 : -1) + (isStranger ? 1 : -1),
        ...values.slice(1),
      ];
      return {
        key: `n-${index}`,
        partition: isStranger ? 'strangers' : 'p',
        dimensions: DIMENSIONS,
        embedding,
      };
    });
    await database.run(COPIES('cache_answers'), [JSON.stringify(rows)]);
    await database.run(COPIES('cache_questions'), [JSON.stringify(rows)]);
    await database.run(
      `INSERT INTO cache_vectors SELECT key, partition, dimensions, embedding::vector FROM json_to_recordset(?)
       AS given (key text, partition text, dimensions integer, embedding text)`,
      [JSON.stringify(rows)],
    );
    await database.run('ANALYZE cache_vectors');
    const near = async (): Promise<string[]> => {
      const asked = JSON.stringify([1, ...new Array(DIMENSIONS - 1).fill(0)]);
      const found = await database.rows('SELECT * FROM cache_nearest(?, ?, ?, 5, 500) AS key', [
        'p',
        asked,
        DIMENSIONS,
      ]);
      return found.map(({ key }) => String(key));
    };
    const cosine = (vector: readonly number[]): number => (vector[0] ?? 0) / Math.hypot(...vector);
    const expected = rows
      .filter(({ partition }) => partition === 'p')
      .toSorted((one, other) => cosine(other.embedding) - cosine(one.embedding))
      .slice(0, 5)
      .map(({ key }) => key);
    const found = await near();
    assert.equal(found.length, 5);
    const right = found.filter((key) => expected.includes(key)).length;
    assert.ok(right >= 4, `${right} of the 5 nearest`);
    // What it would find if it did not go on.
    await database.run(`ALTER FUNCTION cache_nearest SET hnsw.iterative_scan = 'off'`);
    assert.ok((await near()).length < 5);
    await cache.clearAnswers(null);
    await database.run('DROP TABLE cache_vectors');
  });

  test(`${version}: questions from before there was a table for them are found`, async (context) => {
    const database = new PostgresDatabase(url, 2);
    atEnd(context, () => database.close());
    await roomsOf(database).cache.clearAnswers(null);
    await put(database, 'p', [1, 2, 3]);
    await database.run('DROP TABLE cache_vectors');
    const { semantic } = roomsOf(database);
    await semantic.openSearch(DIMENSIONS);
    const { questions } = await semantic.nearestQuestions('p', vectorOf(2), 2, 500);
    assert.equal(questions[0]?.key, 'p-2');
    assert.equal(questions.length, 2);
  });

  test(`${version}: a role that may not make the extension is told who can, and compares in memory`, async (context) => {
    const admin = new PostgresDatabase(url, 1);
    for (const sql of ['CREATE ROLE plain LOGIN', 'CREATE DATABASE plain']) await admin.run(sql);
    const owner = new PostgresDatabase(url.replace(/postgres$/, 'plain'), 1);
    await owner.run('GRANT CREATE ON SCHEMA public TO plain');
    const database = new PostgresDatabase(
      url.replace(/postgres$/, 'plain').replace('//test@', '//plain@'),
      2,
    );
    atEnd(context, async () => {
      await Promise.all([database.close(), owner.close()]);
      await admin.run('DROP DATABASE plain');
      await admin.run('DROP ROLE plain');
      await admin.close();
    });
    await database.migrate();
    const place = await roomsOf(database).semantic.openSearch(DIMENSIONS);
    assert.equal(place.by, 'memory');
    assert.match(place.about, /pgvector [\d.]+ is not in this database yet: CREATE EXTENSION vector/);
    await put(database, 'p', [1]);
    // Somebody else may have put it where this role's path does not look.
    await owner.run('CREATE SCHEMA "other place"');
    await owner.run('CREATE EXTENSION vector SCHEMA "other place"');
    await owner.run('GRANT USAGE ON SCHEMA "other place" TO plain');
    const { semantic } = roomsOf(database);
    assert.equal((await semantic.openSearch(DIMENSIONS)).by, 'store');
    assert.equal((await semantic.nearestQuestions('p', vectorOf(1), 2, 500)).questions.length, 1);
  });

  test(`${version}: nothing that one proxy found against an entry or a scope is taken back by another`, async (context) => {
    const database = new PostgresDatabase(url, 2);
    atEnd(context, () => database.close());
    const { cache, semantic } = roomsOf(database);
    await cache.clearAnswers(null);
    await put(database, 'p', [1]);
    await semantic.putStanding('p-1', { ...NEW_STANDING, distanceBelow: 0, disagreed: 2 });
    await semantic.putStanding('p-1', { ...NEW_STANDING, prompts: 3 });
    const { standing } = (await semantic.questionOf('p-1')) ?? {};
    assert.deepEqual(standing, { ...NEW_STANDING, distanceBelow: 0, disagreed: 2, prompts: 3 });
    const trust = { scope: 's', level: 2, checks: 0, disagreed: 0, totalChecks: 9, totalDisagreed: 4 };
    await semantic.putScopeTrust({ ...trust, undecided: 0, changedAtMs: 1 });
    await semantic.putScopeTrust({ ...trust, level: 1, undecided: 0, changedAtMs: 2 });
    assert.equal((await semantic.scopeTrust())[0]?.level, 2);
  });
}
