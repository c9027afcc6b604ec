// The prompt cache's answers in PostgreSQL.

import {
  type AnswerFacts,
  type CachedAnswer,
  type CacheEntries,
  type CacheFacts,
  NEWEST,
} from '../../cache/ports.ts';
import { answerFactsOf, answerOf, cacheFactsOf, evicted, factsOf, SWEEP_ROWS } from '../rows/cache-rows.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import type { PostgresDatabase, PgRow as Row, Value } from './database.ts';
import { readerOf } from './reader.ts';

export class PostgresCacheEntries implements CacheEntries {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async cacheSecret(): Promise<Uint8Array> {
    return (await this.#get('SELECT secret FROM cache_state'))?.secret as Uint8Array;
  }

  async cacheGeneration(): Promise<number> {
    return Number((await this.#get('SELECT generation FROM cache_state'))?.generation);
  }

  async findAnswer(key: string, nowMs: number): Promise<CachedAnswer | 'corrupt' | null> {
    const row = await this.#get(
      'SELECT * FROM cache_answers WHERE key = ? AND expires_at_ms > ?',
      key,
      nowMs,
    );
    if (row === undefined) return null;
    const answer = answerOf(row.key, row);
    if (answer === null) await this.#run('DELETE FROM cache_answers WHERE key = ?', key);
    return answer ?? 'corrupt';
  }

  async putAnswer(answer: CachedAnswer): Promise<void> {
    const { text, bytes, checksum } = factsOf(answer);
    await this.#database.transaction(async (asked) => {
      // A question goes with the answer that it was asked for.
      await asked.run('DELETE FROM cache_answers WHERE key = ?', [answer.key]);
      // Another proxy may have put the same answer meanwhile: either will do.
      await asked.run(
        `INSERT INTO cache_answers
           (key, facts, protocol, endpoint, model, body, bytes, checksum, created_at_ms, expires_at_ms, last_used_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
        [
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
        ],
      );
    });
  }

  async touchAnswers(uses: readonly (readonly [key: string, count: number])[], atMs: number): Promise<void> {
    await this.#run(
      `UPDATE cache_answers SET hits = hits + uses.count, last_used_at_ms = ?
       FROM (SELECT value ->> 0 AS key, (value ->> 1)::bigint AS count FROM json_array_elements(?) AS each (value)
         ORDER BY 1) AS uses
       WHERE cache_answers.key = uses.key`,
      atMs,
      JSON.stringify(uses),
    );
  }

  async sweepAnswers(nowMs: number, bytesMax: number): Promise<number> {
    let removed = await this.#run('DELETE FROM cache_answers WHERE expires_at_ms <= ?', nowMs);
    let bytes = Number(
      (await this.#get('SELECT coalesce(sum(bytes), 0) AS bytes FROM cache_answers'))?.bytes,
    );
    while (bytes > bytesMax) {
      const oldest = await this.#all(
        'SELECT key, bytes FROM cache_answers ORDER BY last_used_at_ms, key LIMIT ?',
        SWEEP_ROWS,
      );
      const { victims, left } = evicted(oldest, bytes, bytesMax);
      if (victims.length === 0) break;
      bytes = left;
      removed += await this.#run(
        'DELETE FROM cache_answers WHERE key IN (SELECT * FROM json_array_elements_text(?))',
        JSON.stringify(victims),
      );
    }
    return removed;
  }

  async clearAnswers(model: string | null): Promise<number> {
    // The generation rises last: a server that sees it finds the answers gone.
    const removed = await this.#run('DELETE FROM cache_answers WHERE ?1::text IS NULL OR model = ?1', model);
    // What checks found was found of answers that are gone.
    if (model === null) await this.#run('DELETE FROM cache_trust');
    await this.#run('UPDATE cache_state SET generation = generation + 1');
    return removed;
  }

  async answersById(idPrefix: string): Promise<readonly CachedAnswer[]> {
    const rows = await this.#all(
      'SELECT * FROM cache_answers WHERE left(key, length(?1::text)) = ?1 ORDER BY key LIMIT 2',
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
    const rows = await this.#all(
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
    const stored = await this.#get(
      `SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes, count(*) FILTER (WHERE expires_at_ms <= ?) AS expired
       FROM cache_answers`,
      nowMs,
    );
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return cacheFactsOf(stored, uses);
  }

  async #get(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.#database.rows(sql, values))[0];
  }

  #all(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }

  #run(sql: string, ...values: readonly Value[]): Promise<number> {
    return this.#database.run(sql, values);
  }
}
