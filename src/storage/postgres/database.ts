// The connection to PostgreSQL: a small pool, statements with `?`, transactions, and migrations under a lock.

import pg from 'pg';
import { TokenWatchError } from '../../core/errors.ts';
import { MIGRATIONS } from './schema.ts';

export type Value = string | number | boolean | null | Uint8Array;
export type PgRow = Record<string, string | number | boolean | null | Uint8Array>;

/** What a question can be put to: the pool, or a transaction's one connection. */
export interface Asked {
  rows(sql: string, values?: readonly Value[]): Promise<PgRow[]>;
  /** How many rows a statement changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
}

const CONNECT_TIMEOUT_MS = 5000;
const MIGRATION_TIMEOUT_MS = 3_600_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** A transaction of ours takes milliseconds; one whose process was stopped must not hold up the others. */
const IDLE_TRANSACTION_MS = 10_000;
const LOCK_TIMEOUT_MS = 20_000;
/** "TWATCH" in ASCII: whoever migrates holds it. */
const MIGRATION_LOCK = 0x54_57_41_54_43;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, wholeNumber);
types.setTypeParser(pg.types.builtins.NUMERIC, Number);
// As text and as plain bytes, like any other store's.
types.setTypeParser(pg.types.builtins.JSONB, String);
types.setTypeParser(pg.types.builtins.BYTEA, (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex')));

export class PostgresDatabase implements Asked {
  readonly url: string;
  readonly #pool: pg.Pool;

  constructor(url: string, connections: number, timeoutMs = STATEMENT_TIMEOUT_MS) {
    this.url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      types,
      application_name: 'tokenwatch',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: timeoutMs,
      // A server that has gone without a word does not stop its statements.
      query_timeout: timeoutMs + CONNECT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    });
    // A connection that breaks while it rests is replaced by the next question, which tells of a fault that lasts.
    this.#pool.on('error', () => undefined);
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<PgRow[]> {
    return (await this.#pool.query<PgRow>(numbered(sql), given(values))).rows;
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return (await this.#pool.query(numbered(sql), given(values))).rowCount ?? 0;
  }

  /** All of `work` or nothing. */
  async transaction<T>(work: (asked: Asked) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let fault: Error | undefined;
    // A connection that breaks says so by an event as well, which would end the process if nobody listened.
    client.on('error', deaf);
    try {
      await client.query('BEGIN');
      const result = await work(askedBy(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // Where that fails too, the connection is of no more use.
      fault = await client.query('ROLLBACK').then(
        () => undefined,
        (broken: Error) => broken,
      );
      throw error;
    } finally {
      client.off('error', deaf);
      client.release(fault);
    }
  }

  async migrate(): Promise<void> {
    if ((await this.version()) === MIGRATIONS.length) return;
    // A table of many rows takes longer than a question may.
    const patient = new PostgresDatabase(this.url, 1, MIGRATION_TIMEOUT_MS);
    try {
      await patient.#migrate();
    } finally {
      await patient.close();
    }
  }

  async #migrate(): Promise<void> {
    await this.transaction(async (asked) => {
      await asked.run('SET LOCAL lock_timeout = 0');
      await asked.run('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      await asked.run('CREATE TABLE IF NOT EXISTS tokenwatch_schema (version bigint NOT NULL)');
      // Read again: another process may have migrated while this one waited for its turn.
      const [row] = await asked.rows('SELECT version FROM tokenwatch_schema');
      const version = Number(row?.version ?? 0);
      if (version > MIGRATIONS.length) throw this.#isNewer(version);
      for (const sql of MIGRATIONS.slice(version)) await asked.run(sql);
      await asked.run('DELETE FROM tokenwatch_schema');
      await asked.run('INSERT INTO tokenwatch_schema VALUES (?)', [MIGRATIONS.length]);
    });
  }

  get latestVersion(): number {
    return MIGRATIONS.length;
  }

  /** 0 where there are no tables yet. */
  async version(): Promise<number> {
    const [there] = await this.rows(`SELECT to_regclass('tokenwatch_schema') IS NOT NULL AS is`);
    if (there?.is !== true) return 0;
    const [row] = await this.rows('SELECT version FROM tokenwatch_schema');
    const version = Number(row?.version ?? 0);
    if (version > MIGRATIONS.length) throw this.#isNewer(version);
    return version;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #isNewer(version: number): TokenWatchError {
    return new TokenWatchError(
      'storage_failed',
      `The database at ${withoutPassword(this.url)} is of version ${version}, newer than this TokenWatch knows (${MIGRATIONS.length}). Update TokenWatch, or put back the copy that was made before the update (docs/upgrading.md).`,
    );
  }
}

/** The question that is lost tells of the fault. */
const deaf = (): void => undefined;

/** What the database said, with what can be done about it. */
export function storageFailed(url: string, cause: unknown): TokenWatchError {
  return new TokenWatchError(
    'storage_failed',
    `The database at ${withoutPassword(url)} failed: ${reasonOf(cause)}. Check that it runs and that TOKENWATCH_DATABASE_URL names it.`,
    { cause },
  );
}

/** Whether the database does not answer, or not yet or no more: what passes by itself. */
export function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isAway);
  if (!(error instanceof Error)) return false;
  if (error.cause !== undefined && isAway(error.cause)) return true;
  const { code = '' } = error as { code?: string };
  return AWAY_CODES.test(code) || AWAY_WORDS.test(error.message);
}

/** Of sockets and name servers; a server that starts, stops, or has too many connections. */
const AWAY_CODES =
  /^(ECONN\w+|EHOST\w+|ENET\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT|57P0[123]|53300|08\w{3})$/;
const AWAY_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout/i;

/** For people: a password is nobody's business. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  shown.search = '';
  return shown.href;
}

/** Several addresses that were all tried in vain say so in a list, not in a message. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}

function askedBy(client: pg.PoolClient): Asked {
  return {
    rows: async (sql, values = []) => (await client.query<PgRow>(numbered(sql), given(values))).rows,
    run: async (sql, values = []) => (await client.query(numbered(sql), given(values))).rowCount ?? 0,
  };
}

/** `?` becomes `$1`, `$2` …; `?1` is the first, and those behind it follow. */
export function numbered(sql: string): string {
  let last = 0;
  return sql.replace(/\?(\d*)/g, (_, number: string) => {
    const at = number === '' ? last + 1 : Number(number);
    last = Math.max(last, at);
    return `$${at}`;
  });
}

/** PostgreSQL keeps no zero byte in a text, and the driver takes bytes as a Buffer. */
function given(values: readonly Value[]): unknown[] {
  return values.map((value) => {
    if (typeof value === 'string') return storableText(value);
    return value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      : value;
  });
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`the database holds ${text}, which is too large to be told exactly`);
}

/** Of a pattern in which only `*` is special: LIKE gives meaning to `%`, `_` and the backslash. */
export function likePattern(pattern: string): string {
  return pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
