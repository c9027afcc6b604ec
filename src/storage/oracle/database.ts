// The connection to Oracle Database: a small pool of the thin driver, statements of the catalogue, transactions, and
// migrations under a lock. What is committed is said at every call.

import { randomBytes } from 'node:crypto';
import oracledb from 'oracledb';
import { TokenWatchError } from '../../core/errors.ts';
import { DATABASE } from './catalogue/database.ts';
import { MIGRATIONS } from './catalogue/schema.ts';
import type { BindTypes, Statement } from './catalogue/statement.ts';
import type { Migration } from './catalogue/step.ts';
import { faultOf, ORA_TAKEN, oraCodeOf } from './faults.ts';
import { batchOf, bindsOf, fetchTypeOf, type OracleRow, rowOf, type ValuesOf } from './values.ts';

export interface OracleAddress {
  /** Host, port and service. */
  readonly dsn: string;
  readonly user: string;
  readonly password: string;
}

/** What a question can be put to: the pool, or a transaction's one connection. */
export interface Asked {
  rows<Binds extends BindTypes>(statement: Statement<Binds>, ...values: Given<Binds>): Promise<OracleRow[]>;
  /** How many rows a statement changed. */
  run<Binds extends BindTypes>(statement: Statement<Binds>, ...values: Given<Binds>): Promise<number>;
  /** One statement for each of many, in one go. */
  runMany<Binds extends BindTypes>(
    statement: Statement<Binds>,
    rows: readonly ValuesOf<Binds>[],
  ): Promise<number>;
}

/** A statement without binds is given nothing. */
type Given<Binds extends BindTypes> = keyof Binds extends never ? [] : [values: ValuesOf<Binds>];

const CONNECT_TIMEOUT_S = 5;
const QUEUE_TIMEOUT_MS = 20_000;
const CALL_TIMEOUT_MS = 60_000;
/** Statements that a connection keeps open on the server. */
const STATEMENTS_KEPT = 60;
const FETCHED_AT_ONCE = 500;
/** A transaction that met another one's is tried so often in all. */
const TRIES = 4;
const MIGRATION_LOCK = 'migrations';
const ORA_NO_TABLE = 942;

export class OracleDatabase implements Asked {
  readonly address: OracleAddress;
  readonly #connections: number;
  readonly #callTimeoutMs: number;
  #pool: Promise<oracledb.Pool> | null = null;

  constructor(address: OracleAddress, connections: number, callTimeoutMs = CALL_TIMEOUT_MS) {
    this.address = address;
    this.#callTimeoutMs = callTimeoutMs;
    // Migrations hold a lock with one and make tables with another.
    this.#connections = Math.max(2, connections);
  }

  /** A connection that broke while it rested is replaced, and the question is put once more. */
  async rows<Binds extends BindTypes>(
    statement: Statement<Binds>,
    ...values: Given<Binds>
  ): Promise<OracleRow[]> {
    const ask = (): Promise<OracleRow[]> =>
      this.#connected((connection) => askedBy(connection).rows(statement, ...values));
    try {
      return await ask();
    } catch (error) {
      if (faultOf(error).kind !== 'away') throw error;
      return ask();
    }
  }

  run<Binds extends BindTypes>(statement: Statement<Binds>, ...values: Given<Binds>): Promise<number> {
    return this.transaction((asked) => asked.run(statement, ...values));
  }

  runMany<Binds extends BindTypes>(
    statement: Statement<Binds>,
    rows: readonly ValuesOf<Binds>[],
  ): Promise<number> {
    return this.transaction((asked) => asked.runMany(statement, rows));
  }

