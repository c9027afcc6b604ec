// Makes a database anew from what a damaged one still holds, what waits in the spool, and what the ledger wrote down.
// Where one is gone and another has taken its place, what was set in it is put back into that.

import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { TokenWatchError } from '../../core/errors.ts';
import { isClaimed } from '../../record/folder-claim.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import type { PutBack } from '../put-back.ts';
import { damagedDatabases, isDamage, setAside } from './damage.ts';
import { databasePath, EMPTIED, isEmptied, SqliteDatabase, storageFailed } from './database.ts';
import { SqliteExperimentSums } from './experiment-sums.ts';
import { isAnything, lostDatabases, putBack, rememberedIn, takenBack } from './lost-database.ts';
import { type MadeGood, makeGood } from './make-good.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { numberRequests } from './request-keys.ts';
import { SqliteRequestOrder } from './request-order.ts';
import { rebuildRollups } from './rollup-schema.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';
import { openDamaged, type SalvagedTable, salvage } from './salvage.ts';
import { SqliteSpendSums } from './spend-sums.ts';

/** Of a server that runs beside it. */
const WAIT_MS = 10_000;

export interface Repaired {
  /** What was set aside; null where nothing was damaged. */
  readonly from: string | null;
  /** What was set in a database that is gone, and where that is kept; null where none is. */
  readonly putBack: (PutBack & { readonly from: string }) | null;
  /** A server runs that still holds the database that is gone: it takes this one when it starts again. */
  readonly mustStartAgain: boolean;
  readonly tables: readonly SalvagedTable[];
  /** False where not even the names of its tables could be read. */
  readonly isReadable: boolean;
  readonly rollups: 'kept' | 'summed up anew';
  /** Requests that were taken from the spool. */
  readonly fromSpool: number;
  /** What the ledger had counted and no record tells, by budget. */
  readonly madeGood: readonly MadeGood[];
}

/** Whether a repair would put back what was set in a database that is gone. */
export function isLost(dataDir: string): boolean {
  if (lostDatabases(dataDir).length > 0) return true;
  const isThere = existsSync(databasePath(dataDir)) || damagedDatabases(dataDir).length > 0;
  return !isThere && isAnything(rememberedIn(dataDir));
}

export async function repair(dataDir: string, nowMs: number): Promise<Repaired> {
  const from = existsSync(databasePath(dataDir))
    ? asideIfDamaged(dataDir, nowMs)
    : (damagedDatabases(dataDir)[0] ?? null);
  if (from === null) {
    if (!existsSync(databasePath(dataDir)) && !isLost(dataDir))
      throw new TokenWatchError('no_data', `There is no database in ${dataDir}, and none was set aside.`);
    return restoreRules(dataDir);
  }
  const draft = `${databasePath(dataDir)}.repairing`;
  const scratch = `${databasePath(dataDir)}.salvaging`;
  forget(draft, scratch);
  try {
    const repaired = await rebuild(dataDir, from, draft, scratch);
    renameSync(draft, databasePath(dataDir));
    return repaired;
  } finally {
    forget(draft, scratch);
  }
}

