// The table of rules. Every change of what the user set raises the version, in the same transaction.

import { type Migration, NAME, step } from './step.ts';

export const RULE_MIGRATION: Migration = [
  step(
    'rules',
    `CREATE TABLE IF NOT EXISTS rules (
      kind ${NAME} NOT NULL,
      name ${NAME} NOT NULL,
      definition JSON NOT NULL,
      created_at_ms NUMBER(19) NOT NULL,
      CONSTRAINT rules_pk PRIMARY KEY (kind, name)
    )`,
  ),
  step('ruleVersion', 'CREATE TABLE IF NOT EXISTS rule_version (version NUMBER(19) NOT NULL)'),
  step(
    'firstRuleVersion',
    'INSERT INTO rule_version (version) SELECT 1 FROM dual WHERE NOT EXISTS (SELECT 1 FROM rule_version)',
  ),
];
