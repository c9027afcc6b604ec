// What stays in force when an earlier copy of the database is put back: whatever was stopped since stays stopped. Keys that
// were revoked or rotated, kill switches, and what hard budgets had spent go over into the copy.

import type { DatabaseSync } from 'node:sqlite';
import { TokenWatchError } from '../../core/errors.ts';
import type { RuleEntry } from '../../core/rule-book.ts';
import type { Kill } from '../../ledger/budget.ts';
import { openToRead, SqliteDatabase } from './database.ts';
import { rememberedIn } from './lost-database.ts';
import { type MadeGood, makeGood } from './make-good.ts';
import { roomsOf } from './rooms.ts';

export interface CarriedOver {
  readonly kills: number;
  /** Access keys by name: those of the copy that had been changed since. */
  readonly keys: readonly string[];
  readonly madeGood: readonly MadeGood[];
}

/** `copy` is the file that takes the database's place. Null for one of an earlier version, which has no room for it. */
export async function carryOver(dataDir: string, copy: string): Promise<CarriedOver | null> {
  const { kills, rules } = await inForce(dataDir);
  const { marks } = rememberedIn(dataDir);
  const connection = openedCopy(dataDir, copy);
  if (connection === null) return null;
  try {
    const put = connection.prepare('INSERT OR IGNORE INTO budget_kills VALUES (?, ?)');
    const carried = kills.filter((kill) => put.run(kill.id, JSON.stringify(kill)).changes > 0);
    const keys = rules.filter((rule) => rule.kind === 'key' && changeKey(connection, rule));
    const madeGood = await makeGood(connection, marks, Number.POSITIVE_INFINITY);
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return { kills: carried.length, keys: keys.map(({ name }) => name), madeGood };
  } finally {
    connection.close();
  }
}

/** What the database says that is there, and where it says nothing, what its last server knew. */
async function inForce(
  dataDir: string,
): Promise<{ readonly kills: readonly Kill[]; readonly rules: readonly RuleEntry[] }> {
  let connection: DatabaseSync | null = null;
  try {
    connection = openToRead(dataDir);
    const { budgets, rules } = roomsOf(connection);
    return { kills: (await budgets.budgetRules()).kills, rules: (await rules.rules()).entries };
  } catch {
    // It is damaged, gone, or of an earlier version.
    return rememberedIn(dataDir);
  } finally {
    connection?.close();
  }
}

function openedCopy(dataDir: string, copy: string): DatabaseSync | null {
  try {
    return new SqliteDatabase(dataDir, copy, false).connection;
  } catch (error) {
    if (error instanceof TokenWatchError && error.code === 'database_older') return null;
    throw error;
  }
}

/** One that the copy does not know is refused in any case. */
function changeKey(connection: DatabaseSync, { kind, name, definition }: RuleEntry): boolean {
  const text = JSON.stringify(definition);
  const sql = 'UPDATE rules SET definition = ? WHERE kind = ? AND name = ? AND definition <> ?';
  return connection.prepare(sql).run(text, kind, name, text).changes > 0;
}