async function rebuild(dataDir: string, from: string, draft: string, scratch: string): Promise<Repaired> {
  const database = new SqliteDatabase(dataDir, draft);
  const { connection } = database;
  try {
    // Before the records: what is counted after it may be on record, and what is on record was counted.
    const remembered = rememberedIn(dataDir);
    const damaged = openDamaged(from, scratch);
    const tables = damaged === null ? [] : salvage(damaged, connection);
    damaged?.close();
    const isDamaged = (name: RegExp): boolean =>
      damaged === null || tables.some((each) => name.test(each.table) && each.isDamaged);
    if (isDamaged(/^budget/) || isDamaged(/^rules$/)) putBack(connection, remembered);
    connection.exec(`UPDATE change_counter SET last = max(last, (SELECT coalesce(max(change), 0) FROM requests));
      UPDATE budget_version SET version = version + 1; UPDATE rule_version SET version = version + 1;`);
    const rollups = isDamaged(/^(rollup|experiment)_/) ? 'summed up anew' : 'kept';
    if (rollups === 'summed up anew') sumUp(connection);
    // Budgets count what is on record, and what is made good below.
    if (isDamaged(/^(spend_.*|requests|deleted_spend)$/)) new SqliteSpendSums(connection).rebuild();
    new SqliteRequestOrder(connection).rebuild();
    const before = countOf(connection);
    // A server that runs goes on from there.
    await new SpoolLoader(dataDir, new SqliteRecordSink(connection)).copy();
    const fromSpool = countOf(connection) - before;
    const madeGood = await makeGood(connection, remembered.marks, Number.POSITIVE_INFINITY);
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return {
      from,
      putBack: null,
      mustStartAgain: false,
      tables,
      isReadable: damaged !== null,
      rollups,
      fromSpool,
      madeGood,
    };
  } finally {
    database.close();
  }
}

/** Into the database that is there, or a new one. A server that runs finds all of it at once. */
async function restoreRules(dataDir: string): Promise<Repaired> {
  const whole = { from: null, tables: [], isReadable: true, rollups: 'kept' } as const;
  const nothing = { ...whole, mustStartAgain: false, putBack: null, fromSpool: 0, madeGood: [] };
  if (!isLost(dataDir)) return nothing;
  const isMade = !existsSync(databasePath(dataDir));
  // Where it is not there, this sets aside what was written down beside it.
  const database = new SqliteDatabase(dataDir);
  const { connection } = database;
  try {
    // A server that has this one takes in its spool itself.
    if (isMade) await new SpoolLoader(dataDir, new SqliteRecordSink(connection)).copy();
    const fromSpool = isMade ? countOf(connection) : 0;
    const [newest] = lostDatabases(dataDir);
    if (newest === undefined) return { ...nothing, fromSpool };
    const remembered = rememberedIn(newest.folder);
    connection.exec(`PRAGMA busy_timeout = ${WAIT_MS}; BEGIN IMMEDIATE`);
    const counts = putBack(connection, remembered);
    // What came later is on record, and was no part of it.
    const madeGood = await makeGood(connection, remembered.marks, newest.atMs);
    connection.exec('COMMIT');
    const mustStartAgain = isMade && isClaimed(dataDir);
    return { ...whole, mustStartAgain, putBack: { ...counts, from: takenBack(newest) }, fromSpool, madeGood };
  } finally {
    database.close();
  }
}

/** Null where nothing is wrong with it. */
function asideIfDamaged(dataDir: string, nowMs: number): string | null {
  const verdict = checked(dataDir);
  if (verdict === null) return null;
  if (isClaimed(dataDir))
    throw new TokenWatchError(
      'folder_in_use',
      `The database is damaged (${verdict}), and a server writes to it. Stop that first; or let it run: it sets the database aside by itself where it meets the damage.`,
    );
  return setAside(dataDir, nowMs);
}

function checked(dataDir: string): string | null {
  if (isEmptied(dataDir)) return EMPTIED;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(databasePath(dataDir), { timeout: 5000 });
    const answer = String(database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check);
    return answer === 'ok' ? null : answer;
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw storageFailed(dataDir, error);
  } finally {
    database?.close();
  }
}

/** Of the requests that are there. What was summed up of those that were deleted before is not known any more. */
function sumUp(connection: DatabaseSync): void {
  connection.exec('BEGIN');
  new SqliteRollupWriter(connection).clear();
  rebuildRollups(connection);
  numberRequests(connection);
  const experiments = new SqliteExperimentSums(connection);
  experiments.clear();
  experiments.rebuild();
  connection.exec('COMMIT');
}

const countOf = (connection: DatabaseSync): number =>
  Number(connection.prepare('SELECT count(*) AS n FROM requests').get()?.n);

function forget(...paths: readonly string[]): void {
  for (const path of paths) for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}
