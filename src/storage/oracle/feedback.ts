// Ratings and grades in Oracle Database.

import type { Feedback, Grade, RatedRequest, Rating } from '../../core/feedback.ts';
import { FEEDBACK } from './catalogue/feedback.ts';
import type { Asked } from './database.ts';

export class OracleFeedback implements Feedback {
  readonly #database: Asked;

  constructor(database: Asked) {
    this.#database = database;
  }

  async rate(id: string, { rating, atMs }: Rating): Promise<RatedRequest | null> {
    const found = await this.#find(id);
    if (found !== null) await this.#database.run(FEEDBACK.rate, { id: found.id, rating, at_ms: atMs });
    return found;
  }

  async grade(id: string, { grade, judge, atMs }: Grade): Promise<RatedRequest | null> {
    const found = await this.#find(id);
    if (found !== null) await this.#database.run(FEEDBACK.grade, { id: found.id, grade, judge, at_ms: atMs });
    return found;
  }

  async #find(id: string): Promise<RatedRequest | null> {
    const [row] = await this.#database.rows(FEEDBACK.find, { asked: id });
    if (row === undefined) return null;
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return { id: String(row.id), experiment: text(row.experiment), variant: text(row.variant) };
  }
}
