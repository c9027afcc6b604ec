// Compares a prompt with the stored questions in Oracle Database: one by one, which is exact, or by an index of vectors
// where the user asks for one (TOKENWATCH_ORACLE_VECTOR_INDEX) and the database can make it. Why it could not is told.

import type { SearchPlace } from '../../cache/semantic/ports.ts';
import { NEIGHBOURS } from '../../cache/semantic/ranking.ts';
import { VECTOR_SEARCH, type VectorIndexKind } from './catalogue/vector-search.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { faultOf, oraCodeOf } from './faults.ts';
import type { OracleRow } from './values.ts';

/** `none`: no index, and every vector of a partition is compared. */
export type VectorIndexChoice = 'none' | VectorIndexKind;

const ORA_EXISTS = 955;
/** Of a table that has one already, under whatever name. */
const ORA_INDEXED = 1408;
const NAMES = { hnsw: 'HNSW', ivf: 'IVF' } as const;

export class VectorSearch {
  readonly #database: OracleDatabase;
  readonly #choice: VectorIndexChoice;
  #opened: Promise<SearchPlace> | null = null;
  #hasIndex = false;

  constructor(database: OracleDatabase, choice: VectorIndexChoice) {
    this.#database = database;
    this.#choice = choice;
  }

  /** Makes the index, where it is asked for, once. */
  open(): Promise<SearchPlace> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  /** Nearest first. */
  nearest(partition: string, vector: Float32Array, count: number, nowMs: number): Promise<OracleRow[]> {
    const values = { place: partition, asked_for: vector, now_ms: nowMs, how_many: count };
    if (this.#hasIndex && count <= NEIGHBOURS)
      return this.#database.rows(VECTOR_SEARCH.nearestByIndex, values);
    return this.#database.rows(VECTOR_SEARCH.nearest, { ...values, dimensions: vector.length });
  }

  async #open(): Promise<SearchPlace> {
    if (this.#choice === 'none') return placed('one by one (exact)');
    const refused = await this.#make(this.#choice);
    this.#hasIndex = refused === null;
    return placed(
      refused === null
        ? `by its vector index (${NAMES[this.#choice]})`
        : `one by one (exact): the database made no vector index. ${refused}`,
    );
  }

  /** Null where it is there; otherwise what the database said, with what can be done. */
  async #make(kind: VectorIndexKind): Promise<string | null> {
    try {
      await this.#database.run(VECTOR_SEARCH[kind]);
      return null;
    } catch (error) {
      const code = oraCodeOf(error);
      if (code === ORA_EXISTS || code === ORA_INDEXED) return null;
      const { kind: faultKind, advice } = faultOf(error);
      // What passes by itself is tried again.
      if (faultKind === 'away' || faultKind === 'busy' || code === null) throw error;
      return `${String((error as Error).message).split('\n')[0]}. ${advice}`;
    }
  }
}

/** As it is now, for people; nothing is made. */
export async function searchPlace(database: Asked): Promise<SearchPlace> {
  const [index] = await database.rows(VECTOR_SEARCH.index);
  return placed(index === undefined ? 'one by one (exact)' : `with a vector index (${String(index.status)})`);
}

const placed = (how: string): SearchPlace => ({
  by: 'store',
  about: `in the database, ${how}`,
  isShared: true,
});
