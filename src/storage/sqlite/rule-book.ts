// Rules in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type { RuleBook, RuleEntry, RuleKind } from '../../core/rule-book.ts';

type Row = Record<string, string | number | null>;

export class SqliteRuleBook implements RuleBook {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async ruleVersion(): Promise<number> {
    return Number(this.#database.prepare('SELECT version FROM rule_version').get()?.version);
  }

  /** One statement reads all, so that the version belongs to what is read. */
  async rules(): Promise<{ version: number; entries: readonly RuleEntry[] }> {
    const row = this.#database
      .prepare(
        `SELECT version, (SELECT json_group_array(json_object('kind', kind, 'name', name,
           'definition', json(definition), 'createdAtMs', created_at_ms))
           FROM (SELECT * FROM rules ORDER BY created_at_ms, name)) AS entries FROM rule_version`,
      )
      .get() as Row;
    return { version: Number(row.version), entries: JSON.parse(String(row.entries)) as RuleEntry[] };
  }

  async addRule({ kind, name, definition, createdAtMs }: RuleEntry): Promise<boolean> {
    const { changes } = this.#database
      .prepare(
        `INSERT INTO rules (kind, name, definition, created_at_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, name) DO NOTHING`,
      )
      .run(kind, name, JSON.stringify(definition), createdAtMs);
    return changes > 0;
  }

  async changeRule({ kind, name, definition }: RuleEntry): Promise<boolean> {
    const { changes } = this.#database
      .prepare('UPDATE rules SET definition = ? WHERE kind = ? AND name = ?')
      .run(JSON.stringify(definition), kind, name);
    return changes > 0;
  }

  async removeRule(kind: RuleKind, name: string): Promise<void> {
    this.#database.prepare('DELETE FROM rules WHERE kind = ? AND name = ?').run(kind, name);
  }
}
