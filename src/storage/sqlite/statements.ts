// Statements of one connection, prepared once each.

import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Value = number | string | null | Uint8Array;
export type Row = Record<string, Value>;

export class Statements {
  readonly #connection: DatabaseSync;
  readonly #known = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  get(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.of(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: readonly Value[]): Row[] {
    return this.of(sql).all(...values) as Row[];
  }

  /** How many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.of(sql).run(...values).changes);
  }

  /** `sql` is one of a few texts: each is kept. */
  of(sql: string): StatementSync {
    let statement = this.#known.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#known.set(sql, statement);
    }
    return statement;
  }
}
