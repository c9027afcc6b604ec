// Reports read Oracle Database through this.

import type { Row } from '../rows/request-row.ts';
import type { SqlReader } from '../sql/sql-reader.ts';
import type { Asked } from './database.ts';
import { reportStatements } from './report-statement.ts';

export function readerOf(database: Asked): SqlReader {
  const statementOf = reportStatements();
  return {
    rows: async (sql, values) => {
      const { statement, given } = statementOf(sql, values);
      return (await database.rows(statement, given)) as Row[];
    },
    // The word that the reports' SQL has for it; `dialect.ts` knows what it means here.
    like: 'ILIKE',
    hasListIndex: false,
    hasKeyIndex: false,
    hasOrder: false,
  };
}
