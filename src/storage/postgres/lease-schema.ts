// The tables of leases: who runs, what each may let through of a budget's period, and the lock that goes before them.

export const LEASE_MIGRATION = `
CREATE TABLE instances (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  host TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  is_stopped INTEGER NOT NULL
);
CREATE TABLE lease_windows (
  key TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  scope TEXT NOT NULL,
  PRIMARY KEY (key, start_ms)
);
CREATE TABLE leases (
  key TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  instance TEXT NOT NULL,
  granted INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  overrun INTEGER NOT NULL,
  is_unmet INTEGER NOT NULL,
  PRIMARY KEY (key, start_ms, instance)
);
CREATE TABLE lease_lock (one INTEGER PRIMARY KEY);
INSERT INTO lease_lock VALUES (1);
`;

/**
 * Leases of each session, user, key or application that has an allowance of its own, under the key of its budget and
 * its own. What the records say of one of them is found without reading all others.
 */
export const MEMBER_LEASES_MIGRATION = `
ALTER TABLE lease_windows ADD COLUMN per TEXT;
ALTER TABLE leases ADD COLUMN member TEXT;
CREATE INDEX leases_unmet ON leases (key) WHERE is_unmet = 1;
CREATE INDEX requests_user ON requests (user_name, started_at_ms) WHERE user_name IS NOT NULL;
CREATE INDEX deleted_spend_session ON deleted_spend (session) WHERE session IS NOT NULL;
CREATE INDEX deleted_spend_user ON deleted_spend (user_name) WHERE user_name IS NOT NULL;
`;
