// The prompt cache's answers in Oracle Database.

import {
  type AnswerFacts,
  type CachedAnswer,
  type CacheEntries,
  type CacheFacts,
  NEWEST,
} from '../../cache/ports.ts';
import { answerFactsOf, answerOf, cacheFactsOf, evicted, factsOf, SWEEP_ROWS } from '../rows/cache-rows.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import { CACHE_ENTRIES } from './catalogue/cache-entries.ts';
import type { OracleDatabase } from './database.ts';
import { unlessTaken } from './faults.ts';
import { readerOf } from './reader.ts';

export class OracleCacheEntries implements CacheEntries {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  async cacheSecret(): Promise<Uint8Array> {
    return (await this.#database.rows(CACHE_ENTRIES.state))[0]?.secret as Uint8Array;
  }

  async cacheGeneration(): Promise<number> {
    return Number((await this.#database.rows(CACHE_ENTRIES.state))[0]?.generation);
  }

  async findAnswer(key: string, nowMs: number): Promise<CachedAnswer | 'corrupt' | null> {
    const [row] = await this.#database.rows(CACHE_ENTRIES.find, { entry_key: key, now_ms: nowMs });
    if (row === undefined) return null;
    const answer = answerOf(row.entry_key, row);
    if (answer === null) await this.#database.run(CACHE_ENTRIES.remove, { entry_key: key });
    return answer ?? 'corrupt';
  }

  async putAnswer(answer: CachedAnswer): Promise<void> {
    const { text, bytes, checksum } = factsOf(answer);
    const put = {
      entry_key: answer.key,
      protocol: answer.protocol,
      endpoint: answer.endpoint,
      model: answer.model,
      bytes,
      checksum,
      created_at_ms: answer.createdAtMs,
      expires_at_ms: answer.expiresAtMs,
      facts: text,
      body: answer.body,
    };
    await this.#database.transaction(async (asked) => {
      // A question goes with the answer that it was asked for.
      await asked.run(CACHE_ENTRIES.remove, { entry_key: answer.key });
      // Another proxy may have put the same answer meanwhile: either will do.
      await unlessTaken(asked.run(CACHE_ENTRIES.add, put));
    });
  }

  async touchAnswers(uses: readonly (readonly [key: string, count: number])[], atMs: number): Promise<void> {
    // In one order for all: two who touch the same answers do not wait for each other.
    const sorted = uses.toSorted(([one], [other]) => (one < other ? -1 : 1));
    await this.#database.runMany(
      CACHE_ENTRIES.touch,
      sorted.map(([key, count]) => ({ uses: count, at_ms: atMs, entry_key: key })),
    );
  }

  async sweepAnswers(nowMs: number, bytesMax: number): Promise<number> {
    let removed = await this.#database.run(CACHE_ENTRIES.removeExpired, { now_ms: nowMs });
    let bytes = Number((await this.#database.rows(CACHE_ENTRIES.bytes))[0]?.bytes);
    while (bytes > bytesMax) {
      const oldest = await this.#database.rows(CACHE_ENTRIES.longestUnused, { how_many: SWEEP_ROWS });
      const rows = oldest.map((row) => ({ key: row.entry_key, bytes: row.bytes }));
      const { victims, left } = evicted(rows, bytes, bytesMax);
      if (victims.length === 0) break;
      bytes = left;
      removed += await this.#database.runMany(
        CACHE_ENTRIES.remove,
        victims.map((key) => ({ entry_key: key })),
      );
    }
    return removed;
  }

  async clearAnswers(model: string | null): Promise<number> {
    return this.#database.transaction(async (asked) => {
      const removed =
        model === null
          ? await asked.run(CACHE_ENTRIES.clear)
          : await asked.run(CACHE_ENTRIES.clearModel, { model });
      // What checks found was found of answers that are gone.
      if (model === null) await asked.run(CACHE_ENTRIES.clearTrust);
      await asked.run(CACHE_ENTRIES.raiseGeneration);
      return removed;
    });
  }

  async answersById(idPrefix: string): Promise<readonly CachedAnswer[]> {
    const rows = await this.#database.rows(CACHE_ENTRIES.byPrefix, { prefix: idPrefix });
    return rows.map((row) => answerOf(row.entry_key, row)).filter((answer) => answer !== null);
  }

  async recentAnswers(
    protocol: string,
    endpoint: string,
    limit: number,
    { createdAtMs, key } = NEWEST,
  ): Promise<readonly AnswerFacts[]> {
    const place = { created_at_ms: createdAtMs, behind_key: key };
    const rows = await this.#database.rows(CACHE_ENTRIES.recent, {
      protocol,
      endpoint,
      ...place,
      how_many: limit,
    });
    return rows.map(answerFactsOf);
  }

  async cacheFacts(nowMs: number, sinceMs: number): Promise<CacheFacts> {
    const [stored] = await this.#database.rows(CACHE_ENTRIES.facts, { now_ms: nowMs });
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return cacheFactsOf(stored, uses);
  }
}
