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
