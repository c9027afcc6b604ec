// The prompt cache's answers in SQLite. Synchronous inside; runs where the database runs.

import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type AnswerFacts,
  type CachedAnswer,
  type CacheEntries,
  type CacheFacts,
  NEWEST,
} from '../../cache/ports.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import { readerOf } from './reader.ts';

type Row = Record<string, number | string | null | Uint8Array>;

/** Rows that one step of eviction looks at: the sweep holds the database for milliseconds, not seconds. */
const SWEEP_ROWS = 500;

export class SqliteCacheEntries implements CacheEntries {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async cacheSecret(): Promise<Uint8Array> {
    return this.#get('SELECT secret FROM cache_state')?.secret as Uint8Array;
  }

  async cacheGeneration(): Promise<number> {
    return Number(this.#get('SELECT generation FROM cache_state')?.generation);
  }

  async findAnswer(key: string, nowMs: number): Promise<CachedAnswer | 'corrupt' | null> {
    const row = this.#get('SELECT * FROM cache_answers WHERE key = ? AND expires_at_ms > ?', key, nowMs);
    if (row === undefined) return null;
    const answer = answerOf(row);
    if (answer === null) this.#run('DELETE FROM cache_answers WHERE key = ?', key);
    return answer ?? 'corrupt';
  }

  async putAnswer(answer: CachedAnswer): Promise<void> {
    const { body, ...facts } = answer;
    const text = JSON.stringify(facts);
    this.#run(
      `INSERT OR REPLACE INTO cache_answers
         (key, facts, protocol, endpoint, model, body, bytes, checksum, created_at_ms, expires_at_ms, last_used_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      answer.key,
      text,
      answer.protocol,
      answer.endpoint,
      answer.model,
      body,
      body.byteLength + text.length,
      checksumOf(text, body),
      answer.createdAtMs,
      answer.expiresAtMs,
      answer.createdAtMs,
    );
  }

  async touchAnswers(uses: readonly (readonly [key: string, count: number])[], atMs: number): Promise<void> {
    this.#run(
      `UPDATE cache_answers SET hits = hits + uses.count, last_used_at_ms = ?
       FROM (SELECT value ->> 0 AS key, value ->> 1 AS count FROM json_each(?)) AS uses
       WHERE cache_answers.key = uses.key`,
      atMs,
      JSON.stringify(uses),
    );
  }

  async sweepAnswers(nowMs: number, bytesMax: number): Promise<number> {
    let removed = this.#run('DELETE FROM cache_answers WHERE expires_at_ms <= ?', nowMs);
    let bytes = Number(this.#get('SELECT coalesce(sum(bytes), 0) AS bytes FROM cache_answers')?.bytes);
    while (bytes > bytesMax) {
      const oldest = this.#all(
        'SELECT key, bytes FROM cache_answers ORDER BY last_used_at_ms, key LIMIT ?',
        SWEEP_ROWS,
      );
      const victims: string[] = [];
      for (const row of oldest) {
        if (bytes <= bytesMax) break;
        bytes -= Number(row.bytes);
        victims.push(String(row.key));
      }
      removed += this.#run(
        'DELETE FROM cache_answers WHERE key IN (SELECT value FROM json_each(?))',
        JSON.stringify(victims),
      );
    }
    return removed;
  }

  async clearAnswers(model: string | null): Promise<number> {
    // The generation rises last: a server that sees it finds the answers gone.
    const removed = this.#run('DELETE FROM cache_answers WHERE ?1 IS NULL OR model = ?1', model);
    // What checks found was found of answers that are gone.
    if (model === null) this.#run('DELETE FROM cache_trust');
    this.#run('UPDATE cache_state SET generation = generation + 1');
    return removed;
  }

  async answersById(idPrefix: string): Promise<readonly CachedAnswer[]> {
    const rows = this.#all(
      'SELECT * FROM cache_answers WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT 2',
      idPrefix,
    );
    return rows.map(answerOf).filter((answer) => answer !== null);
  }

  async recentAnswers(
    protocol: string,
    endpoint: string,
    limit: number,
    { createdAtMs, key } = NEWEST,
  ): Promise<readonly AnswerFacts[]> {
    const rows = this.#all(
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
    return rows.map((row) => ({
      ...(JSON.parse(String(row.facts)) as Omit<CachedAnswer, 'body'>),
      bytes: Number(row.bytes),
      hits: Number(row.hits),
      lastUsedAtMs: Number(row.last_used_at_ms),
    }));
  }

  async cacheFacts(nowMs: number, sinceMs: number): Promise<CacheFacts> {
    const stored = this.#get(
      `SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(expires_at_ms <= ?), 0) AS expired
       FROM cache_answers`,
      nowMs,
    );
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return {
      entries: Number(stored?.entries),
      bytes: Number(stored?.bytes),
      expired: Number(stored?.expired),
      uses: Object.fromEntries([...uses].map(([use, { requests }]) => [use, requests])),
      savedNanoUsd: [...uses.values()].reduce((sum, { savedNanoUsd }) => sum + savedNanoUsd, 0),
    };
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #get(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  #all(sql: string, ...values: readonly (string | number)[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: readonly (string | number | null | Uint8Array)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}

function checksumOf(facts: string, body: Uint8Array): string {
  return hash('sha256', `${hash('sha256', facts)}${hash('sha256', body)}`);
}

/** Null where the row is not what was put. */
function answerOf(row: Row): CachedAnswer | null {
  const body = row.body as Uint8Array;
  const text = String(row.facts);
  if (checksumOf(text, body) !== row.checksum) return null;
  const facts = JSON.parse(text) as Omit<CachedAnswer, 'body'>;
  return facts.key === row.key ? { ...facts, body } : null;
}
