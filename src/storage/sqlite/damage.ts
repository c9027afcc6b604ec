// A damaged database: how it is known, and how it is set aside so that what it still holds can be salvaged.

import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { databasePath } from './database.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<number> = new Set([11, 26]);
const ASIDE = 'tokenwatch.sqlite.corrupt-';
/** What belongs to a database file, under its name. */
const COMPANIONS = ['-wal', '-shm'];

export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { errcode, cause } = error as Error & { readonly errcode?: number };
  return errcode === undefined ? cause !== undefined && isDamage(cause) : DAMAGE.has(errcode & 0xff);
}

/** Returns where it is now. */
export function setAside(dataDir: string, nowMs: number): string {
  const path = databasePath(dataDir);
  const aside = join(dataDir, ASIDE + new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-'));
  // The log goes with its database: it may hold the newest records.
  for (const suffix of ['', ...COMPANIONS])
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Those that were set aside, the newest first. */
export function damagedDatabases(dataDir: string): readonly string[] {
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(dataDir)
    .filter((name) => name.startsWith(ASIDE) && !COMPANIONS.some((suffix) => name.endsWith(suffix)))
    .sort()
    .reverse()
    .map((name) => join(dataDir, name));
}

/** Null where there is a database, or never was one. */
export function unrepaired(dataDir: string): TokenWatchError | null {
  const [newest] = existsSync(databasePath(dataDir)) ? [] : damagedDatabases(dataDir);
  return newest === undefined ? null : damagedError(newest);
}

export function damagedError(aside: string, cause?: unknown): TokenWatchError {
  const reason = cause instanceof Error ? ` (${innermost(cause).message})` : '';
  return new TokenWatchError(
    'database_damaged',
    `The database was damaged${reason} and is set aside as ${aside}. Run "tokenwatch repair": it salvages what can be read, and takes in the records that wait in the spool.`,
    { cause },
  );
}

/** In SQLite's own words: those around it say where the file was. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
