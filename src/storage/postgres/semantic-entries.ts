// The semantic tier's questions, counts and trust in PostgreSQL.

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
import type { PostgresDatabase, PgRow as Row, Value } from './database.ts';
import { readerOf } from './reader.ts';
import { NEAREST_QUESTIONS, textOf, VectorTable } from './vector-table.ts';

const QUESTIONS = `SELECT q.*, a.expires_at_ms FROM cache_questions q JOIN cache_answers a ON a.key = q.key`;

export class PostgresSemanticEntries implements SemanticEntries {
  readonly #database: PostgresDatabase;
  readonly #vectors: VectorTable;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#vectors = new VectorTable(database);
  }

  async partitionQuestions(
    partition: string,
    nowMs: number,
    limit: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    return this.#whole(await this.#newest('q.partition', partition, nowMs, limit));
  }

  openSearch(dimensions: number): Promise<SearchPlace> {
    return this.#vectors.open(dimensions);
  }

  async nearestQuestions(
    partition: string,
    vector: Float32Array,
    count: number,
    nowMs: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    const values = [partition, textOf(vector), vector.length, count, nowMs];
    const { questions, corrupt } = await this.#whole(await this.#all(NEAREST_QUESTIONS, ...values));
    // The index only proposes: the question itself says where it belongs.
    return { questions: questions.filter((question) => question.partition === partition), corrupt };
  }

  async bodyQuestions(
    bodyPartition: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly StoredQuestion[]> {
    const rows = await this.#newest('q.body_partition', bodyPartition, nowMs, limit);
    return rows.map(questionOf).filter((question) => question !== null);
  }

  async questionOf(key: string): Promise<StoredQuestion | null> {
    const [row] = await this.#all(`${QUESTIONS} WHERE q.key = ?`, key);
    return row === undefined ? null : questionOf(row);
  }

  async putQuestion(question: StoredQuestion): Promise<void> {
    const { key, partition, bodyPartition, embedder, text, standing } = question;
    const vector = bytesOf(question.vector);
    await this.#run(
      `INSERT INTO cache_questions
         (key, partition, body_partition, embedder, text, vector, checksum,
          distance_below, prompts, prompts_allowed, agreed, disagreed)
       SELECT ?1::text, ?2::text, ?3::text, ?4::text, ?5::text, ?6::bytea, ?7::text, ?8::float8, ?9::bigint, ?10::bigint,
         ?11::bigint, ?12::bigint
       WHERE EXISTS (SELECT 1 FROM cache_answers WHERE key = ?1)
       ON CONFLICT (key) DO UPDATE SET partition = excluded.partition, body_partition = excluded.body_partition,
         embedder = excluded.embedder, text = excluded.text, vector = excluded.vector, checksum = excluded.checksum,
         distance_below = excluded.distance_below, prompts = excluded.prompts,
         prompts_allowed = excluded.prompts_allowed, agreed = excluded.agreed, disagreed = excluded.disagreed`,
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
    await this.#run(
      'UPDATE cache_answers SET bytes = length(body) + length(facts) + ? WHERE key = ?',
      vector.byteLength + text.length,
      key,
    );
    await this.#vectors.put(key, question.vector);
  }

  async putStanding(key: string, standing: Standing): Promise<void> {
    await this.#run(
      `UPDATE cache_questions SET distance_below = least(distance_below, ?), prompts = greatest(prompts, ?),
         prompts_allowed = greatest(prompts_allowed, ?), agreed = greatest(agreed, ?), disagreed = greatest(disagreed, ?)
       WHERE key = ?`,
      standing.distanceBelow,
      standing.prompts,
      standing.promptsAllowed,
      standing.agreed,
      standing.disagreed,
      key,
    );
  }

  async scopeTrust(): Promise<readonly ScopeTrust[]> {
    return (await this.#all('SELECT * FROM cache_trust ORDER BY scope')).map(trustOf);
  }

  async putScopeTrust(trust: ScopeTrust): Promise<void> {
    await this.#run(
      `INSERT INTO cache_trust VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET
         level = excluded.level, checks = excluded.checks, disagreed = excluded.disagreed,
         total_checks = excluded.total_checks, total_disagreed = excluded.total_disagreed,
         undecided = excluded.undecided, changed_at_ms = excluded.changed_at_ms
       WHERE excluded.level >= cache_trust.level`,
      trust.scope,
      trust.level,
      trust.checks,
      trust.disagreed,
      trust.totalChecks,
      trust.totalDisagreed,
      trust.undecided,
      trust.changedAtMs,
    );
    await this.#run(
      `DELETE FROM cache_trust WHERE level = 0 AND scope IN
         (SELECT scope FROM cache_trust WHERE level = 0 ORDER BY changed_at_ms DESC OFFSET ?)`,
      SCOPES_MAX,
    );
  }

  async addCounts(counts: readonly Count[]): Promise<void> {
    await this.#run(
      `INSERT INTO cache_counts AS kept SELECT kind, name, sum(count) FROM json_to_recordset(?)
         AS given (kind text, name text, count bigint) GROUP BY kind, name ORDER BY kind, name
       ON CONFLICT (kind, name) DO UPDATE SET count = kept.count + excluded.count`,
      JSON.stringify(counts),
    );
  }

  async putTierStatus(status: TierStatus): Promise<void> {
    await this.#run('UPDATE cache_state SET tier_status = ?', JSON.stringify(status));
  }

  async semanticFacts(sinceMs: number): Promise<SemanticFacts> {
    const [state] = await this.#all('SELECT tier_status FROM cache_state');
    const embedders = await this.#all(
      'SELECT embedder, count(*) AS n FROM cache_questions GROUP BY embedder',
    );
    const [entries] = await this.#all(
      `SELECT count(*) FILTER (WHERE distance_below = 0) AS stopped,
         count(*) FILTER (WHERE distance_below > 0) AS tightened
       FROM cache_questions`,
    );
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return semanticFactsOf({
      status: state?.tier_status,
      embedders,
      entries,
      counts: await this.#all('SELECT * FROM cache_counts ORDER BY kind, count DESC, name'),
      trust: await this.scopeTrust(),
      shadowCostNanoUsd: uses.get('shadow')?.costNanoUsd,
    });
  }

  /** Those that are what was put; others go. */
  #whole(
    rows: readonly Row[],
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    return wholeQuestions(rows, (key) => this.#run('DELETE FROM cache_questions WHERE key = ?', key));
  }

  /** Oldest of them first: the index drops from that end. */
  async #newest(
    column: 'q.partition' | 'q.body_partition',
    value: string,
    nowMs: number,
    limit: number,
  ): Promise<Row[]> {
    const rows = await this.#all(
      `${QUESTIONS} WHERE ${column} = ? AND a.expires_at_ms > ? ORDER BY a.created_at_ms DESC, q.key LIMIT ?`,
      value,
      nowMs,
      limit,
    );
    return rows.reverse();
  }

  #all(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }

  async #run(sql: string, ...values: readonly Value[]): Promise<void> {
    await this.#database.run(sql, values);
  }
}
