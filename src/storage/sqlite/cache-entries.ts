// The prompt cache's answers in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import {
  type AnswerFacts,
  type CachedAnswer,
  type CacheEntries,
  type CacheFacts,
  NEWEST,
} from '../../cache/ports.ts';
import { answerFactsOf, answerOf, cacheFactsOf, evicted, factsOf, SWEEP_ROWS } from '../rows/cache-rows.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import { readerOf } from './reader.ts';
import { Statements } from './statements.ts';

/** Read by an index alone, while look-ups wait for the same thread: a test holds them to that. */
export const ROOM = {
  bytes: 'SELECT coalesce(sum(bytes), 0) AS bytes FROM cache_answers',
  longestUnused: 'SELECT key, bytes FROM cache_answers ORDER BY last_used_at_ms, key LIMIT ?',
  facts: `SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(expires_at_ms <= ?), 0) AS expired
    FROM cache_answers`,
} as const;

export class SqliteCacheEntries implements CacheEntries {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  async cacheSecret(): Promise<Uint8Array> {
    return this.#statements.get('SELECT secret FROM cache_state')?.secret as Uint8Array;
  }

  async cacheGeneration(): Promise<number> {
    return Number(this.#statements.get('SELECT generation FROM cache_state')?.generation);
  }

  async findAnswer(key: string, nowMs: number): Promise<CachedAnswer | 'corrupt' | null> {
    const row = this.#statements.get(
      'SELECT * FROM cache_answers WHERE key = ? AND expires_at_ms > ?',
      key,
      nowMs,
    );
    if (row === undefined) return null;
    const answer = answerOf(row.key, row);
    if (answer === null) this.#statements.run('DELETE FROM cache_answers WHERE key = ?', key);
    return answer ?? 'corrupt';
  }

  async putAnswer(answer: CachedAnswer): Promise<void> {
    const { text, bytes, checksum } = factsOf(answer);
    this.#statements.run(
      `INSERT OR REPLACE INTO cache_answers
         (key, facts, protocol, endpoint, model, body, bytes, checksum, created_at_ms, expires_at_ms, last_used_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      answer.key,
      text,
      answer.protocol,
      answer.endpoint,
      answer.model,
      answer.body,
      bytes,
      checksum,
      answer.createdAtMs,
      answer.expiresAtMs,
      answer.createdAtMs,
    );
  }

  async touchAnswers(uses: readonly (readonly [key: string, count: number])[], atMs: number): Promise<void> {
    this.#statements.run(
      `UPDATE cache_answers SET hits = hits + uses.count, last_used_at_ms = ?
       FROM (SELECT value ->> 0 AS key, value ->> 1 AS count FROM json_each(?)) AS uses
       WHERE cache_answers.key = uses.key`,
      atMs,
      JSON.stringify(uses),
    );
  }

  async sweepAnswers(nowMs: number, bytesMax: number): Promise<number> {
    let removed = this.#statements.run('DELETE FROM cache_answers WHERE expires_at_ms <= ?', nowMs);
    let bytes = Number(this.#statements.get(ROOM.bytes)?.bytes);
    while (bytes > bytesMax) {
      const oldest = this.#statements.all(ROOM.longestUnused, SWEEP_ROWS);
      const { victims, left } = evicted(oldest, bytes, bytesMax);
      if (victims.length === 0) break;
      bytes = left;
      removed += this.#statements.run(
        'DELETE FROM cache_answers WHERE key IN (SELECT value FROM json_each(?))',
        JSON.stringify(victims),
      );
    }
    return removed;
  }

  async clearAnswers(model: string | null): Promise<number> {
    // The generation rises last: a server that sees it finds the answers gone.
    const removed = this.#statements.run('DELETE FROM cache_answers WHERE ?1 IS NULL OR model = ?1', model);
    // What checks found was found of answers that are gone.
    if (model === null) this.#statements.run('DELETE FROM cache_trust');
    this.#statements.run('UPDATE cache_state SET generation = generation + 1');
    return removed;
  }

  async answersById(idPrefix: string): Promise<readonly CachedAnswer[]> {
    const rows = this.#statements.all(
      'SELECT * FROM cache_answers WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT 2',
      idPrefix,
    );
    return rows.map((row) => answerOf(row.key, row)).filter((answer) => answer !== null);
  }

  async recentAnswers(
    protocol: string,
    endpoint: string,
    limit: number,
    { createdAtMs, key } = NEWEST,
  ): Promise<readonly AnswerFacts[]> {
    const rows = this.#statements.all(
      `SELECT facts, bytes, hits, last_used_at_ms FROM cache_answers
       WHERE protocol = ? AND endpoint = ? AND created_at_ms <= ? AND (created_at_ms < ? OR key < ?)
       ORDER BY created_at_ms DESC, key DESC LIMIT ?`,
      protocol,
      endpoint,
      createdAtMs,
      createdAtMs,
      key,
      limit,
    );
    return rows.map(answerFactsOf);
  }

  async cacheFacts(nowMs: number, sinceMs: number): Promise<CacheFacts> {
    const stored = this.#statements.get(ROOM.facts, nowMs);
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return cacheFactsOf(stored, uses);
  }
}
