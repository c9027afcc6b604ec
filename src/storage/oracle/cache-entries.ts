// The prompt cache's answers in Oracle Database.

import { hash } from 'node:crypto';
import {
  type AnswerFacts,
  type CachedAnswer,
  type CacheEntries,
  type CacheFacts,
  NEWEST,
} from '../../cache/ports.ts';
import { RollupReports } from '../sql/rollup-reports.ts';
import { CACHE_ENTRIES } from './catalogue/cache-entries.ts';
import type { OracleDatabase } from './database.ts';
import { oraCodeOf } from './faults.ts';
import { readerOf } from './reader.ts';
import type { OracleRow } from './values.ts';

/** Rows that one step of eviction looks at: the sweep holds the database for milliseconds, not seconds. */
const SWEEP_ROWS = 500;
const ORA_TAKEN = 1;

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
    const answer = answerOf(row);
    if (answer === null) await this.#database.run(CACHE_ENTRIES.remove, { entry_key: key });
    return answer ?? 'corrupt';
  }

  async putAnswer(answer: CachedAnswer): Promise<void> {
    const { body, ...facts } = answer;
    const text = JSON.stringify(facts);
    const put = {
      entry_key: answer.key,
      protocol: answer.protocol,
      endpoint: answer.endpoint,
      model: answer.model,
      bytes: body.byteLength + text.length,
      checksum: checksumOf(text, body),
      created_at_ms: answer.createdAtMs,
      expires_at_ms: answer.expiresAtMs,
      facts: text,
      body,
    };
    await this.#database.transaction(async (asked) => {
      // A question goes with the answer that it was asked for.
      await asked.run(CACHE_ENTRIES.remove, { entry_key: answer.key });
      await asked.run(CACHE_ENTRIES.add, put).catch((error: unknown) => {
        // Another proxy has put the same answer meanwhile: either will do.
        if (oraCodeOf(error) !== ORA_TAKEN) throw error;
      });
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
      const victims: { readonly entry_key: string }[] = [];
      for (const row of oldest) {
        if (bytes <= bytesMax) break;
        bytes -= Number(row.bytes);
        victims.push({ entry_key: String(row.entry_key) });
      }
      if (victims.length === 0) break;
      removed += await this.#database.runMany(CACHE_ENTRIES.remove, victims);
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
    return rows.map(answerOf).filter((answer) => answer !== null);
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
    return rows.map((row) => ({
      ...(JSON.parse(String(row.facts)) as Omit<CachedAnswer, 'body'>),
      bytes: Number(row.bytes),
      hits: Number(row.hits),
      lastUsedAtMs: Number(row.last_used_at_ms),
    }));
  }

  async cacheFacts(nowMs: number, sinceMs: number): Promise<CacheFacts> {
    const [stored] = await this.#database.rows(CACHE_ENTRIES.facts, { now_ms: nowMs });
    const uses = await new RollupReports(readerOf(this.#database), 0).cacheUses(sinceMs);
    return {
      entries: Number(stored?.entries),
      bytes: Number(stored?.bytes),
      expired: Number(stored?.expired),
      uses: Object.fromEntries([...uses].map(([use, { requests }]) => [use, requests])),
      savedNanoUsd: [...uses.values()].reduce((sum, { savedNanoUsd }) => sum + savedNanoUsd, 0),
    };
  }
}

function checksumOf(facts: string, body: Uint8Array): string {
  return hash('sha256', `${hash('sha256', facts)}${hash('sha256', body)}`);
}

/** Null where the row is not what was put. */
function answerOf(row: OracleRow): CachedAnswer | null {
  // No bytes are null, as Oracle has them.
  const body = row.body instanceof Uint8Array ? row.body : new Uint8Array();
  const text = String(row.facts);
  if (checksumOf(text, body) !== row.checksum) return null;
  const facts = JSON.parse(text) as Omit<CachedAnswer, 'body'>;
  return facts.key === row.entry_key ? { ...facts, body } : null;
}
