// Ratings and grades as SQL that SQLite and PostgreSQL both take.

import type { Grade, Rating } from '../../core/feedback.ts';
import type { Opinion } from '../rollup/experiment-sums.ts';
import { OPINION_COLUMNS } from './experiment-sums-sql.ts';

/** What is put beside a request. */
export interface Given {
  readonly sql: string;
  /** Behind the request's id. */
  readonly values: readonly (string | number)[];
  readonly opinion: Partial<Opinion>;
}

/** By our own id any request is found, by its answer's id one of a test. */
export const FIND_RATED = `SELECT ${OPINION_COLUMNS} FROM (SELECT * FROM requests WHERE id = ?1
  UNION ALL SELECT * FROM requests
    WHERE response_id = ?1 AND experiment IS NOT NULL AND response_id IS NOT NULL
  LIMIT 1) AS found LEFT JOIN ratings ON request_id = id`;

export const ratingSql = ({ rating, atMs }: Rating): Given => ({
  sql: putSql(['rating', 'at_ms']),
  values: [rating, atMs],
  opinion: { rating },
});

export const gradeSql = ({ grade, judge, atMs }: Grade): Given => ({
  sql: putSql(['grade', 'judge', 'at_ms']),
  values: [grade, judge, atMs],
  opinion: { grade, judge },
});

/** A request has one row, and in it the last word of each kind. */
function putSql(columns: readonly string[]): string {
  const news = columns.map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ratings (request_id, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})
    ON CONFLICT (request_id) DO UPDATE SET ${news.join(', ')}`;
}
