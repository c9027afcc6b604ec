// The tables of roll-ups: one numbered migration, which sums up the records that are there. Sums are REAL: exact up
// to 2^53, and never an error beyond it.

import type { DatabaseSync } from 'node:sqlite';
import { GRAINS_MS, SIX_HOURS_MS } from '../rollup/grains.ts';
import { addText, histogramText } from '../rollup/histogram.ts';
import {
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  PEAK_COLUMNS,
  PEAK_UNKNOWN,
  RollupBatch,
  SUM_COLUMNS,
} from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';

const SUMS = SUM_COLUMNS.map((name) => `${name} REAL NOT NULL`).join(', ');
/** Whoever adds a row says them. */
const PEAKS = PEAK_COLUMNS.map((name) => `${name} REAL NOT NULL DEFAULT ${PEAK_UNKNOWN}`).join(', ');
const BATCH_ROLLUPS = 100_000;

const SIX_HOURS_FROM = 'keyed_six_hours_from_ms INTEGER NOT NULL DEFAULT 0';

const HISTOGRAMS = 'latency TEXT NOT NULL, first_byte TEXT NOT NULL';
/**
 * Tables with histograms have rowids: without, rows as long as these fill the inner pages of the table's tree too, four
 * in each, and every look-up goes down ten of them.
 */
const WITH_HISTOGRAMS = {
  rollup_total: `
CREATE TABLE rollup_total (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, ${SUMS}, ${PEAKS}, ${HISTOGRAMS},
  PRIMARY KEY (grain_ms, bucket_ms)
) STRICT;`,
  rollup_keyed: `
CREATE TABLE rollup_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, key_id INTEGER NOT NULL, ${SUMS}, ${PEAKS}, ${HISTOGRAMS},
  PRIMARY KEY (grain_ms, bucket_ms, key_id)
) STRICT;`,
} as const;

const TABLES = `
CREATE TABLE rollup_keys (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, ${KEY_COLUMNS.map((name) => `${name} TEXT`).join(', ')}
) STRICT;
${Object.values(WITH_HISTOGRAMS).join('')}
CREATE TABLE rollup_dimension (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL, ${SUMS}, ${PEAKS},
  PRIMARY KEY (dimension, grain_ms, bucket_ms, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_session (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_session_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, key_id INTEGER NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session, key_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_state (keyed_minutes_from_ms INTEGER NOT NULL, ${SIX_HOURS_FROM}) STRICT;
INSERT INTO rollup_state (keyed_minutes_from_ms) VALUES (0);
CREATE INDEX requests_session ON requests (session, started_at_ms) WHERE session IS NOT NULL;
`;

/** Of each session all there is, whenever it was; the dearest are found by the index. */
const LIVES = `
CREATE TABLE rollup_lives (
  session TEXT NOT NULL PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, ${SUMS}
) STRICT, WITHOUT ROWID;
CREATE INDEX rollup_lives_dear ON rollup_lives (cost_nano_usd DESC, requests DESC, session, first_ms, last_ms);
`;

