// The tables of roll-ups. Sums are floating-point: exact up to 2^53, and never an error beyond it.

import { GRAINS_MS, SESSION_GRAINS_MS, SIX_HOURS_MS } from '../rollup/grains.ts';
import {
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  PEAK_COLUMNS,
  PEAK_UNKNOWN,
  SUM_COLUMNS,
} from '../rollup/rollup-batch.ts';

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

const MINUTE_MS = GRAINS_MS[0];
const DAY_MS = SESSION_GRAINS_MS.at(-1) as number;
const PEAKS = PEAK_COLUMNS.join(', ');

/**
 * What lists are sorted by, and sessions as a whole. By key and by value of a dimension peaks of old records stay
 * unknown: those over all bound them. Where days of a session are summed up, it lies within them.
 */
export const PEAKS_MIGRATION = `
${[...KINDS_WITH_PEAKS]
  .flatMap((kind) =>
    PEAK_COLUMNS.map(
      (name) => `ALTER TABLE rollup_${kind} ADD COLUMN ${name} REAL NOT NULL DEFAULT ${PEAK_UNKNOWN};`,
    ),
  )
  .join('\n')}
UPDATE rollup_total SET (${PEAKS}) = (
  SELECT coalesce(max(coalesce(cost_nano_usd, -1)), -1), coalesce(max(latency_ms), -1), coalesce(max(output_tokens), -1)
  FROM requests WHERE started_at_ms >= bucket_ms AND started_at_ms < bucket_ms + grain_ms)
  WHERE grain_ms = ${MINUTE_MS};
UPDATE rollup_total AS longer SET (${PEAKS}) = (
  SELECT ${PEAK_COLUMNS.map((name) => `coalesce(max(${name}), -1)`).join(', ')} FROM rollup_total AS minute
  WHERE minute.grain_ms = ${MINUTE_MS} AND minute.bucket_ms >= longer.bucket_ms
    AND minute.bucket_ms < longer.bucket_ms + longer.grain_ms)
  WHERE grain_ms <> ${MINUTE_MS};
CREATE TABLE rollup_lives (
  session TEXT PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, ${SUMS}
);
CREATE INDEX rollup_lives_dear ON rollup_lives (cost_nano_usd DESC, requests DESC, session);
INSERT INTO rollup_lives (session, first_ms, last_ms, ${SUM_COLUMNS.join(', ')})
  SELECT session, min(bucket_ms), max(bucket_ms) + ${DAY_MS - 1}, ${SUM_COLUMNS.map((name) => `sum(${name})`).join(', ')}
  FROM rollup_session WHERE grain_ms = ${DAY_MS} GROUP BY session;
`;

/** By key, six hours at a time: from the next ones on. */
export const SIX_HOURS_MIGRATION = `
ALTER TABLE rollup_state ADD COLUMN keyed_six_hours_from_ms INTEGER NOT NULL DEFAULT 0;
UPDATE rollup_state SET keyed_six_hours_from_ms = coalesce(
  (SELECT max(bucket_ms) - max(bucket_ms) % ${SIX_HOURS_MS} + ${SIX_HOURS_MS} FROM rollup_total), 0);
`;
