import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { processOwner, SpoolWriter, spoolFolder } from '../../record/spool.ts';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import { type StoreUnderTest, startOf } from '../conformance/model.ts';
import { testStore } from '../conformance/suite.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import { SqliteDatabase } from './database.ts';
import { sqlite } from './driver.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

/** No process has this pid: Linux counts to 2^22. */
const KILLED = '99999999-1';

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tokenwatch-store-'));
}

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return `${'end' in line ? endLine(start, line.end) : startLine(start)}\n`;
}

function spool(folder: string, owner: string, lines: readonly SpoolLine[]): void {
  const writer = new SpoolWriter(folder, owner);
  writer.write(lines.map(textOf).join(''));
  writer.close();
}

async function open(): Promise<StoreUnderTest> {
  const folder = newFolder();
  const owner = processOwner();
  const settings = { TOKENWATCH_DATA_DIR: folder };
  const worker = await sqlite.serve(settings, { owner, warn: () => {} });
  const { analytics, budgets, cache, semantic, rules, prompts, feedback, retention, leases } = worker;
  const beside = openBeside(folder);
  return {
    comparesPrompts: false,
    transfer: transferDeskOf(beside.connection),
    ...{ analytics, budgets, cache, semantic, rules, prompts, feedback, retention, leases },
    damage: async (table, column, key, value) => {
      const { connection, close } = openBeside(folder);
      connection.prepare(`UPDATE ${table} SET ${column} = ? WHERE key = ?`).run(value, key);
      close();
    },
    take: async (lines) => {
      spool(folder, owner, lines);
      await worker.load();
    },
    takeFromKilled: async (lines) => {
      spool(folder, KILLED, lines);
      // Whoever comes next recovers: here the command line.
      await (await sqlite.visit(settings, 'refuse')).close();
    },
    reset: () => worker.reset(),
    close: async () => {
      beside.close();
      await worker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without the server's threads, whose start takes longer than most tests; what is asked and told is copied as for them. */
async function openHere(): Promise<StoreUnderTest> {
  const folder = newFolder();
  const owner = processOwner();
  const database = new SqliteDatabase(folder);
  const { connection } = database;
  const loader = loaderOf(folder, database);
  return {
    comparesPrompts: false,
    transfer: transferDeskOf(connection),
    ...mapped(roomsOf(connection, owner), copying),
    damage: async (table, column, key, value) => {
      connection.prepare(`UPDATE ${table} SET ${column} = ? WHERE key = ?`).run(value, key);
    },
    take: async (lines) => {
      spool(folder, owner, lines);
      await loader.load(owner, false);
    },
    takeFromKilled: async (lines) => {
      spool(folder, KILLED, lines);
      await loader.recover();
    },
    reset: async () => database.reset(),
    close: async () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const mapped = <Rooms extends object>(rooms: Rooms, change: <Room>(room: Room) => Room): Rooms =>
  Object.fromEntries(Object.entries(rooms).map(([name, room]) => [name, change(room)])) as Rooms;

/** Between threads nothing passes that cannot be copied. */
function copying<Room>(room: Room): Room {
  if (typeof room !== 'object' || room === null) return room;
  return new Proxy(room, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...words: readonly unknown[]) =>
        structuredClone(await method.apply(target, structuredClone(words)));
    },
  });
}

testStore('SQLite', open, openHere);

function openBeside(folder: string): { connection: DatabaseSync; close(): void } {
  const database = new SqliteDatabase(folder);
  return { connection: database.connection, close: () => database.close() };
}

function loaderOf(folder: string, database: SqliteDatabase): SpoolLoader {
  return new SpoolLoader(folder, new SqliteRecordSink(database.connection));
}

const line = (id: string): SpoolLine => ({ start: { ...startOf(1), id } });

test('a spool file that has the name of an earlier one is read from its beginning', async (context) => {
  const folder = newFolder();
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const database = new SqliteDatabase(folder);
  const owner = processOwner();
  for (const id of ['first', 'second']) {
    spool(folder, owner, [line(id)]);
    await loaderOf(folder, database).load(owner, true);
    assert.deepEqual(readdirSync(spoolFolder(folder)), []);
  }
  assert.equal(storeFacts(database.connection).records, 2);
  assert.equal(database.connection.prepare('SELECT count(*) AS n FROM spool_progress').get()?.n, 0);
  database.close();
});

test('a database that may not come to its place takes the spool of all, and leaves it there for the one that does', async (context) => {
  const folder = newFolder();
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  spool(folder, KILLED, [line('killed')]);
  spool(folder, processOwner(), [line('running')]);
  const files = readdirSync(spoolFolder(folder));
  const database = new SqliteDatabase(folder);
  const loader = loaderOf(folder, database);
  await loader.copy();
  assert.deepEqual(readdirSync(spoolFolder(folder)), files);
  const states = 'SELECT id, outcome FROM requests ORDER BY id';
  const found = [
    ['killed', 'interrupted'],
    ['running', 'in_flight'],
  ];
  assert.deepEqual(database.connection.prepare(states).all().map(Object.values), found);
  await loader.recover();
  assert.equal(readdirSync(spoolFolder(folder)).length, 1, 'of the one that runs');
  assert.deepEqual(database.connection.prepare(states).all().map(Object.values), found);
  database.close();
});

test('a spool that a kill cut at any byte gives its whole lines, and its torn one is no fault', async (context) => {
  const folder = newFolder();
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const text = ['a', 'ü', 'c'].map((id) => textOf(line(id))).join('');
  const bytes = Buffer.from(text);
  const database = new SqliteDatabase(folder);
  const loader = loaderOf(folder, database);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const name = join(spoolFolder(folder), `${KILLED}-${cut + 1}.spool`);
    mkdirSync(spoolFolder(folder), { recursive: true });
    writeFileSync(name, bytes.subarray(0, cut));
    assert.equal((await loader.recover()).rejected, 0);
    const whole = bytes.subarray(0, cut).toString('latin1').split('\n').length - 1;
    assert.equal(storeFacts(database.connection).records, whole, `cut at ${cut}`);
    assert.equal(database.reset(), whole);
  }
  database.close();
});

test('several processes that recover at once lose nothing and do not fail', async (context) => {
  const folder = newFolder();
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const ids = Array.from({ length: 300 }, (_, index) => `request-${index}`);
  for (const id of ids) spool(folder, KILLED, [line(id)]);
  const urlOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `const { SqliteDatabase } = await import(${urlOf('./database.ts')});
    const { SqliteRecordSink } = await import(${urlOf('./record-sink.ts')});
    const { SpoolLoader } = await import(${urlOf('../loading/spool-loader.ts')});
    const database = new SqliteDatabase(${JSON.stringify(folder)});
    // A server tries again where it waited in vain.
    database.connection.exec('PRAGMA busy_timeout = 60000');
    await new SpoolLoader(${JSON.stringify(folder)}, new SqliteRecordSink(database.connection)).recover();
    database.close();`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const ended = Array.from({ length: 4 }, () => {
    const worker = new Worker(url);
    return new Promise<unknown>((resolve) => {
      worker.on('error', resolve);
      worker.on('exit', () => resolve(null));
    });
  });
  assert.deepEqual(await Promise.all(ended), [null, null, null, null]);
  const records = await sqlite.visit({ TOKENWATCH_DATA_DIR: folder }, 'refuse');
  const recent = await records.analytics.recent({ limit: 1000 });
  await records.close();
  assert.equal(recent.length, ids.length);
  assert.ok(recent.every((record) => record.outcome === 'interrupted'));
  assert.deepEqual(readdirSync(spoolFolder(folder)), []);
});
