// The tables of roll-ups: one numbered migration, which sums up the records that are there. Sums are REAL: exact up
// to 2^53, and never an error beyond it.

import type { DatabaseSync } from 'node:sqlite';
import type { Row } from '../request-row.ts';
import { KEY_COLUMNS, RollupBatch, SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';

const SUMS = SUM_COLUMNS.map((name) => `${name} REAL NOT NULL`).join(', ');
const BATCH_ROLLUPS = 100_000;

const TABLES = `
CREATE TABLE rollup_keys (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, ${KEY_COLUMNS.map((name) => `${name} TEXT`).join(', ')}
) STRICT;
CREATE TABLE rollup_total (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, ${SUMS}, latency TEXT NOT NULL, first_byte TEXT NOT NULL,
  PRIMARY KEY (grain_ms, bucket_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_dimension (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL, ${SUMS},
  PRIMARY KEY (dimension, grain_ms, bucket_ms, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, key_id INTEGER NOT NULL, ${SUMS},
  latency TEXT NOT NULL, first_byte TEXT NOT NULL,
  PRIMARY KEY (grain_ms, bucket_ms, key_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_session (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_session_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, key_id INTEGER NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session, key_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_state (keyed_minutes_from_ms INTEGER NOT NULL) STRICT;
INSERT INTO rollup_state VALUES (0);
CREATE INDEX requests_session ON requests (session, started_at_ms) WHERE session IS NOT NULL;
`;

export function migrateRollups(connection: DatabaseSync): void {
  connection.exec(TABLES);
  rebuildRollups(connection);
}

const KEY_SUMS = `
INSERT OR IGNORE INTO rollup_dimension (grain_ms, bucket_ms, dimension, value, ${SUM_COLUMNS.join(', ')})
  SELECT grain_ms, bucket_ms, 'key', '', ${SUM_COLUMNS.join(', ')} FROM rollup_total;
CREATE INDEX IF NOT EXISTS requests_key ON requests (access_key, id) WHERE access_key IS NOT NULL;
`;

/** Sums by access key. What was summed up before them counts as having come without one. */
export function migrateKeySums(connection: DatabaseSync): void {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('rollup_keys')").all();
  // Where the tables were made by this version they have the column.
  if (!columns.some(({ name }) => name === 'access_key'))
    connection.exec('ALTER TABLE rollup_keys ADD COLUMN access_key TEXT');
  connection.exec(KEY_SUMS);
}

/** Sums up every record that has ended, into empty tables. */
export function rebuildRollups(connection: DatabaseSync): void {
  const writer = new SqliteRollupWriter(connection);
  let batch = new RollupBatch();
  const rows = connection.prepare(
    "SELECT * FROM requests WHERE outcome <> 'in_flight' ORDER BY started_at_ms",
  );
  for (const row of rows.iterate()) {
    batch.add(row as Row, 1);
    if (batch.size < BATCH_ROLLUPS) continue;
    writer.write(batch);
    batch = new RollupBatch();
  }
  writer.write(batch);
}
