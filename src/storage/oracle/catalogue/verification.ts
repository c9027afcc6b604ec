// A scratch schema: the table that marks it as one, and how it is emptied. Nothing else drops a table.

import { MIGRATIONS } from './schema.ts';
import { type Statement, statement } from './statement.ts';

export const VERIFICATION = {
  mark: statement('CREATE TABLE IF NOT EXISTS tokenwatch_scratch (made NUMBER(19))'),
  isMarked: statement('SELECT COUNT(*) AS n FROM tokenwatch_scratch'),
};

/** Those that refer to others first; the mark last. */
export function dropStatements(): readonly (readonly [string, Statement])[] {
  const made = MIGRATIONS.flat().flatMap(
    ({ statement: { sql } }) => /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? [],
  );
  const tables = [...made.toReversed(), 'tokenwatch_schema', 'tokenwatch_lock', 'tokenwatch_scratch'];
  return tables.map((table) => [table, statement(`DROP TABLE IF EXISTS ${table} PURGE`)] as const);
}
