// Rules.

import { statement } from './statement.ts';

export const RULE_BOOK = {
  version: statement('SELECT version FROM rule_version'),
  /** One statement reads all, so that the version belongs to what is read. */
  rules: statement(
    `SELECT v.version, r.kind, r.name, r.definition, r.created_at_ms FROM rule_version v LEFT JOIN rules r ON 1 = 1
      ORDER BY r.created_at_ms, r.name`,
  ),
  raiseVersion: statement('UPDATE rule_version SET version = version + 1'),
  add: statement(
    'INSERT INTO rules (kind, name, created_at_ms, definition) VALUES (:kind, :name, :created_at_ms, :definition)',
    { kind: 'name', name: 'name', created_at_ms: 'number', definition: 'json' },
  ),
  change: statement('UPDATE rules SET definition = :definition WHERE kind = :kind AND name = :name', {
    definition: 'json',
    kind: 'name',
    name: 'name',
  }),
  remove: statement('DELETE FROM rules WHERE kind = :kind AND name = :name', { kind: 'name', name: 'name' }),
};
