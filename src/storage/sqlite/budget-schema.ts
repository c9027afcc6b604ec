// The tables of budgets, and the columns that a request's record has for them: one numbered migration.
// Every change of what the user set raises the version, whoever makes it.

export const BUDGET_MIGRATION = `
ALTER TABLE requests ADD COLUMN reserved_nano_usd INTEGER;
ALTER TABLE requests ADD COLUMN reserved_at_ms INTEGER;
CREATE INDEX requests_by_payment ON requests (COALESCE(reserved_at_ms, started_at_ms));

CREATE TABLE budgets (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  definition TEXT NOT NULL
) STRICT;
CREATE TABLE budget_kills (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL
) STRICT;
CREATE TABLE budget_version (version INTEGER NOT NULL) STRICT;
INSERT INTO budget_version VALUES (1);

CREATE TABLE budget_notices (
  id TEXT PRIMARY KEY,
  budget_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  threshold INTEGER NOT NULL,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_ms INTEGER,
  delivered_at_ms INTEGER,
  last_error TEXT,
  UNIQUE (budget_id, period_start_ms, threshold)
) STRICT;
CREATE INDEX budget_notices_due ON budget_notices (next_attempt_ms) WHERE next_attempt_ms IS NOT NULL;

${['budgets', 'budget_kills'].map(versionTriggers).join('\n')}
`;

function versionTriggers(table: string): string {
  return ['INSERT', 'UPDATE', 'DELETE']
    .map(
      (change) =>
        `CREATE TRIGGER ${table}_after_${change.toLowerCase()} AFTER ${change} ON ${table} ` +
        'BEGIN UPDATE budget_version SET version = version + 1; END;',
    )
    .join('\n');
}
