// The semantic tier's questions, counts and trust in Oracle Database. A question's vector is a VECTOR.

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
import { SEMANTIC_ENTRIES } from './catalogue/semantic-entries.ts';
import type { OracleDatabase } from './database.ts';
import { unlessTaken } from './faults.ts';
import { readerOf } from './reader.ts';
import type { OracleRow } from './values.ts';
import { type VectorIndexChoice, VectorSearch } from './vector-search.ts';

export class OracleSemanticEntries implements SemanticEntries {
  readonly #database: OracleDatabase;
  readonly #search: VectorSearch;

  /** `index`: what the user asks for; commands make none. */
  constructor(database: OracleDatabase, index: VectorIndexChoice) {
    this.#database = database;
    this.#search = new VectorSearch(database, index);
  }

  async partitionQuestions(
    partition: string,
    nowMs: number,
    limit: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    const values = { place: partition, now_ms: nowMs, how_many: limit };
    const rows = await this.#database.rows(SEMANTIC_ENTRIES.newestOfPartition, values);
    // Oldest of them first: the index drops from that end.
    return this.#whole(rows.reverse());
  }

  openSearch(): Promise<SearchPlace> {
    return this.#search.open();
  }

  async nearestQuestions(
    partition: string,
    vector: Float32Array,
    count: number,
    nowMs: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    return this.#whole(await this.#search.nearest(partition, vector, count, nowMs));
  }

  async bodyQuestions(
    bodyPartition: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly StoredQuestion[]> {
    const values = { place: bodyPartition, now_ms: nowMs, how_many: limit };
    const rows = await this.#database.rows(SEMANTIC_ENTRIES.newestOfBody, values);
    return rows
      .reverse()
      .map((row) => questionOf(rowOf(row)))
      .filter((question) => question !== null);
  }

  async questionOf(key: string): Promise<StoredQuestion | null> {
    const [row] = await this.#database.rows(SEMANTIC_ENTRIES.question, { entry_key: key });
    return row === undefined ? null : questionOf(rowOf(row));
  }

  async putQuestion(question: StoredQuestion): Promise<void> {
    const { key, partition, bodyPartition, embedder, text, vector } = question;
    const values = {
      entry_key: key,
      partition_name: partition,
      body_partition: bodyPartition,
      embedder,
      checksum: checksumOf(question, bytesOf(vector)),
      ...standingValues(question.standing),
      embedding: vector,
      question: text,
    };
    await this.#database.transaction(async (asked) => {
      if ((await asked.rows(SEMANTIC_ENTRIES.holdAnswer, { entry_key: key })).length === 0) return;
      if ((await asked.run(SEMANTIC_ENTRIES.change, values)) === 0)
        await asked.run(SEMANTIC_ENTRIES.add, values);
      // What it takes counts against the cache's bound, and goes with the answer.
      const question_bytes = vector.byteLength + text.length;
      await asked.run(SEMANTIC_ENTRIES.countBytes, { question_bytes, entry_key: key });
    });
  }

  async putStanding(key: string, standing: Standing): Promise<void> {
    await this.#database.run(SEMANTIC_ENTRIES.putStanding, { ...standingValues(standing), entry_key: key });
  }

  async scopeTrust(): Promise<readonly ScopeTrust[]> {
    const rows = await this.#database.rows(SEMANTIC_ENTRIES.trust);
    return rows.map((row) => trustOf({ ...row, level: row.trust_level }));
  }

  async putScopeTrust(trust: ScopeTrust): Promise<void> {
    const values = {
      scope: trust.scope,
      trust_level: trust.level,
      checks: trust.checks,
      disagreed: trust.disagreed,
      total_checks: trust.totalChecks,
      total_disagreed: trust.totalDisagreed,
      undecided: trust.undecided,
      changed_at_ms: trust.changedAtMs,
    };
    await this.#database.transaction(async (asked) => {
      if ((await asked.run(SEMANTIC_ENTRIES.changeTrust, values)) > 0) return;
      // Or another proxy put the same at once, or knows more against it.
      await unlessTaken(asked.run(SEMANTIC_ENTRIES.addTrust, values));
    });
    await this.#database.run(SEMANTIC_ENTRIES.dropOldTrust, { how_many: SCOPES_MAX });
  }

  async addCounts(counts: readonly Count[]): Promise<void> {
    const sums = new Map<string, Count>();
    for (const { kind, name, count } of counts) {
      const id = JSON.stringify([kind, name]);
      sums.set(id, { kind, name, count: count + (sums.get(id)?.count ?? 0) });
    }
    // In one order for all: two who count the same do not wait for each other.
    const sorted = [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1));
    await this.#database.runMany(
      SEMANTIC_ENTRIES.addCounts,
      sorted.map(([, { kind, name, count }]) => ({ kind, name, times: count })),
    );
  }

  async putTierStatus(status: TierStatus): Promise<void> {
    await this.#database.run(SEMANTIC_ENTRIES.putStatus, { status: JSON.stringify(status) });
  }

  /** Those that are what was put; others go. */
  #whole(
    rows: readonly OracleRow[],
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
    return wholeQuestions(rows.map(rowOf), async (key) => {
      await this.#database.run(SEMANTIC_ENTRIES.remove, { entry_key: key });
    });
  }

  async semanticFacts(sinceMs: number): Promise<SemanticFacts> {
    const [state] = await this.#database.rows(SEMANTIC_ENTRIES.status);
    const embedders = await this.#database.rows(SEMANTIC_ENTRIES.embedders);
    const [entries] = await this.#database.rows(SEMANTIC_ENTRIES.entries);
    const counts = await this.#database.rows(SEMANTIC_ENTRIES.counts);
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return semanticFactsOf({
      status: state?.tier_status,
      embedders,
      entries,
      counts: counts.map((row) => ({ ...row, count: row.times })),
      trust: await this.scopeTrust(),
      shadowCostNanoUsd: uses.get('shadow')?.costNanoUsd,
    });
  }
}

function standingValues(standing: Standing) {
  return {
    distance_below: standing.distanceBelow,
    prompts: standing.prompts,
    prompts_allowed: standing.promptsAllowed,
    agreed: standing.agreed,
    disagreed: standing.disagreed,
  };
}

/** As every store has it. */
function rowOf(row: OracleRow) {
  const { entry_key: key, partition_name: partition, question: text, embedding } = row;
  const vector = embedding instanceof Float32Array ? bytesOf(embedding) : new Uint8Array();
  return { ...row, key, partition, text, vector };
}
