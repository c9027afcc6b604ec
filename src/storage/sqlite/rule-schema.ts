// The table of rules, and what a request's record says of them: one numbered migration. Every change of what the
// user set raises the version, whoever makes it.

export const RULE_MIGRATION = `
ALTER TABLE requests ADD COLUMN model_sent TEXT;
ALTER TABLE requests ADD COLUMN routing_rule TEXT;
ALTER TABLE requests ADD COLUMN experiment TEXT;
ALTER TABLE requests ADD COLUMN variant TEXT;
CREATE INDEX requests_experiment ON requests (experiment, variant) WHERE experiment IS NOT NULL;

CREATE TABLE rules (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT;
CREATE TABLE rule_version (version INTEGER NOT NULL) STRICT;
INSERT INTO rule_version VALUES (1);
${['INSERT', 'UPDATE', 'DELETE']
  .map(
    (change) =>
      `CREATE TRIGGER rules_after_${change.toLowerCase()} AFTER ${change} ON rules BEGIN UPDATE rule_version SET version = version + 1; END;`,
  )
  .join('\n')}
`;
