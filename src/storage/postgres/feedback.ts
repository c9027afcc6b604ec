// Ratings in PostgreSQL.

import type { Feedback, RatedRequest, Rating } from '../../core/feedback.ts';
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

  async rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    const [row] = await this.#database.rows(FIND, [id]);
    if (row === undefined) return null;
    await this.#database.run(
      `INSERT INTO ratings (request_id, rating, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating, at_ms = excluded.at_ms`,
      [String(row.id), rating, atMs],
    );
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return { id: String(row.id), experiment: text(row.experiment), variant: text(row.variant) };
  }
}
