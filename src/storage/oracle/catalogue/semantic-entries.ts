// The semantic tier's questions, counts and trust.

import { statement } from './statement.ts';

const QUESTION = `q.entry_key, q.partition_name, q.body_partition, q.embedder, q.checksum, q.distance_below, q.prompts,
  q.prompts_allowed, q.agreed, q.disagreed, q.embedding, q.question, a.expires_at_ms
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
const TRUST = [
  'trust_level',
  'checks',
  'disagreed',
  'total_checks',
  'total_disagreed',
  'undecided',
  'changed_at_ms',
];

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
  putStanding: statement(
    `UPDATE cache_questions SET ${Object.keys(STANDING)
      .map((name) => `${name} = :${name}`)
      .join(', ')} WHERE entry_key = :entry_key`,
    { ...STANDING, entry_key: 'name' },
  ),
  trust: statement(`SELECT scope, ${TRUST.join(', ')} FROM cache_trust ORDER BY scope`),
  putTrust: statement(
    `MERGE INTO cache_trust kept USING (SELECT :scope AS scope, ${TRUST.map((name) => `:${name} AS ${name}`).join(', ')}
        FROM dual) given ON (kept.scope = given.scope)
      WHEN MATCHED THEN UPDATE SET ${TRUST.map((name) => `kept.${name} = given.${name}`).join(', ')}
      WHEN NOT MATCHED THEN INSERT (scope, ${TRUST.join(', ')})
        VALUES (given.scope, ${TRUST.map((name) => `given.${name}`).join(', ')})`,
    {
      scope: 'name',
      trust_level: 'number',
      checks: 'number',
      disagreed: 'number',
      total_checks: 'number',
      total_disagreed: 'number',
      undecided: 'number',
      changed_at_ms: 'number',
    },
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
