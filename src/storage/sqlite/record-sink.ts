// Takes spooled lines into SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import { readLine } from '../../record/spool-line.ts';
import { chargeable, chargedEarlier } from '../charge.ts';
import type { RecordSink, SpoolBatch } from '../loading/spool-loader.ts';
import { MOVED_COLUMNS, movedSpend } from '../moved-spend.ts';
import { takeTested } from '../rollup/experiment-batch.ts';
import { keyTextOf, RollupBatch } from '../rollup/rollup-batch.ts';
import { SpendBatch } from '../rollup/spend-batch.ts';
import { COLUMN_NAMES, IN_FLIGHT, type Row, requestRow, type SqlValue } from '../rows/request-row.ts';
import { ROWS_FROM } from '../sql/retention-sql.ts';
import { SqliteExperimentSums } from './experiment-sums.ts';
import { SqliteRequestOrder } from './request-order.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';
import { SqliteSpendSums } from './spend-sums.ts';
import { inTransaction } from './transaction.ts';

/** What a transaction's records add up to. */
class Sums {
  readonly rollups = new RollupBatch();
  readonly spend = new SpendBatch();

  /** When the newest of them began. */
  newestMs = 0;
  requests = 0;

  add(row: Row, count: 1 | -1, key?: string): void {
    this.newestMs = Math.max(this.newestMs, Number(row.started_at_ms));
    this.requests += 1;
    this.rollups.add(row, count, key);
    this.spend.add(row, count);
  }
}

