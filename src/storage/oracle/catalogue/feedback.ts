// Ratings and grades.

import { RECORD_COLUMNS } from '../../sql/experiment-sums-sql.ts';
import { columnName } from '../reserved-words.ts';
import { statement } from './statement.ts';

const RECORD = RECORD_COLUMNS.map(columnName).join(', ');

export const FEEDBACK = {
  /** By our own id any request is found, by its answer's id one of a test. */
  find: statement(
    `SELECT ${RECORD}, rating, grade, judge FROM (
        SELECT ${RECORD}, 1 AS place FROM requests WHERE id = :asked
        UNION ALL SELECT ${RECORD}, 2 AS place FROM requests
          WHERE response_id = :asked AND experiment IS NOT NULL) found
      LEFT JOIN ratings ON request_id = id
      ORDER BY place FETCH FIRST 1 ROWS ONLY`,
    { asked: 'name' },
  ),
  rate: statement(
    `MERGE INTO ratings kept USING (SELECT :id AS request_id, :rating AS rating, :at_ms AS at_ms FROM dual) given
      ON (kept.request_id = given.request_id)
      WHEN MATCHED THEN UPDATE SET kept.rating = given.rating, kept.at_ms = given.at_ms
      WHEN NOT MATCHED THEN INSERT (request_id, rating, at_ms) VALUES (given.request_id, given.rating, given.at_ms)`,
    { id: 'name', rating: 'number', at_ms: 'number' },
  ),
  grade: statement(
    `MERGE INTO ratings kept
      USING (SELECT :id AS request_id, :grade AS grade, :judge AS judge, :at_ms AS at_ms FROM dual) given
      ON (kept.request_id = given.request_id)
      WHEN MATCHED THEN UPDATE SET kept.grade = given.grade, kept.judge = given.judge, kept.at_ms = given.at_ms
      WHEN NOT MATCHED THEN INSERT (request_id, grade, judge, at_ms)
        VALUES (given.request_id, given.grade, given.judge, given.at_ms)`,
    { id: 'name', grade: 'float', judge: 'name', at_ms: 'number' },
  ),
};
