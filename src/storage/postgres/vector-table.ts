// Vectors of the cache's questions for pgvector, beside the questions themselves, whose bytes stay the truth: a table
// that is there only where the extension is, is filled from them, and can be dropped at any time.

import type { SearchPlace } from '../../cache/semantic/ports.ts';
import type { Asked, PostgresDatabase, PgRow as Row } from './database.ts';

/** The first with a scan that goes on until enough rows of one partition are found. */
const VERSION_MIN = [0, 8];
/** "TWVECT": whoever makes the table holds it. */
const VECTOR_LOCK = 0x54_57_56_45_43_54;
const FILL_ROWS = 500;
/** What an index of single precision can hold; beyond that half, and beyond that none. */
const SINGLE_DIMENSIONS_MAX = 2000;
const HALF_DIMENSIONS_MAX = 4000;
/** So many rows of a partition are compared in a few milliseconds. */
const COMPARED_WHOLE_MAX = 2000;
const NO_PRIVILEGE = '42501';

/** What the server says of the extension. */
interface Support {
  /** Null where it is not in this database. */
  readonly version: string | null;
  /** Where its types are. */
  readonly schema: string;
  /** What could be made; null where the server does not have it. */
  readonly available: string | null;
}

export class VectorTable {
  readonly #database: PostgresDatabase;
  #opened: { readonly dimensions: number; readonly place: Promise<SearchPlace> } | null = null;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Makes table and index, once for the vectors of an embedder. */
  open(dimensions: number): Promise<SearchPlace> {
    if (this.#opened?.dimensions === dimensions) return this.#opened.place;
    const place = this.#make(dimensions);
    const opened = { dimensions, place };
    this.#opened = opened;
    place.catch(() => {
      if (this.#opened === opened) this.#opened = null;
    });
    return place;
  }

  async put(key: string, vector: Float32Array): Promise<void> {
    if ((await this.open(vector.length)).by === 'memory') return;
    await this.#database.run(
      `INSERT INTO cache_vectors SELECT key, partition, ?1::integer, ?2 FROM cache_questions WHERE key = ?3
       ON CONFLICT (key) DO UPDATE SET partition = excluded.partition, dimensions = excluded.dimensions,
         embedding = excluded.embedding`,
      [vector.length, textOf(vector), key],
    );
  }

  async #make(dimensions: number): Promise<SearchPlace> {
    const support = await supportAfterTrying(this.#database);
    const place = placeBy(support);
    if (place.by === 'memory') return place;
    await this.#database.transaction(async (asked) => {
      await asked.run('SELECT pg_advisory_xact_lock(?)', [VECTOR_LOCK]);
      for (const sql of tableSql(quoted(support.schema), dimensions)) await asked.run(sql);
    });
    for (;;) if ((await this.#fill()) === 0) return place;
  }

  /** Questions from before there was a table, or moved here from another store. */
  async #fill(): Promise<number> {
    const missing = await this.#database.rows(
      `SELECT q.key, q.partition, q.vector FROM cache_questions q LEFT JOIN cache_vectors v ON v.key = q.key
       WHERE v.key IS NULL LIMIT ?`,
      [FILL_ROWS],
    );
    const whole = missing.flatMap(vectorOf);
    // What is no vector is of no use to anybody: its answer still serves identical prompts.
    for (const { key } of missing.filter((row) => vectorOf(row).length === 0))
      await this.#database.run('DELETE FROM cache_questions WHERE key = ?', [String(key)]);
    await this.#database.run(
      `INSERT INTO cache_vectors SELECT given.* FROM json_populate_recordset(NULL::cache_vectors, ?) AS given
       JOIN cache_questions USING (key) ON CONFLICT (key) DO NOTHING`,
      [JSON.stringify(whole)],
    );
    return missing.length;
  }
}

export const NEAREST_QUESTIONS = `SELECT q.*, a.expires_at_ms
  FROM cache_nearest(?, ?, ?, ?, ?) WITH ORDINALITY AS near (key, place)
  JOIN cache_questions q ON q.key = near.key JOIN cache_answers a ON a.key = q.key ORDER BY near.place`;

/** As PostgreSQL reads a vector. */
export const textOf = (vector: Float32Array): string => `[${vector.join(',')}]`;

/** As it is now; nothing is made. */
export async function searchPlace(asked: Asked): Promise<SearchPlace> {
  return placeBy(await supportOf(asked));
}

