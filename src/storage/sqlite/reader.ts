// Reports read SQLite through this.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row } from '../rows/request-row.ts';
import type { SqlReader } from '../sql/sql-reader.ts';

/** A report asks some questions a thousand times: to make a statement of each text costs more than its answer. */
const STATEMENTS_KEPT = 200;

export function readerOf(connection: DatabaseSync): SqlReader {
  const kept = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = kept.get(sql) ?? connection.prepare(sql);
    // Behind the others: those that were not asked for longest go first.
    kept.delete(sql);
    kept.set(sql, known);
    const [oldest] = kept.keys();
    if (kept.size > STATEMENTS_KEPT && oldest !== undefined) kept.delete(oldest);
    return known;
  };
  return {
    rows: async (sql, values) => prepared(sql).all(...values) as Row[],
    like: 'LIKE',
    hasListIndex: true,
    hasKeyIndex: true,
    hasOrder: true,
  };
}
