// Rules in Oracle Database.

import type { RuleBook, RuleEntry, RuleKind } from '../../core/rule-book.ts';
import { RULE_BOOK } from './catalogue/rule-book.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { unlessTaken } from './faults.ts';

export class OracleRuleBook implements RuleBook {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  async ruleVersion(): Promise<number> {
    return Number((await this.#database.rows(RULE_BOOK.version))[0]?.version);
  }

  async rules(): Promise<{ version: number; entries: readonly RuleEntry[] }> {
    const rows = await this.#database.rows(RULE_BOOK.rules);
    return {
      version: Number(rows[0]?.version),
      // Without a rule there is a row of the version alone.
      entries: rows
        .filter(({ kind }) => kind !== null)
        .map((row) => ({
          kind: String(row.kind) as RuleKind,
          name: String(row.name),
          definition: JSON.parse(String(row.definition)) as unknown,
          createdAtMs: Number(row.created_at_ms),
        })),
    };
  }

  async addRule({ kind, name, definition, createdAtMs }: RuleEntry): Promise<boolean> {
    const values = { kind, name, created_at_ms: createdAtMs, definition: JSON.stringify(definition) };
    return unlessTaken(this.#change((asked) => asked.run(RULE_BOOK.add, values)));
  }

  changeRule({ kind, name, definition }: RuleEntry): Promise<boolean> {
    return this.#change((asked) =>
      asked.run(RULE_BOOK.change, { definition: JSON.stringify(definition), kind, name }),
    );
  }

  async removeRule(kind: RuleKind, name: string): Promise<void> {
    await this.#change((asked) => asked.run(RULE_BOOK.remove, { kind, name }));
  }

  /** The version rises with every change, and last: whoever sees it finds the change. */
  #change(change: (asked: Asked) => Promise<number>): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      const changed = (await change(asked)) > 0;
      if (changed) await asked.run(RULE_BOOK.raiseVersion);
      return changed;
    });
  }
}
