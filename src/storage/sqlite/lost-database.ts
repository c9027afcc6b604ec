// A database that is gone. What was set in it is told by the copies in the data folder, which the next server writes
// over: they are set aside where a database is made anew, and `tokenwatch repair` puts them back.

import { copyFileSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { KEPT_RULES, type RuleEntry } from '../../core/rule-book.ts';
import type { Budget, Kill } from '../../ledger/budget.ts';
import { KEPT_BUDGETS } from '../../ledger/ports.ts';
import { SPENT_MARKS, type SpentMark } from '../../ledger/spent-marks.ts';
import { type KeptKind, keptCopy } from '../../record/kept-copy.ts';
import { makeFolders } from '../../runtime/make-folders.ts';
import { type PutBack, putBackWords } from '../put-back.ts';

/** What a server wrote down beside its database. */
export interface Remembered {
  readonly budgets: readonly Budget[];
  readonly kills: readonly Kill[];
  /** Access keys are among them. */
  readonly rules: readonly RuleEntry[];
  readonly marks: readonly SpentMark[];
}

export interface LostDatabase {
  /** Of what was written down beside it. */
  readonly folder: string;
  /** When another one took its place. */
  readonly atMs: number;
}

const FOLDER = /^lost-(\d+)$/;
const TAKEN_BACK = '.taken-back';

export function rememberedIn(folder: string): Remembered {
  // One that is damaged is as good as none: what came of all that is told in the end.
  const read = <T>(kind: KeptKind<T>): T | null => keptCopy(folder, kind, () => undefined).read();
  const { budgets, kills } = read(KEPT_BUDGETS) ?? { budgets: [], kills: [] };
  return { budgets, kills, rules: read(KEPT_RULES) ?? [], marks: read(SPENT_MARKS) ?? [] };
}

/** Whether anything was set. */
export function isAnything({ budgets, kills, rules }: Remembered): boolean {
  return budgets.length + kills.length + rules.length > 0;
}

/** To be called before a database is made where none is. */
export function setLostAside(dataDir: string, nowMs: number): void {
  if (!isAnything(rememberedIn(dataDir))) return;
  const folder = join(dataDir, `lost-${nowMs}`);
  makeFolders(folder, 0o700);
  for (const { name } of [KEPT_BUDGETS, KEPT_RULES, SPENT_MARKS])
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(folder, name));
}

/** Whose rules were not put back yet, the newest first. */
export function lostDatabases(dataDir: string): readonly LostDatabase[] {
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(dataDir)
    .flatMap((name) => {
      const atMs = FOLDER.exec(name)?.[1];
      return atMs === undefined ? [] : { folder: join(dataDir, name), atMs: Number(atMs) };
    })
    .sort((a, b) => b.atMs - a.atMs);
}

/** Returns where it is kept now. */
export function takenBack({ folder }: LostDatabase): string {
  renameSync(folder, folder + TAKEN_BACK);
  return folder + TAKEN_BACK;
}

/** Adds what is missing, and says how much that was: what is there goes before. */
export function putBack(connection: DatabaseSync, { budgets, kills, rules }: Remembered): PutBack {
  const put = (sql: string, ...values: readonly (string | number)[]): number =>
    Number(connection.prepare(sql).run(...values).changes);
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  return {
    budgets: sum(
      budgets.map((each) =>
        put('INSERT OR IGNORE INTO budgets VALUES (?, ?, ?)', each.id, each.name, JSON.stringify(each)),
      ),
    ),
    kills: sum(
      kills.map((each) =>
        put('INSERT OR IGNORE INTO budget_kills VALUES (?, ?)', each.id, JSON.stringify(each)),
      ),
    ),
    rules: sum(
      rules.map(({ kind, name, definition, createdAtMs }) =>
        put(
          'INSERT OR IGNORE INTO rules (kind, name, definition, created_at_ms) VALUES (?, ?, ?, ?)',
          ...[kind, name, JSON.stringify(definition), createdAtMs],
        ),
      ),
    ),
  };
}

/** What is not in force since a database is gone, and what to do; null for nothing. `path`: of the database. */
export function lostWords(dataDir: string, path: string, connection: DatabaseSync): string | null {
  for (const { folder } of lostDatabases(dataDir)) {
    const words = putBackWords(missingIn(connection, rememberedIn(folder)));
    if (words !== '')
      return `THE DATABASE IS GONE: ${path} was there and is not, so that a new one was made. What was recorded is not in it, nor are ${words}: none of it is in force. "tokenwatch repair" puts these back, also while this server runs; or stop it and put the database back ("tokenwatch restore FILE" from a backup). If that was meant, delete ${folder}.`;
  }
  return null;
}

function missingIn(connection: DatabaseSync, { budgets, kills, rules }: Remembered): PutBack {
  const isThere = (sql: string, ...values: readonly string[]): boolean =>
    connection.prepare(sql).get(...values) !== undefined;
  return {
    budgets: budgets.filter(
      ({ id, name }) => !isThere('SELECT 1 FROM budgets WHERE id = ? OR name = ?', id, name),
    ).length,
    kills: kills.filter(({ id }) => !isThere('SELECT 1 FROM budget_kills WHERE id = ?', id)).length,
    rules: rules.filter(
      ({ kind, name }) => !isThere('SELECT 1 FROM rules WHERE kind = ? AND name = ?', kind, name),
    ).length,
  };
}
