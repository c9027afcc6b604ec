// Reports read SQLite through this.

import type { DatabaseSync } from 'node:sqlite';
import type { Row } from '../request-row.ts';
import type { SqlReader } from '../sql/sql-reader.ts';

export function readerOf(connection: DatabaseSync): SqlReader {
  return {
    rows: async (sql, values) => connection.prepare(sql).all(...values) as Row[],
    like: 'LIKE',
  };
}
