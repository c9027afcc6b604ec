// The numbers of a table's keys: a key, which is a list of texts, gets one when it first comes.

import type { DatabaseSync, StatementSync } from 'node:sqlite';

const KNOWN_MAX = 10_000;

export class SqliteKeyNumbers {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #known = new Map<string, number>();

  /** `columns` are what the texts of a key are called in `table`. */
  constructor(connection: DatabaseSync, table: string, columns: readonly string[]) {
    this.#find = connection.prepare(`SELECT id FROM ${table} WHERE key = ?`);
    this.#add = connection.prepare(
      `INSERT INTO ${table} (key, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
    );
  }

  /** A key's number, which it is given where it has none. */
  of(key: string): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const row = this.#find.get(key);
    const id =
      row === undefined
        ? Number(this.#add.run(key, ...(JSON.parse(key) as (string | null)[])).lastInsertRowid)
        : Number(row.id);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, id);
    return id;
  }

  /** Keys that were given one in a transaction that failed have none. */
  forget(): void {
    this.#known.clear();
  }
}
