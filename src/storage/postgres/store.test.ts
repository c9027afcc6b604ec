import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type PostgresServer, postgresFolders, startPostgres } from '../../../test/postgres-server.ts';
import { processOwner, SpoolWriter } from '../../record/spool.ts';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import { testStore } from '../conformance.ts';
import { endOf, type StoreUnderTest, startOf } from '../conformance-model.ts';
import { testSpans } from '../conformance-spans.ts';
import { openStore, visitStore } from '../registry.ts';
import { SqlReports } from '../sql/reports.ts';
import { numbered, PostgresDatabase, storableText, withoutPassword } from './database.ts';
import { readerOf } from './reader.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

const folders = postgresFolders();
if (folders.length === 0) {
  test('PostgreSQL: the conformance suite', {
    skip: 'no PostgreSQL here: .ci/run makes one, TOKENWATCH_TEST_POSTGRES names the folder of its programs',
  });
}
for (const folder of folders) await testOn(folder);

async function testOn(folder: string): Promise<void> {
  const server = await startPostgres(folder);
  const database = new PostgresDatabase(server.url, 4);
  await database.migrate();
  after(async () => {
    await database.close();
    await server.close();
  });
  const open = (exactRowsMax?: number) => () => emptied(database, exactRowsMax);
  testStore(server.version, open());
  testSpans((title, body) => {
    test(`${server.version}, roll-ups: ${title}`, async () => body(await open(0)()));
  });
  testServer(server);
}

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return 'end' in line ? endLine(start, line.end) : startLine(start);
}

/** The same database each time, as it was when it was made. */
async function emptied(database: PostgresDatabase, exactRowsMax?: number): Promise<StoreUnderTest> {
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
  await database.run(`TRUNCATE ${tables.join(', ')}`);
  await database.run('UPDATE budget_version SET resets = 0');
  await database.run('UPDATE rollup_state SET keyed_minutes_from_ms = 0');
  await database.run('UPDATE retention_state SET rows_from_ms = 0');
  await database.run('UPDATE cache_state SET tier_status = NULL');
  const sink = new PostgresRecordSink(database, 'here');
  const take = async (owner: string, lines: readonly SpoolLine[]): Promise<void> => {
    await sink.take({ owner, name: `${owner}.spool`, lines: lines.map(textOf), nextOffset: 0 });
  };
  return {
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

function testServer({ url, version }: PostgresServer): void {
  test(`${version}: a server's store takes its spool in, and a visitor sees it`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-shared-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
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
    context.after(async () => {
      await Promise.all(databases.map((each) => each.close()));
      await admin.run('DROP DATABASE fresh');
      await admin.close();
    });
    await Promise.all(databases.map((each) => each.migrate()));
    const versions = await Promise.all(databases.map((each) => each.version()));
    assert.equal(new Set(versions).size, 1);
    await databases[0]?.run('UPDATE tokenwatch_schema SET version = 999');
    await assert.rejects(databases[1]?.migrate() ?? Promise.resolve(), /newer than this TokenWatch/);
  });
}

test('a database that is not there is told by its address, without its password', async () => {
  const url = 'postgres://user:not-a-secret@127.0.0.1:1/nowhere?sslmode=disable';
  const settings = { TOKENWATCH_DATA_DIR: tmpdir(), TOKENWATCH_DATABASE_URL: url };
  await assert.rejects(visitStore(settings, 'refuse'), (error: Error) => {
    assert.match(error.message, /postgres:\/\/user@127\.0\.0\.1:1\/nowhere failed: .*ECONNREFUSED/);
    assert.doesNotMatch(error.message, /not-a-secret/);
    return true;
  });
  assert.equal(withoutPassword(url), 'postgres://user@127.0.0.1:1/nowhere');
});

test('parameters are numbered in their order, behind those that have a number', () => {
  assert.equal(numbered('a = ? AND b = ?'), 'a = $1 AND b = $2');
  assert.equal(numbered('f(?1, ?1) AND b = ?'), 'f($1, $1) AND b = $2');
});

test('a text that PostgreSQL would refuse is stored as near to it as can be', () => {
  assert.equal(storableText('a\u0000b\ud800c'), 'a\uFFFDb\uFFFDc');
});
