// The tables of roll-ups. Sums are floating-point: exact up to 2^53, and never an error beyond it.

import { KEY_COLUMNS, SUM_COLUMNS } from '../rollup/rollup-batch.ts';

const SUMS = SUM_COLUMNS.map((name) => `${name} REAL NOT NULL`).join(', ');

export const ROLLUP_MIGRATION = `
CREATE TABLE rollup_keys (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key TEXT NOT NULL UNIQUE,
  ${KEY_COLUMNS.map((name) => `${name} TEXT`).join(', ')}
);
CREATE TABLE rollup_total (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, ${SUMS}, latency jsonb NOT NULL, first_byte jsonb NOT NULL,
  PRIMARY KEY (grain_ms, bucket_ms)
);
CREATE TABLE rollup_dimension (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL, ${SUMS},
  PRIMARY KEY (dimension, grain_ms, bucket_ms, value)
);
CREATE TABLE rollup_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, key_id INTEGER NOT NULL, ${SUMS},
  latency jsonb NOT NULL, first_byte jsonb NOT NULL,
  PRIMARY KEY (grain_ms, bucket_ms, key_id)
);
CREATE TABLE rollup_session (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session)
);
CREATE TABLE rollup_session_keyed (
  grain_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL, session TEXT NOT NULL, key_id INTEGER NOT NULL, ${SUMS},
  PRIMARY KEY (grain_ms, bucket_ms, session, key_id)
);
CREATE TABLE rollup_state (keyed_minutes_from_ms INTEGER NOT NULL);
INSERT INTO rollup_state VALUES (0);
`;

/** Sums by access key. What was summed up before them counts as having come without one. */
export const KEY_SUMS_MIGRATION = `
ALTER TABLE rollup_keys ADD COLUMN IF NOT EXISTS access_key TEXT;
INSERT INTO rollup_dimension (grain_ms, bucket_ms, dimension, value, ${SUM_COLUMNS.join(', ')})
  SELECT grain_ms, bucket_ms, 'key', '', ${SUM_COLUMNS.join(', ')} FROM rollup_total
  ON CONFLICT DO NOTHING;
CREATE INDEX requests_key ON requests (access_key, id) WHERE access_key IS NOT NULL;
`;
