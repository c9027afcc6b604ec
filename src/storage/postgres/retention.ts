// Deletes old requests in PostgreSQL, some at a time. The row of the change counter is the lock, as for whoever takes
// records in: none of them is between a look and a write.

import {
  type DeletedRows,
  KNOWN_AFTER_MS,
  type OldRows,
  type RecordRetention,
} from '../../core/retention.ts';
import { retentionSql } from '../sql/retention-sql.ts';
import type { PostgresDatabase } from './database.ts';

const ROWS_MAX = 2000;
const SQL = retentionSql({
  items: 'SELECT * FROM json_array_elements_text(?)',
  instance: `CASE WHEN strpos(owner, '/') > 0 THEN split_part(owner, '/', 1) END`,
});

export class PostgresRetention implements RecordRetention {
  readonly #database: PostgresDatabase;
  readonly #rowsMax: number;

  constructor(database: PostgresDatabase, rowsMax = ROWS_MAX) {
    this.#database = database;
    this.#rowsMax = rowsMax;
  }

  deleteOld({ beforeMs, fromMs, experiments, nowMs }: OldRows): Promise<DeletedRows> {
    const rowsMax = this.#rowsMax;
    return this.#database.transaction(async (asked) => {
      await asked.rows('SELECT last FROM change_counter FOR UPDATE');
      const rows = await asked.rows(SQL.old, [fromMs, beforeMs, JSON.stringify(experiments), rowsMax]);
      let deleted = 0;
      if (rows.length > 0) {
        const ids = JSON.stringify(rows.map(({ id }) => id));
        await asked.run(SQL.turn, [beforeMs, beforeMs]);
        await asked.run(SQL.keepSpend, [ids]);
        await asked.run(SQL.keepIds, [nowMs, ids]);
        await asked.run(SQL.deleteRatings, [ids]);
        deleted = await asked.run(SQL.deleteRows, [ids]);
      }
      const forgotten = await asked.run(SQL.forgetIds, [nowMs - KNOWN_AFTER_MS, rowsMax]);
      const isMore = rows.length === rowsMax || forgotten === rowsMax;
      return { deleted, nextFromMs: isMore ? Number(rows.at(-1)?.started_at_ms ?? fromMs) : null };
    });
  }
}
