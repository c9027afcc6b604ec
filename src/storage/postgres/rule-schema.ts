// The table of rules. Every change of what the user set raises the version, whoever makes it.

export const RULE_MIGRATION = `
CREATE TABLE rules (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
);
CREATE TABLE rule_version (version INTEGER NOT NULL);
INSERT INTO rule_version VALUES (1);
CREATE TRIGGER rules_change AFTER INSERT OR UPDATE OR DELETE ON rules
  FOR EACH ROW EXECUTE FUNCTION set_version('rule_version');
`;
