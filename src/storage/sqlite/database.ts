// The SQLite database: opening, migrating, and taking in spooled lines. Synchronous: lives in a worker or the CLI.

import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { TokenWatchError } from '../../core/errors.ts';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { listSpools, ownerIsAlive, readSpool, type SpoolRead, spoolFolder } from '../../record/spool.ts';
import { readLine } from '../../record/spool-line.ts';
import { COLUMN_NAMES, IN_FLIGHT, rowValues, type SqlValue } from './request-row.ts';
import { MIGRATIONS } from './schema.ts';

const BUSY_TIMEOUT_MS = 200;

export interface StoreFacts {
  readonly path: string;
  readonly bytes: number;
  readonly records: number;
  readonly oldestStartedAtMs: number | null;
}

export function databasePath(dataDir: string): string {
  return join(dataDir, 'tokenwatch.sqlite');
}

export class SqliteDatabase {
  readonly connection: DatabaseSync;
  readonly #dataDir: string;
  readonly #insertStart: StatementSync;
  readonly #upsert: StatementSync;
  readonly #charged: StatementSync;
  readonly #markDuplicate: StatementSync;

  /** `path` may be `:memory:`; then nothing is made in the data folder. */
  constructor(dataDir: string, path: string = databasePath(dataDir)) {
    this.#dataDir = dataDir;
    try {
      if (path !== ':memory:') mkdirSync(dataDir, { recursive: true });
      this.connection = new DatabaseSync(path);
      this.connection.exec(
        `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`,
      );
      this.#migrate();
    } catch (cause) {
      throw cause instanceof TokenWatchError ? cause : storageFailed(dataDir, cause);
    }
    const columns = ['change', 'owner', ...COLUMN_NAMES];
    const insert = `INSERT INTO requests (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    const updates = columns.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
    this.#insertStart = this.connection.prepare(`${insert} ON CONFLICT DO NOTHING`);
    this.#upsert = this.connection.prepare(
      `${insert} ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')} WHERE outcome IN ('in_flight', 'interrupted')`,
    );
    this.#charged = this.connection.prepare('SELECT id FROM requests WHERE billing_key = ? AND id <> ?');
    this.#markDuplicate = this.connection.prepare('UPDATE requests SET duplicate_of = ? WHERE id = ?');
  }

  /** Loads what one process has spooled, and deletes files that are loaded whole and no longer written to. */
  load(owner: string, ownerIsDone: boolean): { rejected: number } {
    const spools = listSpools(this.#dataDir).filter((spool) => spool.owner === owner);
    let rejected = 0;
    for (const [index, { name }] of spools.entries()) {
      rejected += this.#loadFile(owner, name);
      if (ownerIsDone || index < spools.length - 1) {
        rmSync(join(spoolFolder(this.#dataDir), name), { force: true });
        this.#forget(name);
      }
    }
    return { rejected };
  }

  /**
   * Loads the spools of processes that have ended, and marks what they had in flight as interrupted, at the
   * cost that was reserved for it.
   */
  recover(): { owners: number; rejected: number } {
    const owners = new Set(listSpools(this.#dataDir).map((spool) => spool.owner));
    for (const row of this.connection
      .prepare("SELECT DISTINCT owner FROM requests WHERE outcome = 'in_flight'")
      .all()) {
      owners.add(String(row.owner));
    }
    const ended = [...owners].filter((owner) => !ownerIsAlive(owner));
    this.#forgetDeleted();
    let rejected = 0;
    for (const owner of ended) {
      rejected += this.load(owner, true).rejected;
      this.#transaction((nextChange) => {
        const ids = this.connection
          .prepare("SELECT id FROM requests WHERE outcome = 'in_flight' AND owner = ?")
          .all(owner);
        const mark = this.connection.prepare(
          "UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = ? WHERE id = ?",
        );
        for (const { id } of ids) mark.run(nextChange(), String(id));
      });
    }
    return { owners: ended.length, rejected };
  }

  /** Deletes every ended record, and says how many there were. */
  reset(): number {
    return Number(this.connection.prepare("DELETE FROM requests WHERE outcome <> 'in_flight'").run().changes);
  }

  facts(): StoreFacts {
    const row = this.connection
      .prepare('SELECT count(*) AS records, min(started_at_ms) AS oldest FROM requests')
      .get();
    const path = databasePath(this.#dataDir);
    return {
      path,
      bytes: statSync(path).size,
      records: Number(row?.records ?? 0),
      oldestStartedAtMs: typeof row?.oldest === 'number' ? row.oldest : null,
    };
  }

  close(): void {
    this.connection.close();
  }

  #loadFile(owner: string, name: string): number {
    let rejected = 0;
    for (;;) {
      const row = this.connection.prepare('SELECT position FROM spool_progress WHERE name = ?').get(name);
      const read = this.#read(name, Number(row?.position ?? 0));
      // Another process took the same file in, and has deleted it.
      if (read === null) return rejected;
      if (read.lines.length > 0) {
        // The rows and how far they reach are one transaction: a line is never taken twice, nor lost.
        this.#transaction((nextChange) => {
          rejected += this.#take(owner, read.lines, nextChange);
          this.connection
            .prepare(
              'INSERT INTO spool_progress VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
            )
            .run(name, read.nextOffset);
        });
      }
      if (read.atEnd) return rejected;
    }
  }

  #read(name: string, position: number): SpoolRead | null {
    try {
      return readSpool(this.#dataDir, name, position);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** A process may get the pid, and so the file names, of an earlier one: a position must not outlive its file. */
  #forget(name: string): void {
    this.connection.prepare('DELETE FROM spool_progress WHERE name = ?').run(name);
  }

  /** What was left behind by a process that died between deleting a file and forgetting it. */
  #forgetDeleted(): void {
    const rows = this.connection.prepare('SELECT name FROM spool_progress').all();
    if (rows.length === 0) return;
    const names = new Set(listSpools(this.#dataDir).map((spool) => spool.name));
    for (const { name } of rows) if (!names.has(String(name))) this.#forget(String(name));
  }

  /** Returns how many lines make no record. They must not keep the ones behind them waiting. */
  #take(owner: string, lines: readonly string[], nextChange: () => number): number {
    let rejected = 0;
    for (const text of lines) {
      const line = readLine(text);
      try {
        if (line === null) rejected += 1;
        else if ('end' in line) this.#takeEnd(owner, line.start, line.end, nextChange);
        else this.#insertStart.run(nextChange(), owner, ...storable(line.start, IN_FLIGHT));
      } catch (error) {
        if (!isLinesOwnFault(error)) throw error;
        rejected += 1;
      }
    }
    return rejected;
  }

  #takeEnd(owner: string, start: RequestStart, end: RequestEnd, nextChange: () => number): void {
    const used = Object.values(end.usage).some((count) => count > 0);
    const charged = used ? end : { ...end, billingKey: null };
    const earlier = charged.billingKey === null ? undefined : this.#charged.get(charged.billingKey, start.id);
    if (earlier === undefined) {
      this.#upsert.run(nextChange(), owner, ...storable(start, charged));
      return;
    }
    // The same usage fetched again was charged with the earlier record.
    const repeated = {
      ...charged,
      usage: NO_USAGE,
      runs: null,
      costNanoUsd: 0,
      reportedCostNanoUsd: null,
      billingKey: null,
    };
    this.#upsert.run(nextChange(), owner, ...storable(start, repeated));
    this.#markDuplicate.run(String(earlier.id), start.id);
  }

  #transaction(work: (nextChange: () => number) => void): void {
    this.connection.exec('BEGIN IMMEDIATE');
    try {
      let change = Number(this.connection.prepare('SELECT last FROM change_counter').get()?.last ?? 0);
      work(() => ++change);
      this.connection.prepare('UPDATE change_counter SET last = ?').run(change);
      this.connection.exec('COMMIT');
    } catch (error) {
      if (this.connection.isTransaction) this.connection.exec('ROLLBACK');
      throw error;
    }
  }

  #migrate(): void {
    const version = this.#version();
    if (version > MIGRATIONS.length) {
      throw new TokenWatchError(
        'storage_failed',
        `${databasePath(this.#dataDir)} is of version ${version}, newer than this TokenWatch knows (${MIGRATIONS.length}). Update TokenWatch.`,
      );
    }
    if (version === MIGRATIONS.length) return;
    this.connection.exec('BEGIN IMMEDIATE');
    try {
      // Read again: another process may have migrated while this one waited for its turn.
      for (const sql of MIGRATIONS.slice(this.#version())) this.connection.exec(sql);
      this.connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
    } catch (error) {
      if (this.connection.isTransaction) this.connection.exec('ROLLBACK');
      throw error;
    }
  }

  #version(): number {
    return Number(this.connection.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  }
}

/** What the database said, with what can be done about it. */
export function storageFailed(dataDir: string, cause: unknown): TokenWatchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TokenWatchError(
    'storage_failed',
    `The database ${databasePath(dataDir)} failed: ${reason}. Try again, free the disk or the file, or choose another folder with TOKENWATCH_DATA_DIR.`,
    { cause },
  );
}

/** The row of a record. Throws for a figure that could be stored but never be read again as a number. */
function storable(...record: Parameters<typeof rowValues>): SqlValue[] {
  const values = rowValues(...record);
  for (const value of values) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError(`${value} is too large`);
  }
  return values;
}

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH. */
const VALUE_FAULTS: ReadonlySet<number> = new Set([18, 19, 20]);

/** True where the line cannot become a row, now or later; false where the database could not take any. */
function isLinesOwnFault(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code !== 'ERR_SQLITE_ERROR' || VALUE_FAULTS.has((errcode ?? 0) & 0xff);
}