  /** All of `work` or nothing; where another transaction stood in the way, once more from its start. */
  async transaction<T>(work: (asked: Asked) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#connected(async (connection) => {
          const result = await work(askedBy(connection));
          await connection.commit();
          return result;
        });
      } catch (error) {
        const isBusy = error instanceof Collision || faultOf(error).kind === 'busy';
        if (tries === TRIES || !isBusy) throw error instanceof Collision ? error.cause : error;
      }
    }
  }

  get latestVersion(): number {
    return MIGRATIONS.length;
  }

  /** 0 where there are no tables yet. */
  async version(): Promise<number> {
    try {
      const [row] = await this.rows(DATABASE.version);
      const version = Number(row?.version ?? 0);
      if (version > MIGRATIONS.length) throw this.#isNewer(version);
      return version;
    } catch (error) {
      if (oraCodeOf(error) === ORA_NO_TABLE) return 0;
      throw error;
    }
  }

  async migrate(): Promise<void> {
    if ((await this.version()) === MIGRATIONS.length) return;
    for (const table of [DATABASE.lockTable, DATABASE.schemaTable]) await this.#make(table, []);
    await this.#make(DATABASE.lockRow, [ORA_TAKEN], { name: MIGRATION_LOCK });
    // The lock is this transaction's; the tables are made by another connection, which commits at each of them.
    await this.transaction(async (asked) => {
      await asked.rows(DATABASE.lock, { name: MIGRATION_LOCK });
      // Read again: another process may have migrated while this one waited for its turn.
      const version = await this.version();
      for (const [index, migration] of MIGRATIONS.slice(version).entries()) {
        await this.#apply(migration);
        await this.transaction(async (other) => {
          await other.run(DATABASE.forgetVersion);
          await other.run(DATABASE.putVersion, { made: version + index + 1 });
        });
      }
    });
  }

  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => null);
    this.#pool = null;
    await pool?.close(0);
  }

  async #apply(migration: Migration): Promise<void> {
    for (const { statement, unless = [], instead } of migration) {
      const secret = randomBytes(32);
      const isMade = await this.#make(statement, unless, 'secret' in statement.binds ? { secret } : {});
      if (!isMade && instead !== undefined) await this.#make(instead, []);
    }
  }

  /** False where the database said one of `unless`. */
  async #make(
    statement: Statement,
    unless: readonly number[],
    values: ValuesOf<BindTypes> = {},
  ): Promise<boolean> {
    try {
      await this.transaction((asked) => asked.run(statement, values));
      return true;
    } catch (error) {
      if (unless.includes(oraCodeOf(error) ?? 0)) return false;
      throw error;
    }
  }

  async #connected<T>(work: (connection: oracledb.Connection) => Promise<T>): Promise<T> {
    this.#pool ??= openPool(this.address, this.#connections);
    const connection = await (await this.#pool).getConnection();
    connection.callTimeout = this.#callTimeoutMs;
    try {
      return await work(connection);
    } catch (error) {
      // Where that fails too, the pool finds that the connection is of no more use.
      await connection.rollback().catch(() => undefined);
      throw error;
    } finally {
      await connection.close().catch(() => undefined);
    }
  }

  #isNewer(version: number): TokenWatchError {
    return new TokenWatchError(
      'storage_failed',
      `The database at ${placeOf(this.address)} is of version ${version}, newer than this TokenWatch knows (${MIGRATIONS.length}). Update TokenWatch.`,
    );
  }
}

/** For people: a password is nobody's business. */
export function placeOf({ dsn, user }: OracleAddress): string {
  return `${user}@${dsn}`;
}

/** Whether the database does not answer, or not yet or no more: what passes by itself. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return faultOf(error).kind === 'away' || (error.cause !== undefined && isAway(error.cause));
}

/** What the database said, with what can be done about it. */
export function storageFailed(address: OracleAddress, cause: unknown): TokenWatchError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
  return new TokenWatchError(
    'storage_failed',
    `The Oracle database at ${placeOf(address)} failed: ${reason}. ${faultOf(cause).advice}`,
    { cause },
  );
}

function openPool({ dsn, user, password }: OracleAddress, connections: number): Promise<oracledb.Pool> {
  return oracledb.createPool({
    user,
    password,
    connectString: dsn,
    poolMin: 0,
    poolMax: connections,
    poolIncrement: 1,
    queueTimeout: QUEUE_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_S,
    stmtCacheSize: STATEMENTS_KEPT,
    sessionCallback: (connection, _tag, done) => {
      connection.execute(DATABASE.session.sql, [], { autoCommit: false }).then(() => done(), done);
    },
  });
}

function askedBy(connection: oracledb.Connection): Asked {
  return {
    rows: async (statement, ...[values]) => {
      const { rows = [], metaData = [] } = await connection.execute<unknown>(
        statement.sql,
        bindsOf(statement, values ?? {}),
        {
          autoCommit: false,
          outFormat: oracledb.OUT_FORMAT_ARRAY,
          fetchTypeHandler: fetchTypeOf,
          fetchArraySize: FETCHED_AT_ONCE,
        },
      );
      return rows.map((row) => rowOf(metaData, row as unknown[]));
    },
    run: async (statement, ...[values]) => {
      const execute = (): Promise<oracledb.Result<unknown>> =>
        connection.execute(statement.sql, bindsOf(statement, values ?? {}), { autoCommit: false });
      return (await merged(statement, execute)).rowsAffected ?? 0;
    },
    runMany: async (statement, given) => {
      if (given.length === 0) return 0;
      const { rows, options } = batchOf(statement, given);
      const execute = (): Promise<oracledb.Results<unknown>> =>
        connection.executeMany(statement.sql, rows, options);
      return (await merged(statement, execute)).rowsAffected ?? 0;
    },
  };
}

/** Two MERGEs of one new row at once: the later one finds it when its transaction begins again. */
class Collision extends Error {
  constructor(cause: unknown) {
    super('two transactions put the same row', { cause });
  }
}

async function merged<T>({ sql }: Statement, execute: () => Promise<T>): Promise<T> {
  try {
    return await execute();
  } catch (error) {
    throw oraCodeOf(error) === ORA_TAKEN && sql.startsWith('MERGE') ? new Collision(error) : error;
  }
}
