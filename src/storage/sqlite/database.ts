// The SQLite database: opening and migrating. Synchronous: lives in a worker or the CLI.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { makePrivate, makePrivateFile } from '../../record/private-folder.ts';
import { olderDatabase } from '../older-database.ts';
import { SqliteExperimentSums } from './experiment-sums.ts';
import { setLostAside } from './lost-database.ts';
import { SqliteRequestOrder } from './request-order.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';
import { MIGRATIONS } from './schema.ts';
import { SqliteSpendSums } from './spend-sums.ts';
import { inTransaction } from './transaction.ts';

/** Whoever waits longer is told, and tries again. */
const BUSY_TIMEOUT_MS = 200;
/** While it is opened: another process may be making its tables. */
const OPENING_BUSY_TIMEOUT_MS = 10_000;

export function databasePath(dataDir: string): string {
  return join(dataDir, 'tokenwatch.sqlite');
}

/** SQLITE_NOTADB, and its words. */
const NOT_A_DATABASE = 26;
export const EMPTIED = 'file is not a database: it is empty, and was not';

/** Whether nothing is left of a database that was there: whoever used it has written down its rules beside it. */
export function isEmptied(dataDir: string): boolean {
  const path = databasePath(dataDir);
  const isEmpty = existsSync(path) && sizeOf(path) === 0 && sizeOf(`${path}-wal`) === 0;
  return isEmpty && existsSync(join(dataDir, 'rules.copy'));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export class SqliteDatabase {
  readonly connection: DatabaseSync;
  readonly #dataDir: string;

  /**
   * `path` may be `:memory:`; then nothing is made in the data folder. Without `mayUpgrade` one of an earlier version stays
   * as it is, and `database_older` is thrown; one that has no tables yet gets them either way.
   */
  constructor(dataDir: string, path: string = databasePath(dataDir), mayUpgrade = true) {
    this.#dataDir = dataDir;
    try {
      if (path !== ':memory:') {
        makePrivate(dataDir);
        if (path === databasePath(dataDir) && isEmptied(dataDir))
          throw Object.assign(new Error(EMPTIED), { errcode: NOT_A_DATABASE });
        if (path === databasePath(dataDir) && !existsSync(path)) setLostAside(dataDir, systemClock.now());
        makePrivateFile(path);
      }
      this.connection = new DatabaseSync(path);
      this.connection.exec(`PRAGMA busy_timeout = ${OPENING_BUSY_TIMEOUT_MS}`);
      assertOurs(dataDir, this.connection);
      if (!mayUpgrade) assertNotOlder(dataDir, this.connection);
      this.connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      this.#migrate();
      this.connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    } catch (cause) {
      throw cause instanceof TokenWatchError ? cause : storageFailed(dataDir, cause);
    }
  }

  /** Deletes every ended record, and says how many there were. */
  reset(): number {
    return inTransaction(this.connection, () => {
      new SqliteRequestOrder(this.connection).clear();
      const sql = "DELETE FROM requests WHERE outcome <> 'in_flight'";
      const deleted = Number(this.connection.prepare(sql).run().changes);
      this.connection.exec('DELETE FROM ratings WHERE request_id NOT IN (SELECT id FROM requests)');
      this.connection.exec('DELETE FROM deleted_spend; UPDATE retention_state SET rows_from_ms = 0');
      new SqliteRollupWriter(this.connection).clear();
      new SqliteExperimentSums(this.connection).clear();
      new SqliteSpendSums(this.connection).clear();
      this.connection.exec('UPDATE budget_version SET version = version + 1, resets = resets + 1');
      return deleted;
    });
  }

  close(): void {
    this.connection.close();
  }

  #migrate(): void {
    if (knownVersion(this.#dataDir, this.connection) === MIGRATIONS.length) return;
    inTransaction(this.connection, () => {
      // Read again: another process may have migrated while this one waited for its turn.
      for (const migration of MIGRATIONS.slice(versionOf(this.connection))) {
        if (typeof migration === 'string') this.connection.exec(migration);
        else migration(this.connection);
      }
      this.connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }
}

/** To read what is there, as it is. Throws `database_older` for one that this TokenWatch would have to bring up to date. */
export function openToRead(dataDir: string): DatabaseSync {
  const path = databasePath(dataDir);
  let connection: DatabaseSync | null = null;
  try {
    if (isEmptied(dataDir)) throw new Error(EMPTIED);
    const place = pathToFileURL(path);
    // Without a log nobody writes to it; and a log that is made for reading would stay there.
    if (!existsSync(`${path}-wal`)) place.searchParams.set('immutable', '1');
    connection = new DatabaseSync(place, { readOnly: true, timeout: OPENING_BUSY_TIMEOUT_MS });
    assertOurs(dataDir, connection);
    if (knownVersion(dataDir, connection) === 0) throw noRecords(dataDir);
    assertNotOlder(dataDir, connection);
    return connection;
  } catch (cause) {
    connection?.close();
    throw cause instanceof TokenWatchError ? cause : storageFailed(dataDir, cause);
  }
}

/** Another program's stays as it is. */
function assertOurs(dataDir: string, connection: DatabaseSync): void {
  if (versionOf(connection) > 0) return;
  const found = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1").get();
  // Another process may have made ours meanwhile.
  if (found === undefined || versionOf(connection) > 0) return;
  throw new TokenWatchError(
    'storage_failed',
    `${databasePath(dataDir)} is a database of another program (its table "${String(found.name)}" is not TokenWatch's). Move it away, or choose another folder with TOKENWATCH_DATA_DIR.`,
  );
}

export function noRecords(dataDir: string): TokenWatchError {
  return new TokenWatchError(
    'no_data',
    `There are no records in ${dataDir} yet. Run "tokenwatch start" and send a request through it, or "tokenwatch demo".`,
  );
}

/** One without tables is of no version. */
function assertNotOlder(dataDir: string, connection: DatabaseSync): void {
  const version = knownVersion(dataDir, connection);
  if (version > 0 && version < MIGRATIONS.length)
    throw olderDatabase(databasePath(dataDir), version, MIGRATIONS.length);
}

function knownVersion(dataDir: string, connection: DatabaseSync): number {
  const version = versionOf(connection);
  if (version <= MIGRATIONS.length) return version;
  throw new TokenWatchError(
    'storage_failed',
    `${databasePath(dataDir)} is of version ${version}, newer than this TokenWatch knows (${MIGRATIONS.length}). Update TokenWatch, or put back the copy that was made before the update (docs/upgrading.md).`,
  );
}

const versionOf = (connection: DatabaseSync): number =>
  Number(connection.prepare('PRAGMA user_version').get()?.user_version ?? 0);

/** In SQLite's words. */
const DAMAGED = /^(?:database disk image is malformed|file is not a database|malformed database schema)/;

/** What the database said, with what can be done about it. */
export function storageFailed(dataDir: string, cause: unknown): TokenWatchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (DAMAGED.test(reason))
    return new TokenWatchError(
      'storage_failed',
      `The database ${databasePath(dataDir)} is damaged: ${reason}. Run "tokenwatch repair": it salvages what can be read.`,
      { cause },
    );
  return new TokenWatchError(
    'storage_failed',
    `The database ${databasePath(dataDir)} failed: ${reason}. Try again, free the disk or the file, or choose another folder with TOKENWATCH_DATA_DIR.`,
    { cause },
  );
}
