// Takes spooled lines into SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import { readLine } from '../../record/spool-line.ts';
import { chargeable, chargedEarlier } from '../charge.ts';
import { COLUMN_NAMES, IN_FLIGHT, rowValues, type SqlValue } from '../request-row.ts';
import type { RecordSink, SpoolBatch } from '../spool-loader.ts';

export class SqliteRecordSink implements RecordSink {
  readonly #connection: DatabaseSync;
  readonly #insertStart: StatementSync;
  readonly #upsert: StatementSync;
  readonly #charged: StatementSync;
  readonly #markDuplicate: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    const columns = ['change', 'owner', ...COLUMN_NAMES];
    const insert = `INSERT INTO requests (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    const updates = columns.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
    this.#insertStart = connection.prepare(`${insert} ON CONFLICT DO NOTHING`);
    this.#upsert = connection.prepare(
      `${insert} ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')} WHERE outcome IN ('in_flight', 'interrupted')`,
    );
    this.#charged = connection.prepare('SELECT id FROM requests WHERE billing_key = ? AND id <> ?');
    this.#markDuplicate = connection.prepare('UPDATE requests SET duplicate_of = ? WHERE id = ?');
  }

  async position(name: string): Promise<number> {
    const row = this.#connection.prepare('SELECT position FROM spool_progress WHERE name = ?').get(name);
    return Number(row?.position ?? 0);
  }

  async take({ owner, name, lines, nextOffset }: SpoolBatch): Promise<number> {
    let rejected = 0;
    this.#transaction((nextChange) => {
      for (const text of lines) if (!this.#takeLine(owner, text, nextChange)) rejected += 1;
      this.#connection
        .prepare(
          'INSERT INTO spool_progress VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
        )
        .run(name, nextOffset);
    });
    return rejected;
  }

  async forget(name: string): Promise<void> {
    this.#connection.prepare('DELETE FROM spool_progress WHERE name = ?').run(name);
  }

  async names(): Promise<readonly string[]> {
    const rows = this.#connection.prepare('SELECT name FROM spool_progress').all();
    return rows.map(({ name }) => String(name));
  }

  async ownersInFlight(): Promise<readonly string[]> {
    const sql = "SELECT DISTINCT owner FROM requests WHERE outcome = 'in_flight'";
    return this.#connection
      .prepare(sql)
      .all()
      .map(({ owner }) => String(owner));
  }

  async interrupt(owner: string): Promise<void> {
    this.#transaction((nextChange) => {
      const ids = this.#connection
        .prepare("SELECT id FROM requests WHERE outcome = 'in_flight' AND owner = ?")
        .all(owner);
      const mark = this.#connection.prepare(
        "UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = ? WHERE id = ?",
      );
      for (const { id } of ids) mark.run(nextChange(), String(id));
    });
  }

  /** False for a line that makes no record. */
  #takeLine(owner: string, text: string, nextChange: () => number): boolean {
    const line = readLine(text);
    if (line === null) return false;
    try {
      if ('end' in line) this.#takeEnd(owner, line.start, line.end, nextChange);
      else this.#insertStart.run(nextChange(), owner, ...storable(line.start, IN_FLIGHT));
      return true;
    } catch (error) {
      if (isLinesOwnFault(error)) return false;
      throw error;
    }
  }

  #takeEnd(owner: string, start: RequestStart, end: RequestEnd, nextChange: () => number): void {
    const charged = chargeable(end);
    const earlier = charged.billingKey === null ? undefined : this.#charged.get(charged.billingKey, start.id);
    if (earlier === undefined) {
      this.#upsert.run(nextChange(), owner, ...storable(start, charged));
      return;
    }
    this.#upsert.run(nextChange(), owner, ...storable(start, chargedEarlier(charged)));
    this.#markDuplicate.run(String(earlier.id), start.id);
  }

  #transaction(work: (nextChange: () => number) => void): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      let change = Number(this.#connection.prepare('SELECT last FROM change_counter').get()?.last ?? 0);
      work(() => ++change);
      this.#connection.prepare('UPDATE change_counter SET last = ?').run(change);
      this.#connection.exec('COMMIT');
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }
}

/** The row of a record. Throws for a figure that could be stored but never be read again as a number. */
function storable(...record: Parameters<typeof rowValues>): SqlValue[] {
  const values = rowValues(...record);
  for (const value of values) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError(`${value} is too large`);
  }
  return values;
}

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH. */
const VALUE_FAULTS: ReadonlySet<number> = new Set([18, 19, 20]);

/** True where the line cannot become a row, now or later; false where the database could not take any. */
function isLinesOwnFault(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code !== 'ERR_SQLITE_ERROR' || VALUE_FAULTS.has((errcode ?? 0) & 0xff);
}