export function migrateRollups(connection: DatabaseSync): void {
  connection.exec(TABLES);
  connection.exec(LIVES);
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

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Where days of a session are summed up, it lies within them. */
const LIVES_OF_DAYS = `
INSERT INTO rollup_lives (session, first_ms, last_ms, ${SUM_COLUMNS.join(', ')})
  SELECT session, min(bucket_ms), max(bucket_ms) + ${DAY_MS - 1}, ${SUM_COLUMNS.map((name) => `sum(${name})`).join(', ')}
  FROM rollup_session WHERE grain_ms = ${DAY_MS} GROUP BY session;
`;
const PEAKS_OF_RECORDS = `
UPDATE rollup_total SET (${PEAK_COLUMNS.join(', ')}) = (
  SELECT coalesce(max(coalesce(cost_nano_usd, -1)), -1), coalesce(max(latency_ms), -1), coalesce(max(output_tokens), -1)
  FROM requests WHERE started_at_ms >= bucket_ms AND started_at_ms < bucket_ms + grain_ms)
  WHERE grain_ms = ${GRAINS_MS[0]};
${GRAINS_MS.slice(1)
  .map(
    (grainMs) => `
UPDATE rollup_total AS longer SET (${PEAK_COLUMNS.join(', ')}) = (
  SELECT ${PEAK_COLUMNS.map((name) => `coalesce(max(${name}), -1)`).join(', ')} FROM rollup_total AS minute
  WHERE minute.grain_ms = ${GRAINS_MS[0]} AND minute.bucket_ms >= longer.bucket_ms
    AND minute.bucket_ms < longer.bucket_ms + longer.grain_ms)
  WHERE grain_ms = ${grainMs};`,
  )
  .join('')}
`;

/**
 * What lists are sorted by, and sessions as a whole. By key and by value of a dimension peaks of old records stay
 * unknown: those over all bound them.
 */
export function migratePeaks(connection: DatabaseSync): void {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('rollup_total')").all();
  // Where the tables were made by this version they have it all.
  if (columns.some(({ name }) => name === PEAK_COLUMNS[0])) return;
  for (const kind of KINDS_WITH_PEAKS)
    for (const name of PEAK_COLUMNS)
      connection.exec(`ALTER TABLE rollup_${kind} ADD COLUMN ${name} REAL NOT NULL DEFAULT ${PEAK_UNKNOWN}`);
  connection.exec(PEAKS_OF_RECORDS);
  connection.exec(LIVES);
  connection.exec(LIVES_OF_DAYS);
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

interface SixHours {
  readonly keyId: number;
  readonly sums: number[];
  readonly peaks: number[];
  readonly latency: Map<number, number>;
  readonly firstByte: Map<number, number>;
}

/** By key, six hours at a time: from the hours that there are. */
export function migrateSixHours(connection: DatabaseSync): void {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('rollup_state')").all();
  if (!columns.some(({ name }) => name === 'keyed_six_hours_from_ms'))
    connection.exec(`ALTER TABLE rollup_state ADD COLUMN ${SIX_HOURS_FROM}`);
  connection.prepare('DELETE FROM rollup_keyed WHERE grain_ms = ?').run(SIX_HOURS_MS);
  const add = connection.prepare(
    `INSERT INTO rollup_keyed (grain_ms, bucket_ms, key_id, ${SUM_COLUMNS.join(', ')}, ${PEAK_COLUMNS.join(', ')}, latency, first_byte)
     VALUES (?, ?, ?, ${[...SUM_COLUMNS, ...PEAK_COLUMNS].map(() => '?').join(', ')}, ?, ?)`,
  );
  const hours = connection.prepare(
    'SELECT * FROM rollup_keyed WHERE grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ?',
  );
  const [ends] = connection
    .prepare('SELECT min(bucket_ms) AS first, max(bucket_ms) AS last FROM rollup_keyed WHERE grain_ms = ?')
    .all(HOUR_MS);
  if (ends?.first == null) return;
  const firstMs = Number(ends.first) - (Number(ends.first) % SIX_HOURS_MS);
  for (let bucketMs = firstMs; bucketMs <= Number(ends.last); bucketMs += SIX_HOURS_MS) {
    const rows = hours.all(HOUR_MS, bucketMs, bucketMs + SIX_HOURS_MS) as Row[];
    for (const { keyId, sums, peaks, latency, firstByte } of sixHoursOf(rows))
      add.run(
        ...[SIX_HOURS_MS, bucketMs, keyId, ...sums, ...peaks],
        histogramText(latency),
        histogramText(firstByte),
      );
  }
}

function sixHoursOf(rows: readonly Row[]): Iterable<SixHours> {
  const keys = new Map<number, SixHours>();
  for (const row of rows) {
    const keyId = Number(row.key_id);
    const known = keys.get(keyId) ?? {
      keyId,
      sums: SUM_COLUMNS.map(() => 0),
      peaks: PEAK_COLUMNS.map(() => -1),
      latency: new Map(),
      firstByte: new Map(),
    };
    keys.set(keyId, known);
    for (const [index, name] of SUM_COLUMNS.entries())
      known.sums[index] = (known.sums[index] ?? 0) + Number(row[name]);
    for (const [index, name] of PEAK_COLUMNS.entries())
      known.peaks[index] = Math.max(known.peaks[index] ?? -1, Number(row[name]));
    addText(known.latency, String(row.latency));
    addText(known.firstByte, String(row.first_byte));
  }
  return keys.values();
}

/** Sums with histograms move into tables with rowids, in the order in which they are read. */
export function migrateToRowids(connection: DatabaseSync): void {
  for (const [name, table] of Object.entries(WITH_HISTOGRAMS)) {
    const kept = connection.prepare('SELECT wr FROM pragma_table_list WHERE name = ?').get(name);
    // Where the tables were made by this version they have them.
    if (kept?.wr !== 1) continue;
    connection.exec(`ALTER TABLE ${name} RENAME TO ${name}_before`);
    connection.exec(table);
    const columns = connection.prepare('SELECT name FROM pragma_table_info(?)').all(name);
    const names = columns.map((column) => String(column.name)).join(', ');
    connection.exec(`INSERT INTO ${name} (${names}) SELECT ${names} FROM ${name}_before`);
    connection.exec(`DROP TABLE ${name}_before`);
  }
}
