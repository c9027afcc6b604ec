// The tables of the prompt archive: one numbered migration.

export const PROMPT_MIGRATION = `
CREATE TABLE prompt_items (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  started_at_ms INTEGER NOT NULL,
  app TEXT NOT NULL,
  tag TEXT,
  session TEXT,
  model TEXT,
  endpoint TEXT NOT NULL,
  turns INTEGER NOT NULL,
  turns_digest TEXT NOT NULL,
  facts TEXT NOT NULL,
  base_id TEXT,
  chain INTEGER NOT NULL,
  key_id TEXT,
  raw_bytes INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX prompt_items_started ON prompt_items (started_at_ms, id);
CREATE INDEX prompt_items_session ON prompt_items (session, started_at_ms) WHERE session IS NOT NULL;
CREATE INDEX prompt_items_turns ON prompt_items (turns_digest);
CREATE INDEX prompt_items_base ON prompt_items (base_id) WHERE base_id IS NOT NULL;

-- Only the words: the text itself is in the item.
CREATE VIRTUAL TABLE prompt_words USING fts5 (words, content = '', contentless_delete = 1);

CREATE TABLE prompt_state (secret BLOB NOT NULL) STRICT;
INSERT INTO prompt_state VALUES (randomblob(32));
CREATE TABLE prompt_canaries (key_id TEXT PRIMARY KEY, canary BLOB NOT NULL) STRICT;
CREATE TABLE prompt_skips (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
CREATE TABLE prompt_numberings (
  app TEXT NOT NULL,
  session TEXT NOT NULL,
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (app, session)
) STRICT;
`;
