// Ratings and grades in PostgreSQL.

import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import type { Asked } from './database.ts';

/** By our own id any request is found, by its answer's id one of a test. */
const FIND = `SELECT id, experiment, variant FROM requests WHERE id = ?1
  UNION ALL SELECT id, experiment, variant FROM requests
    WHERE response_id = ?1 AND experiment IS NOT NULL AND response_id IS NOT NULL
  LIMIT 1`;

export class PostgresFeedback implements Feedback {
  readonly #database: Asked;

  constructor(database: Asked) {
    this.#database = database;
  }

  rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, rating, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating, at_ms = excluded.at_ms`,
      [rating, atMs],
    );
  }

  grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, grade, judge, at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET grade = excluded.grade, judge = excluded.judge, at_ms = excluded.at_ms`,
      [grade, judge, atMs],
    );
  }

  async #put(id: string, sql: string, values: readonly (string | number)[]): Promise<RatedRequest | null> {
    const [row] = await this.#database.rows(FIND, [id]);
    if (row === undefined) return null;
    await this.#database.run(sql, [String(row.id), ...values]);
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return { id: String(row.id), experiment: text(row.experiment), variant: text(row.variant) };
  }
}
