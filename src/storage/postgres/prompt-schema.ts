// The tables of the prompt archive.

export const PROMPT_MIGRATION = `
CREATE TABLE prompt_items (
  id TEXT PRIMARY KEY,
  started_at_ms INTEGER NOT NULL,
  app TEXT NOT NULL,
  tag TEXT,
  session TEXT,
  model TEXT,
  endpoint TEXT NOT NULL,
  turns INTEGER NOT NULL,
  turns_digest TEXT NOT NULL,
  facts TEXT NOT NULL,
  -- Only the words: the text itself is in the item.
  words tsvector,
  base_id TEXT,
  chain INTEGER NOT NULL,
  key_id TEXT,
  raw_bytes INTEGER NOT NULL,
  content BLOB NOT NULL
);
CREATE INDEX prompt_items_started ON prompt_items (started_at_ms, id);
CREATE INDEX prompt_items_session ON prompt_items (session, started_at_ms) WHERE session IS NOT NULL;
CREATE INDEX prompt_items_turns ON prompt_items (turns_digest);
CREATE INDEX prompt_items_base ON prompt_items (base_id) WHERE base_id IS NOT NULL;
CREATE INDEX prompt_items_words ON prompt_items USING gin (words);
CREATE TABLE prompt_state (secret BLOB NOT NULL);
INSERT INTO prompt_state VALUES
  (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
CREATE TABLE prompt_canaries (key_id TEXT PRIMARY KEY, canary BLOB NOT NULL);
CREATE TABLE prompt_skips (reason TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE prompt_numberings (
  app TEXT NOT NULL,
  session TEXT NOT NULL,
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (app, session)
);
`;
