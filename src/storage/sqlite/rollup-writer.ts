// Adds a batch's sums to the tables of roll-ups. Runs within the transaction that takes the records in.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { GRAINS_MS, KEYED_MINUTES_KEPT_MS } from '../rollup/grains.ts';
import { addText, histogramText } from '../rollup/histogram.ts';
import {
  isKept,
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  keptFromOf,
  PEAK_COLUMNS,
  type Rollup,
  type RollupBatch,
  type RollupKind,
  SUM_COLUMNS,
} from '../rollup/rollup-batch.ts';
import { KEPT_FROM } from '../sql/rollup-places.ts';
import { SqliteKeyNumbers } from './key-numbers.ts';

const MINUTE_MS = GRAINS_MS[0] as number;
/** Old minutes go once there is so much more of them. */
const PRUNE_EVERY_MS = 60 * MINUTE_MS;

const PLACE: Readonly<Record<RollupKind, readonly string[]>> = {
  total: ['grain_ms', 'bucket_ms'],
  dimension: ['grain_ms', 'bucket_ms', 'dimension', 'value'],
  keyed: ['grain_ms', 'bucket_ms', 'key_id'],
  session: ['grain_ms', 'bucket_ms', 'session'],
  session_keyed: ['grain_ms', 'bucket_ms', 'session', 'key_id'],
};

const HAS_HISTOGRAMS: ReadonlySet<RollupKind> = new Set(['total', 'keyed']);

interface Statements {
  /** Null where there are no histograms. */
  readonly find: StatementSync | null;
  readonly add: StatementSync;
}

export class SqliteRollupWriter {
  readonly #connection: DatabaseSync;
  readonly #statements: Readonly<Record<RollupKind, Statements>>;
  readonly #keys: SqliteKeyNumbers;
  readonly #addLife: StatementSync;
  #newestMs = 0;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#statements = {
      total: statementsOf(connection, 'total'),
      dimension: statementsOf(connection, 'dimension'),
      keyed: statementsOf(connection, 'keyed'),
      session: statementsOf(connection, 'session'),
      session_keyed: statementsOf(connection, 'session_keyed'),
    };
    this.#keys = new SqliteKeyNumbers(connection, 'rollup_keys', KEY_COLUMNS);
    this.#addLife = connection.prepare(
      `INSERT INTO rollup_lives (session, first_ms, last_ms, ${SUM_COLUMNS.join(', ')})
       VALUES (?, ?, ?, ${SUM_COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT DO UPDATE SET first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
         ${SUM_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
    );
  }

  write(batch: RollupBatch): void {
    if (batch.size === 0) return;
    const keptFrom = keptFromOf(this.#connection.prepare(KEPT_FROM).get());
    let newestMs = 0;
    for (const rollup of batch.rollups()) {
      if (!isKept(rollup, keptFrom)) continue;
      this.#add(rollup);
      newestMs = Math.max(newestMs, rollup.bucketMs);
    }
    for (const { session, firstMs, lastMs, sums } of batch.sessionLives)
      this.#addLife.run(session, firstMs, lastMs, ...sums);
    this.#prune(newestMs, keptFrom.minutesMs);
  }

  /** Of a store whose ended records were all deleted. */
  clear(): void {
    for (const kind of Object.keys(PLACE)) this.#connection.exec(`DELETE FROM rollup_${kind}`);
    this.#connection.exec('DELETE FROM rollup_lives');
    // Keys stay: other processes know them by their ids.
    this.#connection.exec('UPDATE rollup_state SET keyed_minutes_from_ms = 0, keyed_six_hours_from_ms = 0');
    this.#newestMs = 0;
  }

  /** What was written in a transaction that failed is not there. */
  forget(): void {
    this.#keys.forget();
    this.#newestMs = 0;
  }

  /** A key's number, which it is given where it has none. */
  keyId(key: string): number {
    return this.#keys.of(key);
  }

  #add({ kind, grainMs, bucketMs, place: names, sums, peaks, latency, firstByte }: Rollup): void {
    const { find, add } = this.#statements[kind];
    const place: (string | number)[] = [grainMs, bucketMs, ...names];
    // A key, which comes last, is known by its number.
    if (kind === 'keyed' || kind === 'session_keyed') place.push(this.keyId(String(place.pop())));
    const figures = KINDS_WITH_PEAKS.has(kind) ? [...sums, ...peaks] : sums;
    if (find === null) {
      add.run(...place, ...figures);
      return;
    }
    const known = find.get(...place);
    if (known !== undefined) {
      addText(latency, String(known.latency));
      addText(firstByte, String(known.first_byte));
    }
    add.run(...place, ...figures, histogramText(latency), histogramText(firstByte));
  }

  #prune(newestMs: number, keptFromMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, newestMs);
    const fromMs = this.#newestMs - KEYED_MINUTES_KEPT_MS;
    if (fromMs < keptFromMs + PRUNE_EVERY_MS) return;
    this.#connection
      .prepare('DELETE FROM rollup_keyed WHERE grain_ms = ? AND bucket_ms < ?')
      .run(MINUTE_MS, fromMs);
    this.#connection.prepare('UPDATE rollup_state SET keyed_minutes_from_ms = ?').run(fromMs);
  }
}

function statementsOf(connection: DatabaseSync, kind: RollupKind): Statements {
  const place = PLACE[kind];
  const histograms = HAS_HISTOGRAMS.has(kind) ? ['latency', 'first_byte'] : [];
  const peaks = KINDS_WITH_PEAKS.has(kind) ? PEAK_COLUMNS : [];
  const columns = [...place, ...SUM_COLUMNS, ...peaks, ...histograms];
  const updates = [
    ...SUM_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`),
    ...peaks.map((name) => `${name} = max(${name}, excluded.${name})`),
    ...histograms.map((name) => `${name} = excluded.${name}`),
  ];
  const where = place.map((name) => `${name} = ?`).join(' AND ');
  return {
    find:
      histograms.length === 0
        ? null
        : connection.prepare(`SELECT latency, first_byte FROM rollup_${kind} WHERE ${where}`),
    add: connection.prepare(
      `INSERT INTO rollup_${kind} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT DO UPDATE SET ${updates.join(', ')}`,
    ),
  };
}
