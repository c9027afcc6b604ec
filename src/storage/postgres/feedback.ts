// Ratings and grades in PostgreSQL.

import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import type { Row } from '../request-row.ts';
import { ratedRequestOf, takeOpinion } from '../rollup/experiment-batch.ts';
import type { Opinion } from '../rollup/experiment-sums.ts';
import { OPINION_COLUMNS } from '../sql/experiment-sums-sql.ts';
import type { PostgresDatabase } from './database.ts';
import { runSums } from './experiment-sums.ts';

/** By our own id any request is found, by its answer's id one of a test. */
const FIND = `SELECT ${OPINION_COLUMNS} FROM (SELECT * FROM requests WHERE id = ?1
  UNION ALL SELECT * FROM requests
    WHERE response_id = ?1 AND experiment IS NOT NULL AND response_id IS NOT NULL
  LIMIT 1) AS found LEFT JOIN ratings ON request_id = id`;

export class PostgresFeedback implements Feedback {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, rating, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating, at_ms = excluded.at_ms`,
      [rating, atMs],
      { rating },
    );
  }

  grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, grade, judge, at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET grade = excluded.grade, judge = excluded.judge, at_ms = excluded.at_ms`,
      [grade, judge, atMs],
      { grade, judge },
    );
  }

  /** As who takes records in: sums and rows stay one. */
  #put(
    id: string,
    sql: string,
    values: readonly (string | number)[],
    given: Partial<Opinion>,
  ): Promise<RatedRequest | null> {
    return this.#database.transaction(async (asked) => {
      await asked.rows('SELECT last FROM change_counter FOR UPDATE');
      const [row] = (await asked.rows(FIND, [id])) as Row[];
      if (row === undefined) return null;
      await asked.run(sql, [String(row.id), ...values]);
      await runSums(asked, takeOpinion(row, given));
      return ratedRequestOf(row);
    });
  }
}