async function supportAfterTrying(database: PostgresDatabase): Promise<Support> {
  const support = await supportOf(database);
  if (support.version !== null || support.available === null) return support;
  try {
    await database.transaction(async (asked) => {
      await asked.run('SELECT pg_advisory_xact_lock(?)', [VECTOR_LOCK]);
      await asked.run('CREATE EXTENSION IF NOT EXISTS vector');
    });
  } catch (error) {
    if ((error as { code?: string }).code !== NO_PRIVILEGE) throw error;
  }
  return supportOf(database);
}

async function supportOf(asked: Asked): Promise<Support> {
  const [row] = await asked.rows(`SELECT
    (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available, extversion, nspname
    FROM (SELECT 1) AS one LEFT JOIN pg_extension ON extname = 'vector' LEFT JOIN pg_namespace n ON n.oid = extnamespace`);
  const text = (value: Row[string] | undefined): string | null => (typeof value === 'string' ? value : null);
  return {
    version: text(row?.extversion),
    schema: text(row?.nspname) ?? 'public',
    available: text(row?.available),
  };
}

function placeBy({ version, available }: Support): SearchPlace {
  const memory = (why: string): SearchPlace => ({
    by: 'memory',
    about: `in each proxy’s memory: ${why}`,
    isShared: true,
  });
  if (version === null)
    return available === null
      ? memory('the server has no pgvector')
      : memory(`pgvector ${available} is not in this database yet: CREATE EXTENSION vector`);
  if (isOlder(version))
    return memory(
      `pgvector ${version} is older than ${VERSION_MIN.join('.')}: ALTER EXTENSION vector UPDATE`,
    );
  return { by: 'store', about: `in the database, by pgvector ${version} (HNSW)`, isShared: true };
}

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of VERSION_MIN.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema` is the extension's, which need not be on the role's path. */
function tableSql(schema: string, dimensions: number): readonly string[] {
  const type = dimensions <= SINGLE_DIMENSIONS_MAX ? 'vector' : 'halfvec';
  const index = `CREATE INDEX IF NOT EXISTS cache_vectors_${dimensions} ON cache_vectors
    USING hnsw ((embedding::${schema}.${type}(${dimensions})) ${schema}.${type}_cosine_ops) WHERE dimensions = ${dimensions}`;
  return [
    `CREATE TABLE IF NOT EXISTS cache_vectors (
      key text COLLATE "C" PRIMARY KEY REFERENCES cache_questions (key) ON DELETE CASCADE,
      partition text COLLATE "C" NOT NULL, dimensions integer NOT NULL, embedding ${schema}.vector NOT NULL)`,
    'CREATE INDEX IF NOT EXISTS cache_vectors_partition ON cache_vectors (partition)',
    ...(dimensions <= HALF_DIMENSIONS_MAX ? [index] : []),
    // Loads the extension, whose settings nobody may name before.
    `SELECT '[1]'::${schema}.vector`,
    nearestSql(schema),
  ];
}

/** A partition of few is compared whole, and exactly; of many, the index is walked until enough of them are found. */
function nearestSql(schema: string): string {
  const type = `%2$s`;
  return `CREATE OR REPLACE FUNCTION cache_nearest (
      place text, query text, dims integer, how_many integer, now_ms bigint) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET hnsw.iterative_scan = 'strict_order' SET hnsw.ef_search = '100' AS $function$
    DECLARE
      is_small boolean := (SELECT count(*) <= ${COMPARED_WHOLE_MAX} FROM
        (SELECT 1 FROM cache_vectors WHERE partition = place LIMIT ${COMPARED_WHOLE_MAX + 1}) AS counted);
    BEGIN
      RETURN QUERY EXECUTE format($query$
        SELECT v.key FROM %3$s v JOIN cache_answers a ON a.key = v.key
        WHERE v.partition = $1 AND v.dimensions = %1$s AND a.expires_at_ms > $2
        ORDER BY v.embedding::${schema}.${type}(%1$s) OPERATOR(${schema}.<=>) $3::${schema}.${type}(%1$s) LIMIT $4
      $query$, dims, CASE WHEN dims <= ${SINGLE_DIMENSIONS_MAX} THEN 'vector' ELSE 'halfvec' END,
        CASE WHEN is_small THEN '(SELECT * FROM cache_vectors WHERE partition = $1 OFFSET 0)' ELSE 'cache_vectors' END)
      USING place, now_ms, query, how_many;
    END $function$`;
}

/** None where the bytes are no vector. */
function vectorOf({ key, partition, vector }: Row): readonly object[] {
  const bytes = vector as Uint8Array;
  if (bytes.byteLength === 0 || bytes.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) return [];
  const values = new Float32Array(bytes.slice().buffer);
  if (!values.every(Number.isFinite)) return [];
  return [{ key, partition, dimensions: values.length, embedding: textOf(values) }];
}
