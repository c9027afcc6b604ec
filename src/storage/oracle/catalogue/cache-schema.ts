// The tables of the prompt cache. An empty body is null, as Oracle has it.

import { statement } from './statement.ts';
import { type Migration, NAME, step } from './step.ts';

export const CACHE_MIGRATION: Migration = [
  step(
    'cacheState',
    `CREATE TABLE IF NOT EXISTS cache_state (
      generation NUMBER(19) NOT NULL,
      secret RAW(32) NOT NULL,
      tier_status CLOB
    )`,
  ),
  {
    name: 'cacheSecret',
    statement: statement(
      `INSERT INTO cache_state (generation, secret)
        SELECT 1, :secret FROM dual WHERE NOT EXISTS (SELECT 1 FROM cache_state)`,
      { secret: 'bytes' },
    ),
  },
  step(
    'cacheAnswers',
    `CREATE TABLE IF NOT EXISTS cache_answers (
      entry_key ${NAME} PRIMARY KEY,
      protocol ${NAME} NOT NULL,
      endpoint ${NAME} NOT NULL,
      model ${NAME},
      answer_bytes NUMBER(19) NOT NULL,
      bytes NUMBER(19) NOT NULL,
      checksum ${NAME} NOT NULL,
      created_at_ms NUMBER(19) NOT NULL,
      expires_at_ms NUMBER(19) NOT NULL,
      last_used_at_ms NUMBER(19) NOT NULL,
      hits NUMBER(19) DEFAULT 0 NOT NULL,
      facts CLOB NOT NULL,
      body BLOB
    )`,
  ),
  step('cacheExpiry', 'CREATE INDEX IF NOT EXISTS cache_answers_expiry ON cache_answers (expires_at_ms)'),
  step('cacheUse', 'CREATE INDEX IF NOT EXISTS cache_answers_use ON cache_answers (last_used_at_ms)'),
  step(
    'cacheNewest',
    'CREATE INDEX IF NOT EXISTS cache_answers_newest ON cache_answers (protocol, endpoint, created_at_ms)',
  ),
];
