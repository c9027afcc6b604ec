// The prompt cache's answers.

import { statement } from './statement.ts';

const ANSWER = 'entry_key, checksum, facts, body';

export const CACHE_ENTRIES = {
  state: statement('SELECT generation, secret FROM cache_state'),
  raiseGeneration: statement('UPDATE cache_state SET generation = generation + 1'),
  find: statement(
    `SELECT ${ANSWER} FROM cache_answers WHERE entry_key = :entry_key AND expires_at_ms > :now_ms`,
    {
      entry_key: 'name',
      now_ms: 'number',
    },
  ),
  remove: statement('DELETE FROM cache_answers WHERE entry_key = :entry_key', { entry_key: 'name' }),
  add: statement(
    `INSERT INTO cache_answers (entry_key, protocol, endpoint, model, answer_bytes, bytes, checksum, created_at_ms,
        expires_at_ms, last_used_at_ms, facts, body)
      VALUES (:entry_key, :protocol, :endpoint, :model, :bytes, :bytes, :checksum, :created_at_ms, :expires_at_ms,
        :created_at_ms, :facts, :body)`,
    {
      entry_key: 'name',
      protocol: 'name',
      endpoint: 'name',
      model: 'name',
      bytes: 'number',
      checksum: 'name',
      created_at_ms: 'number',
      expires_at_ms: 'number',
      facts: 'long',
      body: 'bytes',
    },
  ),
  touch: statement(
    'UPDATE cache_answers SET hits = hits + :uses, last_used_at_ms = :at_ms WHERE entry_key = :entry_key',
    { uses: 'number', at_ms: 'number', entry_key: 'name' },
  ),
  removeExpired: statement('DELETE FROM cache_answers WHERE expires_at_ms <= :now_ms', { now_ms: 'number' }),
  bytes: statement('SELECT COALESCE(SUM(bytes), 0) AS bytes FROM cache_answers'),
  longestUnused: statement(
    'SELECT entry_key, bytes FROM cache_answers ORDER BY last_used_at_ms, entry_key FETCH FIRST :how_many ROWS ONLY',
    { how_many: 'number' },
  ),
  clear: statement('DELETE FROM cache_answers'),
  clearModel: statement('DELETE FROM cache_answers WHERE model = :model', { model: 'name' }),
  clearTrust: statement('DELETE FROM cache_trust'),
  byPrefix: statement(
    `SELECT ${ANSWER} FROM cache_answers WHERE SUBSTR(entry_key, 1, LENGTH(:prefix)) = :prefix
      ORDER BY entry_key FETCH FIRST 2 ROWS ONLY`,
    { prefix: 'name' },
  ),
  recent: statement(
    `SELECT facts, bytes, hits, last_used_at_ms FROM cache_answers WHERE protocol = :protocol AND endpoint = :endpoint
        AND created_at_ms <= :created_at_ms AND (created_at_ms < :created_at_ms OR entry_key < :behind_key)
      ORDER BY created_at_ms DESC, entry_key DESC FETCH FIRST :how_many ROWS ONLY`,
    { protocol: 'name', endpoint: 'name', created_at_ms: 'number', behind_key: 'name', how_many: 'number' },
  ),
  facts: statement(
    `SELECT COUNT(*) AS entries, COALESCE(SUM(bytes), 0) AS bytes,
        COUNT(CASE WHEN expires_at_ms <= :now_ms THEN 1 END) AS expired FROM cache_answers`,
    { now_ms: 'number' },
  ),
};
