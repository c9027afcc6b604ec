// Ratings of answers, and the way to a test's request by the id that its answer carries; later also grades of judges.

export const FEEDBACK_MIGRATION = `
CREATE TABLE ratings (
  request_id TEXT PRIMARY KEY NOT NULL,
  rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_tested_answer ON requests (response_id)
  WHERE experiment IS NOT NULL AND response_id IS NOT NULL;
`;

/** SQLite cannot take NOT NULL away: an answer may be graded and not rated. */
export const GRADES_MIGRATION = `
CREATE TABLE rated (
  request_id TEXT PRIMARY KEY NOT NULL,
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  at_ms INTEGER NOT NULL,
  grade REAL CHECK (grade BETWEEN 1 AND 5),
  judge TEXT
) STRICT;
INSERT INTO rated (request_id, rating, at_ms) SELECT request_id, rating, at_ms FROM ratings;
DROP TABLE ratings;
ALTER TABLE rated RENAME TO ratings;
`;
