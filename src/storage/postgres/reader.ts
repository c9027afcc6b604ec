// Reports read PostgreSQL through this.

import type { Row } from '../rows/request-row.ts';
import type { SqlReader } from '../sql/sql-reader.ts';
import type { Asked } from './database.ts';

export function readerOf(database: Asked): SqlReader {
  return {
    rows: async (sql, values) => (await database.rows(sql, values)) as Row[],
    like: 'ILIKE',
    hasListIndex: false,
    hasKeyIndex: false,
    hasOrder: false,
  };
}
