// Every schema that was ever released is migrated to the newest one, with what it held. Each is made by the migrations
// of its time.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { COST_NANO_USD, columnsOf, earlierDatabase, ROWS } from '../../../test/earlier-database.ts';
import { databasePath, SqliteDatabase } from './database.ts';
import { migrateToRowids, rebuildRollups } from './rollup-schema.ts';
import { roomsOf } from './rooms.ts';
import { MIGRATIONS } from './schema.ts';

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/** Tables with their columns in any order, and indexes. */
function schemaOf(database: DatabaseSync): unknown {
  const objects = database.prepare(`SELECT type, name FROM sqlite_master ORDER BY type, name`).all();
  return objects.map(({ type, name }) => [type, name, columnsOf(database, String(name)).toSorted()]);
}

test('what every earlier schema held is there in the newest one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tokenwatch-migrations-'));
  const fresh = new SqliteDatabase(root, ':memory:');
  try {
    for (let version = 1; version <= MIGRATIONS.length; version += 1) {
      const folder = mkdtempSync(join(root, 'v-'));
      earlierDatabase(version, folder);
      const hadBudgets = version >= 2;
      const { connection } = new SqliteDatabase(folder);
      const said = `from version ${version}`;
      assert.deepEqual(schemaOf(connection), schemaOf(fresh.connection), said);
      const { analytics, budgets } = roomsOf(connection);
      const { requests, costNanoUsd, unpricedRequests } = await analytics.summary(ALL);
      assert.deepEqual([requests, costNanoUsd, unpricedRequests], [ROWS, 4 * COST_NANO_USD, 1], said);
      assert.equal((await analytics.recent({ limit: 9 })).length, ROWS, said);
      assert.equal(await analytics.lastChange(), ROWS, said);
      if (version <= MIGRATIONS.findIndex((each) => typeof each !== 'string')) {
        const sums = connection.prepare(
          'SELECT requests, cost_nano_usd AS cost FROM rollup_total WHERE grain_ms = ?',
        );
        assert.deepEqual({ ...sums.get(24 * 3_600_000) }, { requests: ROWS, cost: 4 * COST_NANO_USD }, said);
      }
      const scope = { app: null, model: null, tag: null };
      const [spent] = await budgets.spentSoFar([{ scope, ...ALL, per: 'session', unsettledIds: [] }]);
      for (const each of [spent, spent?.shares?.[0]])
        assert.deepEqual([each?.costNanoUsd, each?.unpricedRequests], [4 * COST_NANO_USD, 1], said);
      assert.equal((await budgets.budgetRules()).budgets.length, hadBudgets ? 1 : 0, said);
      connection.close();
    }
  } finally {
    fresh.close();
    rmSync(root, { recursive: true, force: true });
  }
});

/** Of the tables and indexes after each migration. */
const SCHEMAS: readonly string[] = [
  ...['445b03e8', '8950e606', '12a26f16', 'b287e31e', '038e53df', 'a1d4292f', '19281443', '2bb2a7d1'],
  ...['d6ed7417', '5f4d494e', '1fcf0098', '3d7ce3a2', 'ce916ef2', '1c1736b9', '55327b32', 'c6eb43d0'],
  ...['2a1764c2', '2909393b', 'ef254512', '62be353c', 'ea6cd581', 'ea6cd581', '2a7e1299', '12cf7dc4'],
  ...['2edf5b7a', '2edf5b7a', 'ee266ef4', 'ee266ef4', '55912ecb', '29e95e84', '29e95e84', '13e4d0e5'],
  ...['eddeb465'],
];

test('no migration is changed once it is out: a database of its time would not be what this program takes it for', () => {
  const database = new DatabaseSync(':memory:');
  const digests = MIGRATIONS.map((migration) => {
    if (typeof migration === 'string') database.exec(migration);
    else migration(database);
    const made = database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all();
    return hash('sha256', JSON.stringify(made).replaceAll(/(?:\\n|\s)+/g, ' ')).slice(0, 8);
  });
  database.close();
  assert.deepEqual(
    digests,
    SCHEMAS,
    'leave it as it was, and add another one, with its line here, behind it',
  );
});

test('a schema that is newer than the program is refused, and stays as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-newer-'));
  try {
    new SqliteDatabase(folder).close();
    const newer = new DatabaseSync(databasePath(folder));
    newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    assert.throws(
      () => new SqliteDatabase(folder),
      new RegExp(
        `is of version ${MIGRATIONS.length + 1}, newer than this TokenWatch knows \\(${MIGRATIONS.length}\\).*docs/upgrading`,
      ),
    );
    const after = new DatabaseSync(databasePath(folder));
    assert.equal(after.prepare('PRAGMA user_version').get()?.user_version, MIGRATIONS.length + 1);
    after.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a migration that fails leaves the database as it was', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-half-'));
  try {
    earlierDatabase(3, folder);
    const spoilt = new DatabaseSync(databasePath(folder));
    // A table of the name that a later migration makes.
    spoilt.exec('CREATE TABLE rules (name TEXT)');
    spoilt.close();
    assert.throws(() => new SqliteDatabase(folder), /rules already exists/);
    const after = new DatabaseSync(databasePath(folder));
    assert.equal(after.prepare('PRAGMA user_version').get()?.user_version, 3);
    assert.equal(after.prepare('SELECT count(*) AS n FROM requests').get()?.n, ROWS);
    after.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('sums with histograms that were kept without rowids are moved, each in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-rowids-'));
  try {
    const version = MIGRATIONS.indexOf(migrateToRowids);
    earlierDatabase(version, folder);
    const old = new DatabaseSync(databasePath(folder));
    for (const table of ['rollup_total', 'rollup_keyed']) {
      const made = old.prepare('SELECT sql FROM sqlite_master WHERE name = ?').get(table)?.sql;
      old.exec(`DROP TABLE ${table}; ${String(made)}, WITHOUT ROWID`);
    }
    rebuildRollups(old);
    const rowsOf = (database: DatabaseSync) =>
      ['rollup_total', 'rollup_keyed'].map((table) => database.prepare(`SELECT * FROM ${table}`).all());
    const before = rowsOf(old);
    assert.ok(before.every((rows) => rows.length > 0));
    old.close();
    const { connection } = new SqliteDatabase(folder);
    assert.deepEqual(rowsOf(connection), before);
    const withoutRowids = connection.prepare(
      `SELECT count(*) AS n FROM pragma_table_list WHERE name IN ('rollup_total', 'rollup_keyed') AND wr = 1`,
    );
    assert.equal(withoutRowids.get()?.n, 0);
    connection.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
