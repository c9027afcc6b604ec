// The database's tables. A migration is never changed once released; a new one is added behind it. Texts are compared
// byte by byte, as in every other store: `COLLATE "C"`, whatever the database's own language.

import { EXPERIMENT_SUMS_TABLES } from '../sql/experiment-sums-sql.ts';
import { RETENTION_TABLES } from '../sql/retention-sql.ts';
import { BUDGET_MIGRATION } from './budget-schema.ts';
import { CACHE_MIGRATION } from './cache-schema.ts';
import { FEEDBACK_MIGRATION } from './feedback-schema.ts';
import { LEASE_MIGRATION, MEMBER_LEASES_MIGRATION } from './lease-schema.ts';
import { PARTITION_MIGRATION } from './partition-schema.ts';
import { PROMPT_MIGRATION } from './prompt-schema.ts';
import {
  KEY_SUMS_MIGRATION,
  PEAKS_MIGRATION,
  ROLLUP_MIGRATION,
  SIX_HOURS_MIGRATION,
} from './rollup-schema.ts';
import { RULE_MIGRATION } from './rule-schema.ts';
import { SEMANTIC_MIGRATION } from './semantic-schema.ts';

/** What the reports' SQL calls and PostgreSQL has under another name. */
const FUNCTIONS = `
CREATE AGGREGATE total (double precision) (sfunc = float8pl, stype = double precision, initcond = '0');
CREATE FUNCTION instr (text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN strpos($1, $2);
CREATE FUNCTION histogram_sum (jsonb, jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT coalesce(jsonb_object_agg(slot, n), '{}') FROM
    (SELECT key AS slot, sum(value::bigint) AS n
     FROM (SELECT * FROM jsonb_each_text($1) UNION ALL SELECT * FROM jsonb_each_text($2)) AS both_of
     GROUP BY key HAVING sum(value::bigint) <> 0) AS slots);
CREATE FUNCTION set_version () RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN EXECUTE format('UPDATE %I SET version = version + 1', TG_ARGV[0]); RETURN NULL; END $$;
`;

const RECORDS = `
CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  change INTEGER NOT NULL,
  owner TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  model_requested TEXT,
  upstream TEXT NOT NULL,
  streamed INTEGER NOT NULL,
  app TEXT NOT NULL,
  user_agent TEXT,
  session TEXT,
  tag TEXT,
  outcome TEXT NOT NULL,
  status INTEGER,
  error_code TEXT,
  upstream_request_id TEXT,
  response_id TEXT,
  model_used TEXT,
  finish_reason TEXT,
  time_to_first_byte_ms REAL,
  latency_ms REAL NOT NULL,
  request_bytes INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_5m_tokens INTEGER NOT NULL,
  cache_write_1h_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  input_audio_tokens INTEGER NOT NULL,
  cache_read_audio_tokens INTEGER NOT NULL,
  output_audio_tokens INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  usage_source TEXT NOT NULL,
  runs TEXT,
  service_tier TEXT,
  cost_nano_usd INTEGER,
  reported_cost_nano_usd INTEGER,
  list_cost_nano_usd INTEGER,
  price_source TEXT,
  billing_key TEXT,
  duplicate_of TEXT,
  model_sent TEXT,
  routing_rule TEXT,
  experiment TEXT,
  variant TEXT,
  reserved_nano_usd INTEGER,
  reserved_at_ms INTEGER,
  cache_use TEXT,
  saved_nano_usd INTEGER,
  upstream_name TEXT,
  attempts TEXT
);
CREATE INDEX requests_started ON requests (started_at_ms);
CREATE UNIQUE INDEX requests_change ON requests (change);
CREATE UNIQUE INDEX requests_billing ON requests (billing_key) WHERE billing_key IS NOT NULL;
CREATE INDEX requests_in_flight ON requests (owner) WHERE outcome = 'in_flight';
CREATE INDEX requests_experiment ON requests (experiment, variant) WHERE experiment IS NOT NULL;
CREATE INDEX requests_reserved ON requests (reserved_at_ms) WHERE reserved_at_ms IS NOT NULL;
CREATE INDEX requests_session ON requests (session, started_at_ms) WHERE session IS NOT NULL;
CREATE INDEX requests_unpriced ON requests (started_at_ms) WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight';
CREATE TABLE change_counter (last INTEGER NOT NULL);
INSERT INTO change_counter VALUES (0);
CREATE TABLE spool_progress (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
`;

/** Whoever listens hears at once that something was set; who does not, sees the version within a second. */
const HINTS = `
CREATE OR REPLACE FUNCTION set_version () RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    EXECUTE format('UPDATE %I SET version = version + 1', TG_ARGV[0]);
    PERFORM pg_notify('tokenwatch', TG_ARGV[0]);
    RETURN NULL;
  END $$;
`;

export const MIGRATIONS: readonly string[] = [
  FUNCTIONS,
  ...[
    RECORDS,
    BUDGET_MIGRATION,
    RULE_MIGRATION,
    CACHE_MIGRATION,
    SEMANTIC_MIGRATION,
    PROMPT_MIGRATION,
    ROLLUP_MIGRATION,
    FEEDBACK_MIGRATION,
    // A running ledger must know that the records it was summed from are gone.
    'ALTER TABLE budget_version ADD COLUMN resets INTEGER NOT NULL DEFAULT 0;',
    // Why rules that are set did not look at a request, and why a known cost may be off.
    `ALTER TABLE requests ADD COLUMN unplanned TEXT;
     ALTER TABLE requests ADD COLUMN cost_doubt TEXT;`,
    // Whose request it was, and the access key that it came with.
    `ALTER TABLE requests ADD COLUMN user_name TEXT;
     ALTER TABLE requests ADD COLUMN access_key TEXT;`,
    // How far a move into this store has come.
    'CREATE TABLE data_move (note TEXT NOT NULL);',
    LEASE_MIGRATION,
    HINTS,
    // What is left of requests that were deleted because they were old.
    RETENTION_TABLES,
    PARTITION_MIGRATION,
    // What the provider's prompt cache saved.
    'ALTER TABLE requests ADD COLUMN prompt_cache_saved_nano_usd INTEGER;',
    // What judges thought of answers: one may be graded and not rated.
    `ALTER TABLE ratings ALTER COLUMN rating DROP NOT NULL;
     ALTER TABLE ratings ADD COLUMN grade REAL CHECK (grade BETWEEN 1 AND 5);
     ALTER TABLE ratings ADD COLUMN judge TEXT;`,
    KEY_SUMS_MIGRATION,
    PEAKS_MIGRATION,
    MEMBER_LEASES_MIGRATION,
    // What A/B tests have shown, without a look at their records.
    EXPERIMENT_SUMS_TABLES,
    SIX_HOURS_MIGRATION,
  ].map(typed),
];

/** The tables are written in the words of every store; here their types are PostgreSQL's. */
export function typed(sql: string): string {
  return sql
    .replace(/\bTEXT\b/g, 'text COLLATE "C"')
    .replace(/\bINTEGER\b/g, 'bigint')
    .replace(/\bREAL\b/g, 'double precision')
    .replace(/\bBLOB\b/g, 'bytea');
}
