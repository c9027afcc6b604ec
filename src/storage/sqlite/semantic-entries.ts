// The semantic tier's questions, counts and trust in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type {
  Count,
  ScopeTrust,
  SearchPlace,
  SemanticEntries,
  SemanticFacts,
  Standing,
  StoredQuestion,
  TierStatus,
} from '../../cache/semantic/ports.ts';
import {
  bytesOf,
  checksumOf,
  questionOf,
  SCOPES_MAX,
  semanticFactsOf,
  trustOf,
  wholeQuestions,
} from '../rows/semantic-rows.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import { readerOf } from './reader.ts';
import { type Row, Statements } from './statements.ts';

export const COMPARED: SearchPlace = {
  by: 'memory',
  about: 'in this server’s memory, one with all others',
  isShared: false,
};
const QUESTIONS = `SELECT q.*, a.expires_at_ms FROM cache_questions q JOIN cache_answers a ON a.key = q.key`;

export class SqliteSemanticEntries implements SemanticEntries {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  async partitionQuestions(
    partition: string,
    nowMs: number,
    limit: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    const rows = this.#newest('q.partition', partition, nowMs, limit);
    return wholeQuestions(rows, (key) => {
      this.#statements.run('DELETE FROM cache_questions WHERE key = ?', key);
    });
  }

  async openSearch(): Promise<SearchPlace> {
    return COMPARED;
  }

  async nearestQuestions(): Promise<never> {
    throw new Error('this store has no index of vectors');
  }

  async bodyQuestions(
    bodyPartition: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly StoredQuestion[]> {
    const rows = this.#newest('q.body_partition', bodyPartition, nowMs, limit);
    return rows.map(questionOf).filter((question) => question !== null);
  }

  async questionOf(key: string): Promise<StoredQuestion | null> {
    const [row] = this.#statements.all(`${QUESTIONS} WHERE q.key = ?`, key);
    return row === undefined ? null : questionOf(row);
  }

  async putQuestion(question: StoredQuestion): Promise<void> {
    const { key, partition, bodyPartition, embedder, text, standing } = question;
    const vector = bytesOf(question.vector);
    this.#statements.run(
      `INSERT OR REPLACE INTO cache_questions
         (key, partition, body_partition, embedder, text, vector, checksum,
          distance_below, prompts, prompts_allowed, agreed, disagreed)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
       WHERE EXISTS (SELECT 1 FROM cache_answers WHERE key = ?1)`,
      key,
      partition,
      bodyPartition,
      embedder,
      text,
      vector,
      checksumOf(question, vector),
      standing.distanceBelow,
      standing.prompts,
      standing.promptsAllowed,
      standing.agreed,
      standing.disagreed,
    );
    // What it takes counts against the cache's bound, and goes with the answer.
    this.#statements.run(
      'UPDATE cache_answers SET bytes = length(body) + length(facts) + ? WHERE key = ?',
      vector.byteLength + text.length,
      key,
    );
  }

  async putStanding(key: string, standing: Standing): Promise<void> {
    this.#statements.run(
      `UPDATE cache_questions
       SET distance_below = ?, prompts = ?, prompts_allowed = ?, agreed = ?, disagreed = ? WHERE key = ?`,
      standing.distanceBelow,
      standing.prompts,
      standing.promptsAllowed,
      standing.agreed,
      standing.disagreed,
      key,
    );
  }

  async scopeTrust(): Promise<readonly ScopeTrust[]> {
    return this.#statements.all('SELECT * FROM cache_trust ORDER BY scope').map(trustOf);
  }

  async putScopeTrust(trust: ScopeTrust): Promise<void> {
    this.#statements.run(
      'INSERT OR REPLACE INTO cache_trust VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      trust.scope,
      trust.level,
      trust.checks,
      trust.disagreed,
      trust.totalChecks,
      trust.totalDisagreed,
      trust.undecided,
      trust.changedAtMs,
    );
    this.#statements.run(
      `DELETE FROM cache_trust WHERE level = 0 AND scope IN
         (SELECT scope FROM cache_trust WHERE level = 0 ORDER BY changed_at_ms DESC LIMIT -1 OFFSET ?)`,
      SCOPES_MAX,
    );
  }

  async addCounts(counts: readonly Count[]): Promise<void> {
    this.#statements.run(
      `INSERT INTO cache_counts SELECT value ->> 'kind', value ->> 'name', value ->> 'count' FROM json_each(?)
       WHERE true ON CONFLICT DO UPDATE SET count = count + excluded.count`,
      JSON.stringify(counts),
    );
  }

  async putTierStatus(status: TierStatus): Promise<void> {
    this.#statements.run('UPDATE cache_state SET tier_status = ?', JSON.stringify(status));
  }

  async semanticFacts(sinceMs: number): Promise<SemanticFacts> {
    const [state] = this.#statements.all('SELECT tier_status FROM cache_state');
    const embedders = this.#statements.all(
      'SELECT embedder, count(*) AS n FROM cache_questions GROUP BY embedder',
    );
    const [entries] = this.#statements.all(
      `SELECT coalesce(sum(distance_below = 0), 0) AS stopped, coalesce(sum(distance_below > 0), 0) AS tightened
       FROM cache_questions`,
    );
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return semanticFactsOf({
      status: state?.tier_status,
      embedders,
      entries,
      counts: this.#statements.all('SELECT * FROM cache_counts ORDER BY kind, count DESC, name'),
      trust: await this.scopeTrust(),
      shadowCostNanoUsd: uses.get('shadow')?.costNanoUsd,
    });
  }

  /** Oldest of them first: the index drops from that end. */
  #newest(column: 'q.partition' | 'q.body_partition', value: string, nowMs: number, limit: number): Row[] {
    return this.#statements
      .all(
        `${QUESTIONS} WHERE ${column} = ? AND a.expires_at_ms > ? ORDER BY a.created_at_ms DESC, q.key LIMIT ?`,
        value,
        nowMs,
        limit,
      )
      .reverse();
  }
}
