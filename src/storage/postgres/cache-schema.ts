// The tables of the prompt cache. Its secret is made of two random ids: bytes that nobody can guess, without pgcrypto.

export const CACHE_MIGRATION = `
CREATE TABLE cache_state (generation INTEGER NOT NULL, secret BLOB NOT NULL, tier_status TEXT);
INSERT INTO cache_state VALUES
  (1, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
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
);
CREATE INDEX cache_answers_expiry ON cache_answers (expires_at_ms);
CREATE INDEX cache_answers_use ON cache_answers (last_used_at_ms);
CREATE INDEX cache_answers_newest ON cache_answers (protocol, endpoint, created_at_ms);
`;
