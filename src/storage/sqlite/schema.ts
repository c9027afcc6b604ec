// The database's tables. A migration is never changed once released; a new one is added behind it.

import type { DatabaseSync } from 'node:sqlite';
import { RETENTION_TABLES } from '../sql/retention-sql.ts';
import { BUDGET_MIGRATION } from './budget-schema.ts';
import { CACHE_MIGRATION, CACHE_ROOM_MIGRATION } from './cache-schema.ts';
import { migrateExperimentSums } from './experiment-sums.ts';
import { FEEDBACK_MIGRATION, GRADES_MIGRATION } from './feedback-schema.ts';
import { PROMPT_MIGRATION } from './prompt-schema.ts';
import { migrateRequestKeys } from './request-keys.ts';
import { migrateRequestOrder } from './request-order.ts';
import {
  migrateKeySums,
  migratePeaks,
  migrateRollups,
  migrateSixHours,
  migrateToRowids,
} from './rollup-schema.ts';
import { RULE_MIGRATION } from './rule-schema.ts';
import { SEMANTIC_MIGRATION } from './semantic-schema.ts';
import { migrateSessionSpend, migrateSpendSums } from './spend-sums.ts';

/** SQL, or what does more than SQL can say. */
export type Migration = string | ((connection: DatabaseSync) => void);

export const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE requests (
     id TEXT PRIMARY KEY NOT NULL,
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
     price_source TEXT,
     billing_key TEXT,
     duplicate_of TEXT
   ) STRICT;
   CREATE INDEX requests_started ON requests (started_at_ms);
   CREATE UNIQUE INDEX requests_change ON requests (change);
   CREATE UNIQUE INDEX requests_billing ON requests (billing_key) WHERE billing_key IS NOT NULL;
   CREATE INDEX requests_in_flight ON requests (owner) WHERE outcome = 'in_flight';
   CREATE TABLE spool_progress (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;`,
  BUDGET_MIGRATION,
  // Numbers of changes are never given twice, also when the newest records are deleted: readers keep cursors.
  `CREATE TABLE change_counter (last INTEGER NOT NULL) STRICT;
   INSERT INTO change_counter SELECT coalesce(max(change), 0) FROM requests;`,
  CACHE_MIGRATION,
  RULE_MIGRATION,
  // Which upstream answered, and which were tried before.
  `ALTER TABLE requests ADD COLUMN upstream_name TEXT;
   ALTER TABLE requests ADD COLUMN attempts TEXT;`,
  SEMANTIC_MIGRATION,
  // Most requests reserve in the millisecond in which they start, and say nothing of it: they are not in this index.
  `DROP INDEX requests_by_payment;
   CREATE INDEX requests_reserved ON requests (reserved_at_ms) WHERE reserved_at_ms IS NOT NULL;`,
  PROMPT_MIGRATION,
  // What our price list says where the cost is what a reseller stated.
  `ALTER TABLE requests ADD COLUMN list_cost_nano_usd INTEGER;`,
  // What had no price is looked for by itself, among millions that had one.
  `CREATE INDEX requests_unpriced ON requests (started_at_ms)
   WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight';`,
  migrateRollups,
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
  'CREATE TABLE data_move (note TEXT NOT NULL) STRICT;',
  // What is left of requests that were deleted because they were old.
  RETENTION_TABLES.replaceAll(/(CREATE TABLE [^;]+\));/g, '$1 STRICT;'),
  // What the provider's prompt cache saved.
  'ALTER TABLE requests ADD COLUMN prompt_cache_saved_nano_usd INTEGER;',
  GRADES_MIGRATION,
  migrateKeySums,
  migratePeaks,
  // What A/B tests have shown, without a look at their records.
  migrateExperimentSums,
  CACHE_ROOM_MIGRATION,
  // With all that is asked of what had no price: of a model that has none there may be hundreds of thousands.
  `DROP INDEX IF EXISTS requests_unpriced;
   CREATE INDEX requests_unpriced ON requests (started_at_ms, model_used, model_requested, endpoint, outcome, cost_nano_usd)
   WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight';`,
  migrateSixHours,
  // What budgets count, without a look at every record of their periods.
  migrateSpendSums,
  // Reports on a month by a filter read a quarter of the pages.
  migrateToRowids,
  // With what lists are sorted by: of the times that may hold a row of a page, only such rows are read.
  `DROP INDEX IF EXISTS requests_started;
   CREATE INDEX requests_started ON requests (started_at_ms, cost_nano_usd, latency_ms, output_tokens);`,
  // What all stored prompts weigh, without a look at each.
  'CREATE INDEX prompt_items_weight ON prompt_items (started_at_ms, raw_bytes, length(content));',
  // What each session has spent, for budgets that give it an allowance of its own.
  migrateSessionSpend,
  // Lists by a filter read the entries of what matches, and nothing else.
  migrateRequestKeys,
  // Pages of lists by cost, latency and tokens are found wherever they begin.
  migrateRequestOrder,
];
