// The tables of roll-ups. Sums are of Oracle's own numbers: 38 digits, exact. A key is known by its hash.

import { SESSION_GRAINS_MS, SIX_HOURS_MS } from '../../rollup/grains.ts';
import {
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  PEAK_COLUMNS,
  PEAK_UNKNOWN,
  SUM_COLUMNS,
} from '../../rollup/rollup-batch.ts';
import { added, type Migration, NAME, step } from './step.ts';

const SUMS = SUM_COLUMNS.map((name) => `${name} NUMBER NOT NULL`).join(', ');
const AT = 'grain_ms NUMBER(19) NOT NULL, bucket_ms NUMBER(19) NOT NULL';
const HISTOGRAMS = 'latency JSON NOT NULL, first_byte JSON NOT NULL';

export const ROLLUP_MIGRATION: Migration = [
  step(
    'rollupKeys',
    `CREATE TABLE IF NOT EXISTS rollup_keys (
      id ${NAME} PRIMARY KEY, ${KEY_COLUMNS.map((name) => `${name} ${NAME}`).join(', ')}
    )`,
  ),
  step(
    'rollupTotal',
    `CREATE TABLE IF NOT EXISTS rollup_total (
      ${AT}, ${SUMS}, ${HISTOGRAMS},
      CONSTRAINT rollup_total_pk PRIMARY KEY (grain_ms, bucket_ms)
    )`,
  ),
  step(
    'rollupDimension',
    `CREATE TABLE IF NOT EXISTS rollup_dimension (
      ${AT}, dimension ${NAME} NOT NULL, value ${NAME} NOT NULL, ${SUMS},
      CONSTRAINT rollup_dimension_pk PRIMARY KEY (dimension, grain_ms, bucket_ms, value)
    )`,
  ),
  step(
    'rollupKeyed',
    `CREATE TABLE IF NOT EXISTS rollup_keyed (
      ${AT}, key_id ${NAME} NOT NULL, ${SUMS}, ${HISTOGRAMS},
      CONSTRAINT rollup_keyed_pk PRIMARY KEY (grain_ms, bucket_ms, key_id)
    )`,
  ),
  step(
    'rollupSession',
    `CREATE TABLE IF NOT EXISTS rollup_session (
      ${AT}, "SESSION" ${NAME} NOT NULL, ${SUMS},
      CONSTRAINT rollup_session_pk PRIMARY KEY (grain_ms, bucket_ms, "SESSION")
    )`,
  ),
  step(
    'rollupSessionKeyed',
    `CREATE TABLE IF NOT EXISTS rollup_session_keyed (
      ${AT}, "SESSION" ${NAME} NOT NULL, key_id ${NAME} NOT NULL, ${SUMS},
      CONSTRAINT rollup_session_keyed_pk PRIMARY KEY (grain_ms, bucket_ms, "SESSION", key_id)
    )`,
  ),
  step('rollupState', 'CREATE TABLE IF NOT EXISTS rollup_state (keyed_minutes_from_ms NUMBER(19) NOT NULL)'),
  step(
    'firstRollupState',
    `INSERT INTO rollup_state (keyed_minutes_from_ms)
      SELECT 0 FROM dual WHERE NOT EXISTS (SELECT 1 FROM rollup_state)`,
  ),
];

/**
 * Sums by access key. What was summed up before them counts as having come without one: the sign is the empty text's.
 */
export const KEY_SUMS: Migration = [
  step(
    'rollupKeySums',
    `INSERT INTO rollup_dimension (grain_ms, bucket_ms, dimension, value, ${SUM_COLUMNS.join(', ')})
      SELECT grain_ms, bucket_ms, 'key', CHR(1), ${SUM_COLUMNS.join(', ')} FROM rollup_total
      WHERE NOT EXISTS (SELECT 1 FROM rollup_dimension WHERE dimension = 'key')`,
  ),
  step('requestsKey', 'CREATE INDEX IF NOT EXISTS requests_key ON requests (access_key, id)'),
];

const DAY_MS = SESSION_GRAINS_MS.at(-1) as number;

/**
 * What lists are sorted by, and sessions as a whole. Of records from before nobody knows: they may have anything. Where
 * days of a session are summed up, it lies within them.
 */
export const PEAKS: Migration = [
  ...[...KINDS_WITH_PEAKS].flatMap((kind) =>
    PEAK_COLUMNS.map((name) =>
      added(
        `rollup_${kind}.${name}`,
        `ALTER TABLE rollup_${kind} ADD (${name} BINARY_DOUBLE DEFAULT ${PEAK_UNKNOWN} NOT NULL)`,
      ),
    ),
  ),
  step(
    'rollupLives',
    `CREATE TABLE IF NOT EXISTS rollup_lives (
      "SESSION" ${NAME} PRIMARY KEY, first_ms NUMBER(19) NOT NULL, last_ms NUMBER(19) NOT NULL, ${SUMS}
    )`,
  ),
  step(
    'rollupLivesDear',
    'CREATE INDEX IF NOT EXISTS rollup_lives_dear ON rollup_lives (cost_nano_usd, requests)',
  ),
  step(
    'firstRollupLives',
    `INSERT INTO rollup_lives ("SESSION", first_ms, last_ms, ${SUM_COLUMNS.join(', ')})
      SELECT "SESSION", MIN(bucket_ms), MAX(bucket_ms) + ${DAY_MS - 1}, ${SUM_COLUMNS.map((name) => `SUM(${name})`).join(', ')}
      FROM rollup_session WHERE grain_ms = ${DAY_MS} AND NOT EXISTS (SELECT 1 FROM rollup_lives) GROUP BY "SESSION"`,
  ),
];

/** By key, six hours at a time: from the next ones on. */
export const SIX_HOURS: Migration = [
  added(
    'rollupStateSixHours',
    'ALTER TABLE rollup_state ADD (keyed_six_hours_from_ms NUMBER(19) DEFAULT 0 NOT NULL)',
  ),
  step(
    'firstSixHours',
    `UPDATE rollup_state SET keyed_six_hours_from_ms = (
      SELECT COALESCE(MAX(bucket_ms) - MOD(MAX(bucket_ms), ${SIX_HOURS_MS}) + ${SIX_HOURS_MS}, 0) FROM rollup_total)`,
  ),
];
