// Rules in PostgreSQL.

import type { RuleBook, RuleEntry, RuleKind } from '../../core/rule-book.ts';
import type { Asked } from './database.ts';

export class PostgresRuleBook implements RuleBook {
  readonly #database: Asked;

  constructor(database: Asked) {
    this.#database = database;
  }

  async ruleVersion(): Promise<number> {
    const [row] = await this.#database.rows('SELECT version FROM rule_version');
    return Number(row?.version);
  }

  /** One statement reads all, so that the version belongs to what is read. */
  async rules(): Promise<{ version: number; entries: readonly RuleEntry[] }> {
    const [row] = await this.#database.rows(
      `SELECT version, (SELECT coalesce(json_agg(json_build_object('kind', kind, 'name', name,
           'definition', definition, 'createdAtMs', created_at_ms) ORDER BY created_at_ms, name), '[]')
         FROM rules)::text AS entries FROM rule_version`,
    );
    const entries = JSON.parse(String(row?.entries)) as (RuleEntry & { readonly definition: string })[];
    return {
      version: Number(row?.version),
      entries: entries.map((entry) => ({ ...entry, definition: JSON.parse(entry.definition) as unknown })),
    };
  }

  async addRule({ kind, name, definition, createdAtMs }: RuleEntry): Promise<boolean> {
    const added = await this.#database.run(
      `INSERT INTO rules (kind, name, definition, created_at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, name) DO NOTHING`,
      [kind, name, JSON.stringify(definition), createdAtMs],
    );
    return added > 0;
  }

  async changeRule({ kind, name, definition }: RuleEntry): Promise<boolean> {
    const changed = await this.#database.run('UPDATE rules SET definition = ? WHERE kind = ? AND name = ?', [
      JSON.stringify(definition),
      kind,
      name,
    ]);
    return changed > 0;
  }

  async removeRule(kind: RuleKind, name: string): Promise<void> {
    await this.#database.run('DELETE FROM rules WHERE kind = ? AND name = ?', [kind, name]);
  }
}
