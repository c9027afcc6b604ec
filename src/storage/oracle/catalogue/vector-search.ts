// The search for the nearest questions: one by one, which is exact, or by an index of vectors, where a user asked for
// one and the database has made it.

import { NEIGHBOURS } from '../../../cache/semantic/ranking.ts';
import { QUESTION_COLUMNS } from './semantic-entries.ts';
import { statement } from './statement.ts';

/** Graphs lie in the instance's vector memory; partitions lie in the tablespace. */
const VECTOR_INDEXES = {
  hnsw: 'INMEMORY NEIGHBOR GRAPH',
  ivf: 'NEIGHBOR PARTITIONS',
} as const;
export type VectorIndexKind = keyof typeof VECTOR_INDEXES;

const ACCURACY = 95;
/** Of the nearest by the index some are of answers that have expired. */
const BY_INDEX = 4 * NEIGHBOURS;

const NEAREST = { place: 'name', asked_for: 'vector', now_ms: 'number', how_many: 'number' } as const;
const DISTANCE = 'VECTOR_DISTANCE(q.embedding, :asked_for, COSINE)';

const indexSql = (kind: VectorIndexKind): string =>
  `CREATE VECTOR INDEX cache_questions_near ON cache_questions (embedding) ORGANIZATION ${VECTOR_INDEXES[kind]}
    DISTANCE COSINE WITH TARGET ACCURACY ${ACCURACY}`;

export const VECTOR_SEARCH = {
  /** Vectors of other dimensions compare with nothing (ORA-51808). */
  nearest: statement(
    `SELECT ${QUESTION_COLUMNS}, a.expires_at_ms
      FROM cache_questions q JOIN cache_answers a ON a.entry_key = q.entry_key
      WHERE q.partition_name = :place AND a.expires_at_ms > :now_ms AND VECTOR_DIMENSION_COUNT(q.embedding) = :dimensions
      ORDER BY ${DISTANCE} FETCH FIRST :how_many ROWS ONLY`,
    { ...NEAREST, dimensions: 'number' },
  ),
  /** An index serves a search of its own table, whose count is no bind. */
  nearestByIndex: statement(
    `SELECT ${QUESTION_COLUMNS}, a.expires_at_ms FROM (
        SELECT ${QUESTION_COLUMNS}, ${DISTANCE} AS distance FROM cache_questions q WHERE q.partition_name = :place
        ORDER BY ${DISTANCE} FETCH APPROX FIRST ${BY_INDEX} ROWS ONLY WITH TARGET ACCURACY ${ACCURACY}) q
      JOIN cache_answers a ON a.entry_key = q.entry_key
      WHERE a.expires_at_ms > :now_ms ORDER BY q.distance FETCH FIRST :how_many ROWS ONLY`,
    NEAREST,
  ),
  hnsw: statement(indexSql('hnsw')),
  ivf: statement(indexSql('ivf')),
  /** What there is. */
  index: statement(
    `SELECT index_name, status FROM user_indexes WHERE table_name = 'CACHE_QUESTIONS' AND index_type = 'VECTOR'`,
  ),
};
