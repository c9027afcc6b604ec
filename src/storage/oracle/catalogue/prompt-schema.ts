// The tables of the prompt archive. Its words are indexed by Oracle Text where the database has it.

import { statement } from './statement.ts';
import { type Migration, NAME, step } from './step.ts';

/** No such index type, none that may be made, or not in this edition: then the archive reads what it searches. */
const ORA_NO_TEXT = [29833, 29855, 439, 1031];

export const PROMPT_MIGRATION: Migration = [
  step(
    'promptItems',
    `CREATE TABLE IF NOT EXISTS prompt_items (
      id ${NAME} PRIMARY KEY,
      started_at_ms NUMBER(19) NOT NULL,
      app ${NAME} NOT NULL,
      tag ${NAME},
      "SESSION" ${NAME},
      model ${NAME},
      endpoint ${NAME} NOT NULL,
      turns NUMBER(19) NOT NULL,
      turns_digest ${NAME} NOT NULL,
      base_id ${NAME},
      chain NUMBER(19) NOT NULL,
      key_id ${NAME},
      raw_bytes NUMBER(19) NOT NULL,
      content_bytes NUMBER(19) NOT NULL,
      facts CLOB NOT NULL,
      words CLOB,
      content BLOB
    )`,
  ),
  step(
    'promptItemsStarted',
    'CREATE INDEX IF NOT EXISTS prompt_items_started ON prompt_items (started_at_ms, id)',
  ),
  step(
    'promptItemsSession',
    'CREATE INDEX IF NOT EXISTS prompt_items_session ON prompt_items ("SESSION", started_at_ms)',
  ),
  step('promptItemsTurns', 'CREATE INDEX IF NOT EXISTS prompt_items_turns ON prompt_items (turns_digest)'),
  step('promptItemsBase', 'CREATE INDEX IF NOT EXISTS prompt_items_base ON prompt_items (base_id)'),
  {
    // Oracle Text: kept up to date at every commit, and no word is too common to be found.
    name: 'promptItemsWords',
    statement: statement(
      `CREATE INDEX IF NOT EXISTS prompt_items_words ON prompt_items (words) INDEXTYPE IS CTXSYS.CONTEXT
        PARAMETERS ('SYNC (ON COMMIT) STOPLIST CTXSYS.EMPTY_STOPLIST')`,
    ),
    unless: ORA_NO_TEXT,
  },
  step('promptState', 'CREATE TABLE IF NOT EXISTS prompt_state (secret RAW(32) NOT NULL)'),
  {
    name: 'promptSecret',
    statement: statement(
      `INSERT INTO prompt_state (secret)
        SELECT :secret FROM dual WHERE NOT EXISTS (SELECT 1 FROM prompt_state)`,
      { secret: 'bytes' },
    ),
  },
  step(
    'promptCanaries',
    `CREATE TABLE IF NOT EXISTS prompt_canaries (key_id ${NAME} PRIMARY KEY, canary BLOB NOT NULL)`,
  ),
  step(
    'promptSkips',
    `CREATE TABLE IF NOT EXISTS prompt_skips (reason ${NAME} PRIMARY KEY, times NUMBER(19) NOT NULL)`,
  ),
  step(
    'promptNumberings',
    `CREATE TABLE IF NOT EXISTS prompt_numberings (
      app ${NAME} NOT NULL,
      "SESSION" ${NAME} NOT NULL,
      at_ms NUMBER(19) NOT NULL,
      state CLOB NOT NULL,
      CONSTRAINT prompt_numberings_pk PRIMARY KEY (app, "SESSION")
    )`,
  ),
];
