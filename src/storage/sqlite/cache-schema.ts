// The tables of the prompt cache, and what a request's record says of it: one numbered migration.

export const CACHE_MIGRATION = `
ALTER TABLE requests ADD COLUMN cache_use TEXT;
ALTER TABLE requests ADD COLUMN saved_nano_usd INTEGER;

CREATE TABLE cache_state (generation INTEGER NOT NULL, secret BLOB NOT NULL) STRICT;
INSERT INTO cache_state VALUES (1, randomblob(32));

CREATE TABLE cache_answers (
  key TEXT PRIMARY KEY,
  facts TEXT NOT NULL,
  protocol TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  model TEXT,
  body BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  last_used_at_ms INTEGER NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX cache_answers_expiry ON cache_answers (expires_at_ms);
CREATE INDEX cache_answers_use ON cache_answers (last_used_at_ms);
CREATE INDEX cache_answers_newest ON cache_answers (protocol, endpoint, created_at_ms);
`;

/**
 * What the sweep sums up and looks through, without the answers themselves: a column behind a body of some kilobytes is
 * read by way of the whole body.
 */
export const CACHE_ROOM_MIGRATION = `
DROP INDEX cache_answers_use;
CREATE INDEX cache_answers_room ON cache_answers (last_used_at_ms, key, bytes, expires_at_ms);
`;
