// The semantic tier's questions, counts and trust.

import { statement } from './statement.ts';

/** Of a question, called `q`. */
export const QUESTION_COLUMNS = `q.entry_key, q.partition_name, q.body_partition, q.embedder, q.checksum,
  q.distance_below, q.prompts, q.prompts_allowed, q.agreed, q.disagreed, q.embedding, q.question`;
const QUESTION = `${QUESTION_COLUMNS}, a.expires_at_ms
  FROM cache_questions q JOIN cache_answers a ON a.entry_key = q.entry_key`;
const newestSql = (column: string): string =>
  `SELECT ${QUESTION} WHERE q.${column} = :place AND a.expires_at_ms > :now_ms
    ORDER BY a.created_at_ms DESC, q.entry_key FETCH FIRST :how_many ROWS ONLY`;
const NEWEST = { place: 'name', now_ms: 'number', how_many: 'number' } as const;

const STANDING = {
  distance_below: 'float',
  prompts: 'number',
  prompts_allowed: 'number',
  agreed: 'number',
  disagreed: 'number',
} as const;
const PUT = {
  entry_key: 'name',
  partition_name: 'name',
  body_partition: 'name',
  embedder: 'name',
  checksum: 'name',
  ...STANDING,
  embedding: 'vector',
  question: 'long',
} as const;
const PUT_COLUMNS = Object.keys(PUT);
const TRUST = {
  trust_level: 'number',
  checks: 'number',
  disagreed: 'number',
  total_checks: 'number',
  total_disagreed: 'number',
  undecided: 'number',
  changed_at_ms: 'number',
} as const;

export const SEMANTIC_ENTRIES = {
  newestOfPartition: statement(newestSql('partition_name'), NEWEST),
  newestOfBody: statement(newestSql('body_partition'), NEWEST),
  question: statement(`SELECT ${QUESTION} WHERE q.entry_key = :entry_key`, { entry_key: 'name' }),
  remove: statement('DELETE FROM cache_questions WHERE entry_key = :entry_key', { entry_key: 'name' }),
  /** Held until the question stands: an answer that goes takes it along, or is gone already. */
  holdAnswer: statement('SELECT entry_key FROM cache_answers WHERE entry_key = :entry_key FOR UPDATE', {
    entry_key: 'name',
  }),
  change: statement(
    `UPDATE cache_questions SET ${PUT_COLUMNS.filter((name) => name !== 'entry_key')
      .map((name) => `${name} = :${name}`)
      .join(', ')} WHERE entry_key = :entry_key`,
    PUT,
  ),
  add: statement(
    `INSERT INTO cache_questions (${PUT_COLUMNS.join(', ')}) VALUES (${PUT_COLUMNS.map((name) => `:${name}`).join(', ')})`,
    PUT,
  ),
  countBytes: statement(
    'UPDATE cache_answers SET bytes = answer_bytes + :question_bytes WHERE entry_key = :entry_key',
    { question_bytes: 'number', entry_key: 'name' },
  ),
  /** What others found against it stays. */
  putStanding: statement(
    `UPDATE cache_questions SET distance_below = CASE WHEN distance_below IS NULL THEN :distance_below
        WHEN :distance_below IS NULL THEN distance_below ELSE LEAST(distance_below, :distance_below) END,
      ${Object.keys(STANDING)
        .filter((name) => name !== 'distance_below')
        .map((name) => `${name} = GREATEST(${name}, :${name})`)
        .join(', ')} WHERE entry_key = :entry_key`,
    { ...STANDING, entry_key: 'name' },
  ),
  trust: statement(`SELECT scope, ${Object.keys(TRUST).join(', ')} FROM cache_trust ORDER BY scope`),
  /** A level that another proxy found is not taken back. */
  changeTrust: statement(
    `UPDATE cache_trust SET ${Object.keys(TRUST)
      .map((name) => `${name} = :${name}`)
      .join(', ')} WHERE scope = :scope AND trust_level <= :trust_level`,
    { scope: 'name', ...TRUST },
  ),
  addTrust: statement(
    `INSERT INTO cache_trust (scope, ${Object.keys(TRUST).join(', ')})
      VALUES (:scope, ${Object.keys(TRUST)
        .map((name) => `:${name}`)
        .join(', ')})`,
    { scope: 'name', ...TRUST },
  ),
  dropOldTrust: statement(
    `DELETE FROM cache_trust WHERE trust_level = 0 AND scope IN (
      SELECT scope FROM cache_trust WHERE trust_level = 0
        ORDER BY changed_at_ms DESC OFFSET :how_many ROWS FETCH NEXT 1000000 ROWS ONLY)`,
    { how_many: 'number' },
  ),
  addCounts: statement(
    `MERGE INTO cache_counts kept USING (SELECT :kind AS kind, :name AS name, :times AS times FROM dual) given
      ON (kept.kind = given.kind AND kept.name = given.name)
      WHEN MATCHED THEN UPDATE SET kept.times = kept.times + given.times
      WHEN NOT MATCHED THEN INSERT (kind, name, times) VALUES (given.kind, given.name, given.times)`,
    { kind: 'name', name: 'name', times: 'number' },
  ),
  counts: statement('SELECT kind, name, times FROM cache_counts ORDER BY kind, times DESC, name'),
  putStatus: statement('UPDATE cache_state SET tier_status = :status', { status: 'long' }),
  status: statement('SELECT tier_status FROM cache_state'),
  embedders: statement('SELECT embedder, COUNT(*) AS n FROM cache_questions GROUP BY embedder'),
  entries: statement(
    `SELECT COUNT(CASE WHEN distance_below = 0 THEN 1 END) AS stopped,
      COUNT(CASE WHEN distance_below > 0 THEN 1 END) AS tightened FROM cache_questions`,
  ),
};
