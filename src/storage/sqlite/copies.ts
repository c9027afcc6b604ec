// A copy of the database while others write to it, and a database put back from one. Both are checked page by page.

import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { TokenWatchError } from '../../core/errors.ts';
import { makeOwnFile } from '../../runtime/own-file.ts';
import { type CarriedOver, carryOver } from './carry-over.ts';
import { databasePath, storageFailed } from './database.ts';
import { MIGRATIONS } from './schema.ts';

/** Returns how many records it holds. Never writes over a file. */
export async function backUp(dataDir: string, file: string): Promise<number> {
  const path = databasePath(dataDir);
  if (!existsSync(path)) throw new TokenWatchError('no_data', `There is no database in ${dataDir} to copy.`);
  if (existsSync(file))
    throw new TokenWatchError(
      'invalid_argument',
      `${file} is there already: name another file, or move it away.`,
    );
  const unfinished = `${file}.unfinished`;
  try {
    // Nobody else reads along while it is filled.
    makeOwnFile(unfinished);
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      await backup(database, unfinished).catch((error: unknown) => {
        throw withoutRoom(file, error) ?? error;
      });
    } finally {
      database.close();
    }
    const records = checked(unfinished);
    renameSync(unfinished, file);
    return records;
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw cause instanceof TokenWatchError ? cause : storageFailed(dataDir, cause);
  }
}

export interface Restored {
  readonly records: number;
  /** Where the one that was there is kept. */
  readonly kept: string | null;
  readonly carriedOver: CarriedOver | null;
}

/** The one that was there is kept beside it. No server may run on the folder. */
export async function restore(dataDir: string, file: string, nowMs: number): Promise<Restored> {
  const place = statSync(file, { throwIfNoEntry: false });
  if (place === undefined) throw new TokenWatchError('invalid_argument', `There is no file ${file}.`);
  // A pipe would be waited for, and a folder be told of by the system's own words.
  if (!place.isFile())
    throw new TokenWatchError(
      'invalid_argument',
      `${file} is no file: name the copy itself, unpacked, as "tokenwatch backup" made it.`,
    );
  const path = databasePath(dataDir);
  const incoming = `${path}.incoming`;
  let records: number;
  let carriedOver: CarriedOver | null;
  try {
    copyFileSync(file, incoming);
    chmodSync(incoming, 0o600);
    records = checked(incoming, file);
    carriedOver = await carryOver(dataDir, incoming);
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(incoming + suffix, { force: true });
    throw withoutRoom(incoming, error) ?? error;
  }
  const kept = existsSync(path) ? `${path}.before-${nowMs}` : null;
  // The log that belongs to a database goes with it, or its last records would be lost.
  for (const suffix of ['', '-wal', '-shm'])
    if (kept !== null && existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  renameSync(incoming, path);
  return { records, kept, carriedOver };
}

/** Null where something else is wrong. */
function withoutRoom(file: string, error: unknown): TokenWatchError | null {
  if (!/database or disk is full|^ENOSPC|^EDQUOT/.test((error as Error).message)) return null;
  return new TokenWatchError(
    'storage_failed',
    `${file} cannot be written: the disk is full. Make room there first.`,
    { cause: error },
  );
}

/** How many records a whole and known database holds. `shown` is what its user calls it. */
function checked(file: string, shown = file): number {
  const wrong = (reason: string): TokenWatchError =>
    new TokenWatchError('invalid_argument', `${shown} is no copy of a database of TokenWatch (${reason}).`);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file);
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > MIGRATIONS.length)
      throw wrong(`it is of version ${version}, newer than this TokenWatch knows, ${MIGRATIONS.length}`);
    const answer = String(database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check);
    if (answer !== 'ok') throw wrong(answer);
    return Number(database.prepare('SELECT count(*) AS count FROM requests').get()?.count);
  } catch (error) {
    throw error instanceof TokenWatchError ? error : wrong((error as Error).message);
  } finally {
    database?.close();
  }
}
