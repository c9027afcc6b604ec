// The tables of the cache's semantic tier. A question goes with its answer. Vectors are of any length: embedders
// differ.

import { type Migration, NAME, step } from './step.ts';

export const SEMANTIC_MIGRATION: Migration = [
  step(
    'cacheQuestions',
    `CREATE TABLE IF NOT EXISTS cache_questions (
      entry_key ${NAME} PRIMARY KEY,
      partition_name ${NAME} NOT NULL,
      body_partition ${NAME} NOT NULL,
      embedder ${NAME} NOT NULL,
      checksum ${NAME} NOT NULL,
      distance_below BINARY_DOUBLE,
      prompts NUMBER(19) DEFAULT 0 NOT NULL,
      prompts_allowed NUMBER(19) NOT NULL,
      agreed NUMBER(19) DEFAULT 0 NOT NULL,
      disagreed NUMBER(19) DEFAULT 0 NOT NULL,
      embedding VECTOR(*, FLOAT32) NOT NULL,
      question CLOB NOT NULL,
      CONSTRAINT cache_questions_answer FOREIGN KEY (entry_key) REFERENCES cache_answers (entry_key) ON DELETE CASCADE
    )`,
  ),
  step(
    'cacheQuestionsPartition',
    'CREATE INDEX IF NOT EXISTS cache_questions_partition ON cache_questions (partition_name)',
  ),
  step(
    'cacheQuestionsBody',
    'CREATE INDEX IF NOT EXISTS cache_questions_body ON cache_questions (body_partition)',
  ),
  step(
    'cacheTrust',
    `CREATE TABLE IF NOT EXISTS cache_trust (
      scope ${NAME} PRIMARY KEY,
      trust_level NUMBER(19) NOT NULL,
      checks NUMBER(19) NOT NULL,
      disagreed NUMBER(19) NOT NULL,
      total_checks NUMBER(19) NOT NULL,
      total_disagreed NUMBER(19) NOT NULL,
      undecided NUMBER(19) NOT NULL,
      changed_at_ms NUMBER(19) NOT NULL
    )`,
  ),
  step(
    'cacheCounts',
    `CREATE TABLE IF NOT EXISTS cache_counts (
      kind ${NAME} NOT NULL,
      name ${NAME} NOT NULL,
      times NUMBER(19) NOT NULL,
      CONSTRAINT cache_counts_pk PRIMARY KEY (kind, name)
    )`,
  ),
];
