// The sums of what budgets count, in SQLite: at any moment those of all records that have ended, and of those that were
// deleted since. Written within the transaction that takes the records in.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SPEND_COLUMNS, SPEND_GRAINS_MS, SPEND_KEY_COLUMNS, SpendBatch } from '../rollup/spend-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { OWED } from '../sql/spent-rows.ts';
import { SqliteKeyNumbers } from './key-numbers.ts';

const [QUARTER_MS = 0] = SPEND_GRAINS_MS;
/** Of which a migration sums up the records at a time. */
const STEP_MS = 24 * 3_600_000;

/** Of each session by the hour; the empty text for the requests without one. */
const SESSIONS = `
CREATE TABLE spend_sessions (
  hour_ms INTEGER NOT NULL, session TEXT NOT NULL, key_id INTEGER NOT NULL,
  ${SPEND_COLUMNS.map((name) => `${name} REAL NOT NULL`).join(', ')},
  PRIMARY KEY (hour_ms, session, key_id)
) STRICT, WITHOUT ROWID;
`;
const TABLES = `
CREATE TABLE spend_keys (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, ${SPEND_KEY_COLUMNS.map((name) => `${name} TEXT`).join(', ')}
) STRICT;
CREATE TABLE spend_sums (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, key_id INTEGER NOT NULL,
  ${SPEND_COLUMNS.map((name) => `${name} REAL NOT NULL`).join(', ')},
  PRIMARY KEY (grain_ms, bucket_ms, key_id)
) STRICT, WITHOUT ROWID;
${SESSIONS}`;

const SUMS = `total(${OWED}) AS cost_nano_usd,
  count(*) FILTER (WHERE cost_nano_usd IS NULL) AS unpriced,
  total(max(cost_nano_usd - reserved_nano_usd, 0)) AS overrun_nano_usd`;
const WHOSE = SPEND_KEY_COLUMNS.map((name) =>
  name === 'model_sent' ? 'coalesce(model_sent, model_requested) AS model_sent' : name,
);
const PAID_AT = 'coalesce(reserved_at_ms, started_at_ms)';
const OF_RECORDS = `
SELECT ${PAID_AT} - ${PAID_AT} % ${QUARTER_MS} AS paid_at_ms, session, ${WHOSE.join(', ')}, ${SUMS}
FROM requests WHERE started_at_ms >= ? AND started_at_ms < ? AND outcome <> 'in_flight'
  AND (cost_nano_usd <> 0 OR cost_nano_usd IS NULL AND outcome <> 'refused')
GROUP BY 1, session, app, user_name, access_key, tag, coalesce(model_sent, model_requested), model_used`;
const OF_DELETED = `SELECT paid_at_ms, session, ${SPEND_KEY_COLUMNS.join(', ')}, ${SPEND_COLUMNS.join(', ')} FROM deleted_spend`;

export class SqliteSpendSums {
  readonly #connection: DatabaseSync;
  readonly #keys: SqliteKeyNumbers;
  readonly #add: StatementSync;
  readonly #addSession: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#keys = new SqliteKeyNumbers(connection, 'spend_keys', SPEND_KEY_COLUMNS);
    this.#add = connection.prepare(addTo('spend_sums', 'grain_ms, bucket_ms, key_id'));
    this.#addSession = connection.prepare(addTo('spend_sessions', 'hour_ms, session, key_id'));
  }

  write(batch: SpendBatch): void {
    for (const { grainMs, bucketMs, key, sums } of batch.all())
      this.#add.run(grainMs, bucketMs, this.#keys.of(key), ...sums);
    for (const { hourMs, session, key, sums } of batch.sessions())
      this.#addSession.run(hourMs, session, this.#keys.of(key), ...sums);
  }

  /** Keys that were made in a transaction that failed are not there. */
  forget(): void {
    this.#keys.forget();
  }

  /** Of a store whose ended records were all deleted. Keys stay: other processes know them by their ids. */
  clear(): void {
    this.#connection.exec('DELETE FROM spend_sums; DELETE FROM spend_sessions');
  }

  /** Sums up anew every record that has ended, and what was kept of those that were deleted. */
  rebuild(): void {
    this.clear();
    this.#write(this.#connection.prepare(OF_DELETED).iterate() as Iterable<Row>);
    const ends = this.#connection
      .prepare('SELECT min(started_at_ms) AS first, max(started_at_ms) AS last FROM requests')
      .get();
    const some = this.#connection.prepare(OF_RECORDS);
    for (let fromMs = Number(ends?.first ?? 0); fromMs <= Number(ends?.last ?? -1); fromMs += STEP_MS)
      this.#write(some.iterate(fromMs, fromMs + STEP_MS) as Iterable<Row>);
  }

  #write(rows: Iterable<Row>): void {
    const batch = new SpendBatch();
    for (const row of rows) batch.addRow(row);
    this.write(batch);
  }
}

/** A statement that adds sums to those of the same place. */
const addTo = (table: string, place: string): string => `
INSERT INTO ${table} (${place}, ${SPEND_COLUMNS.join(', ')}) VALUES (?, ?, ?, ${SPEND_COLUMNS.map(() => '?').join(', ')})
ON CONFLICT DO UPDATE SET ${SPEND_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`;

export function migrateSpendSums(connection: DatabaseSync): void {
  connection.exec(TABLES);
  new SqliteSpendSums(connection).rebuild();
}

/** Budgets that give each session an allowance are asked of its hours. */
export function migrateSessionSpend(connection: DatabaseSync): void {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('spend_sessions')").all();
  // Where the tables were made by this version they have it.
  if (columns.length > 0) return;
  connection.exec(SESSIONS);
  new SqliteSpendSums(connection).rebuild();
}
