// The tables of an A/B test's sums, and how a variant's are read. The words are those of every store.

import type { ExperimentRecords } from '../../core/experiment-figures.ts';
import { ALL_UNITS } from '../rollup/experiment-batch.ts';

export const EXPERIMENT_SUMS_TABLES = `
CREATE TABLE experiment_spans (experiment TEXT NOT NULL PRIMARY KEY, since_ms INTEGER NOT NULL, unit TEXT NOT NULL);
CREATE TABLE experiment_sums (
  experiment TEXT NOT NULL, variant TEXT NOT NULL, unit TEXT NOT NULL, until_ms INTEGER NOT NULL, sums TEXT NOT NULL,
  PRIMARY KEY (experiment, unit, until_ms)
);
`;

/** Of a record, what its test's sums are made of. */
export const RECORD_COLUMNS = [
  'id',
  'experiment',
  'variant',
  'session',
  'app',
  'outcome',
  'started_at_ms',
  'latency_ms',
  'cost_nano_usd',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
];

/** A record of a test that is rated, with what was thought of it before. */
export const OPINION_COLUMNS = [...RECORD_COLUMNS, 'rating', 'grade', 'judge'].join(', ');

export const ENDED_OF_TEST = `SELECT ${OPINION_COLUMNS} FROM requests LEFT JOIN ratings ON request_id = id
  WHERE experiment = ? AND started_at_ms >= ? AND outcome <> 'in_flight' AND variant IS NOT NULL`;

/** `items` is the list of a statement's one parameter, a JSON array of names, as rows. */
export const testsSql = (items: string): string => `
  SELECT rules.name AS name, created_at_ms, definition, since_ms, unit FROM rules
    LEFT JOIN experiment_spans ON experiment_spans.experiment = rules.name
  WHERE kind = 'experiment' AND rules.name IN (${items})`;

export const opinionsSql = (items: string): string =>
  `SELECT request_id, rating, grade, judge FROM ratings WHERE request_id IN (${items})`;

/** `given` are places as rows: from the newest one at a moment on. */
export const sumsSql = (given: string): string => `
  SELECT kept.experiment, kept.variant, kept.unit, kept.until_ms, kept.sums FROM ${given}
    JOIN experiment_sums kept ON kept.experiment = given.experiment AND kept.unit = given.unit
  WHERE kept.until_ms >= (SELECT coalesce(max(older.until_ms), 0) FROM experiment_sums older
    WHERE older.experiment = given.experiment AND older.unit = given.unit AND older.until_ms <= given.from_ms)`;

export const BEGIN_SUMS = {
  forget: 'DELETE FROM experiment_sums WHERE experiment = ?',
  span: `INSERT INTO experiment_spans (experiment, since_ms, unit) VALUES (?, ?, ?)
    ON CONFLICT (experiment) DO UPDATE SET since_ms = excluded.since_ms, unit = excluded.unit`,
};

/** Of a store whose ended records were all deleted. */
export const CLEAR_SUMS = ['DELETE FROM experiment_sums', 'DELETE FROM experiment_spans'] as const;

export const SPAN_OF = 'SELECT since_ms, unit FROM experiment_spans WHERE experiment = ?';

/** The next sign. */
const BEHIND_ALL_UNITS = String.fromCharCode(ALL_UNITS.charCodeAt(0) + 1);

/** Of each variant all that began before a moment. */
export function variantSumsSql(
  { experiment }: ExperimentRecords,
  untilMs: number,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  return {
    sql: `SELECT newest.variant, newest.sums FROM experiment_sums newest
      WHERE newest.experiment = ? AND newest.unit >= '${ALL_UNITS}' AND newest.unit < '${BEHIND_ALL_UNITS}'
        AND newest.until_ms = (
          SELECT max(older.until_ms) FROM experiment_sums older
          WHERE older.experiment = newest.experiment AND older.unit = newest.unit AND older.until_ms <= ?)
      ORDER BY newest.variant`,
    values: [experiment, untilMs],
  };
}
