// Ratings and grades in Oracle Database.

import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import { ratedRequestOf, takeOpinion } from '../rollup/experiment-batch.ts';
import type { Opinion } from '../rollup/experiment-sums.ts';
import type { Row } from '../rows/request-row.ts';
import { FEEDBACK } from './catalogue/feedback.ts';
import { RECORD_SINK } from './catalogue/record-sink.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { runSums } from './experiment-sums.ts';

export class OracleFeedback implements Feedback {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    return this.#put(id, { rating }, (asked, found) =>
      asked.run(FEEDBACK.rate, { id: found, rating, at_ms: atMs }),
    );
  }

  grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    return this.#put(id, { grade, judge }, (asked, found) =>
      asked.run(FEEDBACK.grade, { id: found, grade, judge, at_ms: atMs }),
    );
  }

  /** As who takes records in: sums and rows stay one. */
  #put(
    id: string,
    given: Partial<Opinion>,
    put: (asked: Asked, found: string) => Promise<unknown>,
  ): Promise<RatedRequest | null> {
    return this.#database.transaction(async (asked) => {
      await asked.rows(RECORD_SINK.lockCounter);
      const [row] = (await asked.rows(FEEDBACK.find, { asked: id })) as Row[];
      if (row === undefined) return null;
      await put(asked, String(row.id));
      await runSums(asked, takeOpinion(row, given));
      return ratedRequestOf(row);
    });
  }
}
