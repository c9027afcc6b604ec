// Ratings and grades in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';

/** By our own id any request is found, by its answer's id one of a test. */
const FIND = `SELECT id, experiment, variant FROM requests WHERE id = ?1
  UNION ALL SELECT id, experiment, variant FROM requests
    WHERE response_id = ?1 AND experiment IS NOT NULL AND response_id IS NOT NULL
  LIMIT 1`;

export class SqliteFeedback implements Feedback {
  readonly #connection: DatabaseSync;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  async rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, rating, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating, at_ms = excluded.at_ms`,
      [rating, atMs],
    );
  }

  async grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    return this.#put(
      id,
      `INSERT INTO ratings (request_id, grade, judge, at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET grade = excluded.grade, judge = excluded.judge, at_ms = excluded.at_ms`,
      [grade, judge, atMs],
    );
  }

  #put(id: string, sql: string, values: readonly (string | number)[]): RatedRequest | null {
    const row = this.#connection.prepare(FIND).get(id);
    if (row === undefined) return null;
    this.#connection.prepare(sql).run(String(row.id), ...values);
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return { id: String(row.id), experiment: text(row.experiment), variant: text(row.variant) };
  }
}
