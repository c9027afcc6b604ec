// Ratings and grades in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import { ratedRequestOf, takeOpinion } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { FIND_RATED, type Given, gradeSql, ratingSql } from '../sql/feedback-sql.ts';
import { SqliteExperimentSums } from './experiment-sums.ts';
import { inTransaction } from './transaction.ts';

export class SqliteFeedback implements Feedback {
  readonly #connection: DatabaseSync;
  readonly #experiments: SqliteExperimentSums;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#experiments = new SqliteExperimentSums(connection);
  }

  async rate(id: string, rating: Rating): Promise<RatedRequest | null> {
    return this.#put(id, ratingSql(rating));
  }

  async grade(id: string, grade: Grade): Promise<RatedRequest | null> {
    return this.#put(id, gradeSql(grade));
  }

  #put(id: string, { sql, values, opinion }: Given): RatedRequest | null {
    return inTransaction(this.#connection, () => {
      const row = this.#connection.prepare(FIND_RATED).get(id) as Row | undefined;
      if (row === undefined) return null;
      this.#connection.prepare(sql).run(String(row.id), ...values);
      this.#experiments.run(takeOpinion(row, opinion));
      return ratedRequestOf(row);
    });
  }
}
