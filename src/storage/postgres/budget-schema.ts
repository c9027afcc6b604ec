// The tables of budgets. Every change of what the user set raises the version, whoever makes it.

export const BUDGET_MIGRATION = `
CREATE TABLE budgets (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL);
CREATE TABLE budget_kills (id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE budget_version (version INTEGER NOT NULL);
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
);
CREATE INDEX budget_notices_due ON budget_notices (next_attempt_ms) WHERE next_attempt_ms IS NOT NULL;
CREATE TRIGGER budgets_change AFTER INSERT OR UPDATE OR DELETE ON budgets
  FOR EACH ROW EXECUTE FUNCTION set_version('budget_version');
CREATE TRIGGER budget_kills_change AFTER INSERT OR UPDATE OR DELETE ON budget_kills
  FOR EACH ROW EXECUTE FUNCTION set_version('budget_version');
`;
