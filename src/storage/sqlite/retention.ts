// Deletes old requests in SQLite, some at a time: the lock is held for milliseconds, and the log stays short.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type DeletedRows,
  KNOWN_AFTER_MS,
  type OldRows,
  type RecordRetention,
} from '../../core/retention.ts';
import { retentionSql } from '../sql/retention-sql.ts';
import { inTransaction } from './transaction.ts';

/** One takes some 30 µs, and a look into the cache waits for all of them. */
const ROWS_MAX = 400;
const SQL = retentionSql({ items: 'SELECT value FROM json_each(?)', instance: 'NULL' });

export class SqliteRetention implements RecordRetention {
  readonly #connection: DatabaseSync;
  readonly #rowsMax: number;

  constructor(connection: DatabaseSync, rowsMax = ROWS_MAX) {
    this.#connection = connection;
    this.#rowsMax = rowsMax;
  }

  async deleteOld({ beforeMs, fromMs, experiments, nowMs }: OldRows): Promise<DeletedRows> {
    const rows = this.#prepare(SQL.old).all(fromMs, beforeMs, JSON.stringify(experiments), this.#rowsMax);
    const ids = JSON.stringify(rows.map(({ id }) => id));
    return inTransaction(this.#connection, () => {
      let deleted = 0;
      if (rows.length > 0) {
        this.#prepare(SQL.turn).run(beforeMs, beforeMs);
        this.#prepare(SQL.keepSpend).run(ids);
        this.#prepare(SQL.keepIds).run(nowMs, ids);
        this.#prepare(SQL.deleteRatings).run(ids);
        deleted = Number(this.#prepare(SQL.deleteRows).run(ids).changes);
      }
      const forgotten = this.#prepare(SQL.forgetIds).run(nowMs - KNOWN_AFTER_MS, this.#rowsMax).changes;
      const isMore = rows.length === this.#rowsMax || Number(forgotten) === this.#rowsMax;
      return { deleted, nextFromMs: isMore ? Number(rows.at(-1)?.started_at_ms ?? fromMs) : null };
    });
  }

  #prepare(sql: string): StatementSync {
    return this.#connection.prepare(sql);
  }
}
