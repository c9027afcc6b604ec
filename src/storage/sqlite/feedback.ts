// Ratings and grades in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import type { Row } from '../request-row.ts';
import { ratedRequestOf, takeOpinion } from '../rollup/experiment-batch.ts';
import type { Opinion } from '../rollup/experiment-sums.ts';
import { OPINION_COLUMNS } from '../sql/experiment-sums-sql.ts';
import { SqliteExperimentSums } from './experiment-sums.ts';
import { inTransaction } from './transaction.ts';

/** By our own id any request is found, by its answer's id one of a test. */
const FIND = `SELECT ${OPINION_COLUMNS} FROM (SELECT * FROM requests WHERE id = ?1
  UNION ALL SELECT * FROM requests
    WHERE response_id = ?1 AND experiment IS NOT NULL AND response_id IS NOT NULL
  LIMIT 1) LEFT JOIN ratings ON request_id = id`;

export class SqliteFeedback implements Feedback {
  readonly #connection: DatabaseSync;
  readonly #experiments: SqliteExperimentSums;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#experiments = new SqliteExperimentSums(connection);
  }

  async rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, rating, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating, at_ms = excluded.at_ms`,
      [rating, atMs],
      { rating },
    );
  }

  async grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, grade, judge, at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET grade = excluded.grade, judge = excluded.judge, at_ms = excluded.at_ms`,
      [grade, judge, atMs],
      { grade, judge },
    );
  }

  #put(
    id: string,
    sql: string,
    values: readonly (string | number)[],
    given: Partial<Opinion>,
  ): RatedRequest | null {
    return inTransaction(this.#connection, () => {
      const row = this.#connection.prepare(FIND).get(id) as Row | undefined;
      if (row === undefined) return null;
      this.#connection.prepare(sql).run(String(row.id), ...values);
      this.#experiments.run(takeOpinion(row, given));
      return ratedRequestOf(row);
    });
  }
}
