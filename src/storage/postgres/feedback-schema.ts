// Ratings of answers, and the way to a test's request by the id that its answer carries.

export const FEEDBACK_MIGRATION = `
CREATE TABLE ratings (
  request_id TEXT PRIMARY KEY,
  rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
  at_ms INTEGER NOT NULL
);
CREATE INDEX requests_tested_answer ON requests (response_id)
  WHERE experiment IS NOT NULL AND response_id IS NOT NULL;
`;
