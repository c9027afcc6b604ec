// SQLite databases as earlier versions left them: each is made by the migrations of its time, with rows in it.

import { DatabaseSync } from 'node:sqlite';
import { endOf, startOf } from '../src/storage/conformance/model.ts';
import { requestRow, type SqlValue } from '../src/storage/rows/request-row.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { MIGRATIONS } from '../src/storage/sqlite/schema.ts';
import { migrateSessionSpend, SqliteSpendSums } from '../src/storage/sqlite/spend-sums.ts';

export const ROWS = 5;
/** Of each but the last, whose cost nobody knows. */
export const COST_NANO_USD = 7;

/** As a TokenWatch left it that knew the first `version` migrations. */
export function earlierDatabase(version: number, folder: string): void {
  const old = new DatabaseSync(databasePath(folder));
  old.exec('PRAGMA journal_mode = WAL');
  for (const migration of MIGRATIONS.slice(0, version)) {
    if (typeof migration === 'string') old.exec(migration);
    else migration(old);
  }
  old.exec(`PRAGMA user_version = ${version}`);
  const columns = columnsOf(old, 'requests');
  for (let number = 1; number <= ROWS; number += 1) {
    const end = endOf({ costNanoUsd: number === ROWS ? null : COST_NANO_USD });
    const row: Record<string, SqlValue> = {
      ...requestRow(startOf(number), end),
      change: number,
      owner: '1-1',
    };
    const known = columns.filter((name) => name in row);
    old
      .prepare(`INSERT INTO requests (${known.join(', ')}) VALUES (${known.map(() => '?').join(', ')})`)
      .run(...known.map((name) => row[name] ?? null));
  }
  if (hasTable(old, 'spend_sums')) new SqliteSpendSums(old).rebuild();
  // Which an earlier migration makes as well by now.
  if (version <= MIGRATIONS.indexOf(migrateSessionSpend)) old.exec('DROP TABLE IF EXISTS spend_sessions');
  if (hasTable(old, 'budgets'))
    old.exec(`INSERT INTO budgets VALUES ('b', 'all', '{"id":"b","name":"all"}')`);
  if (hasTable(old, 'change_counter')) old.exec(`UPDATE change_counter SET last = ${ROWS}`);
  old.close();
}

export const columnsOf = (database: DatabaseSync, table: string): readonly string[] =>
  database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));

const hasTable = (database: DatabaseSync, table: string): boolean => columnsOf(database, table).length > 0;