export class SqliteRecordSink implements RecordSink {
  readonly #connection: DatabaseSync;
  readonly #insertStart: StatementSync;
  readonly #upsert: StatementSync;
  readonly #charged: StatementSync;
  readonly #deleted: StatementSync;
  readonly #markDuplicate: StatementSync;
  readonly #move: StatementSync;
  readonly #interrupted: StatementSync;
  readonly #rollups: SqliteRollupWriter;
  readonly #experiments: SqliteExperimentSums;
  readonly #spend: SqliteSpendSums;
  readonly #order: SqliteRequestOrder;
  /** What began before may have been deleted. */
  #rowsFromMs = 0;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    const columns = ['change', 'owner', 'key_id', ...COLUMN_NAMES];
    const insert = `INSERT INTO requests (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    const updates = columns.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
    // A start that comes again tells that more is reserved, and of a session which model has made it.
    this.#insertStart = connection.prepare(
      `${insert} ON CONFLICT (id) DO UPDATE SET change = excluded.change, reserved_nano_usd = excluded.reserved_nano_usd,
         model_used = excluded.model_used
       WHERE outcome = 'in_flight' AND excluded.reserved_nano_usd > coalesce(reserved_nano_usd, 0)`,
    );
    this.#upsert = connection.prepare(
      `${insert} ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')} WHERE outcome IN ('in_flight', 'interrupted')`,
    );
    this.#charged = connection.prepare(
      `SELECT id FROM requests WHERE billing_key = ?1 AND id <> ?2
       UNION ALL SELECT id FROM deleted_requests WHERE billing_key = ?1 AND id <> ?2 LIMIT 1`,
    );
    this.#deleted = connection.prepare('SELECT 1 FROM deleted_requests WHERE id = ?');
    this.#interrupted = connection.prepare("SELECT * FROM requests WHERE id = ? AND outcome = 'interrupted'");
    this.#rollups = new SqliteRollupWriter(connection);
    this.#experiments = new SqliteExperimentSums(connection);
    this.#spend = new SqliteSpendSums(connection);
    this.#order = new SqliteRequestOrder(connection);
    this.#move = connection.prepare(
      `INSERT INTO deleted_spend (${MOVED_COLUMNS.join(', ')}) VALUES (${MOVED_COLUMNS.map(() => '?').join(', ')})`,
    );
    this.#markDuplicate = connection.prepare('UPDATE requests SET duplicate_of = ? WHERE id = ?');
  }

  async position(name: string): Promise<number> {
    const row = this.#connection.prepare('SELECT position FROM spool_progress WHERE name = ?').get(name);
    return Number(row?.position ?? 0);
  }

  async take({ owner, name, lines, nextOffset }: SpoolBatch): Promise<number> {
    let rejected = 0;
    this.#transaction((nextChange, sums) => {
      for (const text of lines) if (!this.#takeLine(owner, text, nextChange, sums)) rejected += 1;
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
    this.#transaction((nextChange, sums) => {
      const rows = this.#connection
        .prepare("SELECT * FROM requests WHERE outcome = 'in_flight' AND owner = ?")
        .all(owner);
      const mark = this.#connection.prepare(
        `UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = ?, key_id = ?
         WHERE id = ?`,
      );
      for (const row of rows as Row[]) {
        const ended: Row = {
          ...row,
          outcome: 'interrupted',
          cost_nano_usd: row.reserved_nano_usd ?? null,
        };
        const key = keyTextOf(ended);
        mark.run(nextChange(), this.#rollups.keyId(key), String(row.id));
        sums.add(ended, 1, key);
      }
    });
  }

  /** False for a line that makes no record. */
  #takeLine(owner: string, text: string, nextChange: () => number, sums: Sums): boolean {
    const line = readLine(text);
    if (line === null) return false;
    // It comes again, and was deleted meanwhile.
    const { id, startedAtMs } = line.start;
    if (startedAtMs < this.#rowsFromMs && this.#deleted.get(id) !== undefined) return true;
    try {
      if ('end' in line) this.#takeEnd(owner, line.start, line.end, nextChange, sums);
      else this.#insertStart.run(nextChange(), owner, null, ...storable(requestRow(line.start, IN_FLIGHT)));
      return true;
    } catch (error) {
      if (isLinesOwnFault(error)) return false;
      throw error;
    }
  }

  #takeEnd(owner: string, start: RequestStart, end: RequestEnd, nextChange: () => number, sums: Sums): void {
    const charged = chargeable(end);
    const earlier = charged.billingKey === null ? undefined : this.#charged.get(charged.billingKey, start.id);
    const stored = earlier === undefined ? charged : chargedEarlier(charged);
    const row = requestRow(start, stored);
    const values = storable(row);
    const before = this.#interrupted.get(start.id) as Row | undefined;
    const key = keyTextOf(row);
    const { changes } = this.#upsert.run(nextChange(), owner, this.#rollups.keyId(key), ...values);
    if (earlier !== undefined) this.#markDuplicate.run(String(earlier.id), start.id);
    // It had ended already.
    if (changes === 0) return;
    if (before !== undefined) sums.add(before, -1);
    sums.add(row, 1, key);
    for (const moved of movedSpend(start, stored)) {
      this.#move.run(...MOVED_COLUMNS.map((name) => moved[name] ?? null));
      sums.spend.addRow(moved);
    }
  }

  #transaction(work: (nextChange: () => number, sums: Sums) => void): void {
    try {
      inTransaction(this.#connection, () => {
        this.#rowsFromMs = Number(this.#connection.prepare(ROWS_FROM).get()?.ms);
        let change = Number(this.#connection.prepare('SELECT last FROM change_counter').get()?.last ?? 0);
        const sums = new Sums();
        work(() => ++change, sums);
        this.#rollups.write(sums.rollups);
        this.#spend.write(sums.spend);
        this.#order.goOn(sums.newestMs, sums.requests);
        this.#experiments.run(takeTested(sums.rollups.tested));
        this.#connection.prepare('UPDATE change_counter SET last = ?').run(change);
      });
    } catch (error) {
      this.#rollups.forget();
      this.#spend.forget();
      throw error;
    }
  }
}

/** The values of a record's row. Throws for a figure that could be stored but never be read again as a number. */
function storable(row: Row): readonly SqlValue[] {
  const values = Object.values(row);
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
