// The tables of budgets. Every change of what the user set raises the version, in the same transaction.

import { type Migration, NAME, step, TEXT } from './step.ts';

export const BUDGET_MIGRATION: Migration = [
  step(
    'budgets',
    `CREATE TABLE IF NOT EXISTS budgets (
      id ${NAME} PRIMARY KEY,
      name ${NAME} NOT NULL,
      definition JSON NOT NULL,
      CONSTRAINT budgets_name UNIQUE (name)
    )`,
  ),
  step(
    'budgetKills',
    `CREATE TABLE IF NOT EXISTS budget_kills (id ${NAME} PRIMARY KEY, definition JSON NOT NULL)`,
  ),
  step(
    'budgetVersion',
    `CREATE TABLE IF NOT EXISTS budget_version (
      version NUMBER(19) NOT NULL,
      resets NUMBER(19) DEFAULT 0 NOT NULL
    )`,
  ),
  step(
    'firstBudgetVersion',
    `INSERT INTO budget_version (version, resets)
      SELECT 1, 0 FROM dual WHERE NOT EXISTS (SELECT 1 FROM budget_version)`,
  ),
  step(
    'budgetNotices',
    `CREATE TABLE IF NOT EXISTS budget_notices (
      id ${NAME} PRIMARY KEY,
      budget_id ${NAME} NOT NULL,
      period_start_ms NUMBER(19) NOT NULL,
      threshold NUMBER(19) NOT NULL,
      url CLOB NOT NULL,
      secret ${TEXT} NOT NULL,
      body CLOB NOT NULL,
      created_at_ms NUMBER(19) NOT NULL,
      attempts NUMBER(19) DEFAULT 0 NOT NULL,
      next_attempt_ms NUMBER(19),
      delivered_at_ms NUMBER(19),
      last_error ${TEXT},
      CONSTRAINT budget_notices_once UNIQUE (budget_id, period_start_ms, threshold)
    )`,
  ),
  step(
    'budgetNoticesDue',
    'CREATE INDEX IF NOT EXISTS budget_notices_due ON budget_notices (next_attempt_ms)',
  ),
];
