// Ratings and grades in PostgreSQL.

import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import { ratedRequestOf, takeOpinion } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { FIND_RATED, type Given, gradeSql, ratingSql } from '../sql/feedback-sql.ts';
import type { PostgresDatabase } from './database.ts';
import { runSums } from './experiment-sums.ts';

export class PostgresFeedback implements Feedback {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  rate(id: string, rating: Rating): Promise<RatedRequest | null> {
    return this.#put(id, ratingSql(rating));
  }

  grade(id: string, grade: Grade): Promise<RatedRequest | null> {
    return this.#put(id, gradeSql(grade));
  }

  /** As who takes records in: sums and rows stay one. */
  #put(id: string, { sql, values, opinion }: Given): Promise<RatedRequest | null> {
    return this.#database.transaction(async (asked) => {
      await asked.rows('SELECT last FROM change_counter FOR UPDATE');
      const [row] = (await asked.rows(FIND_RATED, [id])) as Row[];
      if (row === undefined) return null;
      await asked.run(sql, [String(row.id), ...values]);
      await runSums(asked, takeOpinion(row, opinion));
      return ratedRequestOf(row);
    });
  }
}
