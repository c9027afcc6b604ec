// The tables of the cache's semantic tier. A question goes with its answer.

export const SEMANTIC_MIGRATION = `
CREATE TABLE cache_questions (
  key TEXT PRIMARY KEY REFERENCES cache_answers (key) ON DELETE CASCADE,
  partition TEXT NOT NULL,
  body_partition TEXT NOT NULL,
  embedder TEXT NOT NULL,
  text TEXT NOT NULL,
  vector BLOB NOT NULL,
  checksum TEXT NOT NULL,
  distance_below REAL,
  prompts INTEGER NOT NULL DEFAULT 0,
  prompts_allowed INTEGER NOT NULL,
  agreed INTEGER NOT NULL DEFAULT 0,
  disagreed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX cache_questions_partition ON cache_questions (partition);
CREATE INDEX cache_questions_body ON cache_questions (body_partition);

CREATE TABLE cache_trust (
  scope TEXT PRIMARY KEY,
  level INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  disagreed INTEGER NOT NULL,
  total_checks INTEGER NOT NULL,
  total_disagreed INTEGER NOT NULL,
  undecided INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL
);

CREATE TABLE cache_counts (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
);

`;
