// Ratings of answers.

import { type Migration, NAME, step } from './step.ts';

export const FEEDBACK_MIGRATION: Migration = [
  step(
    'ratings',
    `CREATE TABLE IF NOT EXISTS ratings (
      request_id ${NAME} PRIMARY KEY,
      rating NUMBER(19) NOT NULL,
      at_ms NUMBER(19) NOT NULL,
      CONSTRAINT ratings_range CHECK (rating BETWEEN 1 AND 5)
    )`,
  ),
];
