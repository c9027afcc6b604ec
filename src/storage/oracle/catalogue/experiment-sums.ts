// The sums of A/B tests: what is known of a test, and its rows.

import {
  BEGIN_SUMS,
  CLEAR_SUMS,
  ENDED_OF_TEST,
  opinionsSql,
  sumsSql,
  testsSql,
} from '../../sql/experiment-sums-sql.ts';
import { reportStatement } from '../report-statement.ts';
import { itemsOf, type Statement, statement } from './statement.ts';
import { type Migration, NAME, step } from './step.ts';

export const EXPERIMENT_SUMS_MIGRATION: Migration = [
  step(
    'experimentSpans',
    `CREATE TABLE IF NOT EXISTS experiment_spans (
      experiment ${NAME} PRIMARY KEY, since_ms NUMBER(19) NOT NULL, unit ${NAME} NOT NULL
    )`,
  ),
  step(
    'experimentSums',
    `CREATE TABLE IF NOT EXISTS experiment_sums (
      experiment ${NAME} NOT NULL, variant ${NAME} NOT NULL, unit ${NAME} NOT NULL, until_ms NUMBER(19) NOT NULL,
      sums CLOB NOT NULL,
      CONSTRAINT experiment_sums_pk PRIMARY KEY (experiment, unit, until_ms)
    )`,
  ),
];

const PLACES = `JSON_TABLE(:places, '$[*]' COLUMNS (experiment VARCHAR2(2400 CHAR) PATH '$[0]',
  unit VARCHAR2(2400 CHAR) PATH '$[1]', from_ms NUMBER PATH '$[2]')) given`;
const PLACE_BINDS = { experiment: 'name', unit: 'name', until_ms: 'number' } as const;

export const EXPERIMENT_SUMS = {
  tests: statement(testsSql(`SELECT item FROM ${itemsOf('names')}`), { names: 'list' }),
  opinions: statement(opinionsSql(`SELECT item FROM ${itemsOf('ids')}`), { ids: 'list' }),
  /** Binds `p1` to `p3`: the test, since when, and how many. */
  records: reportStatement(`${ENDED_OF_TEST} ORDER BY started_at_ms LIMIT ?`, ['x', 0, 0])
    .statement as Statement<{ readonly p1: 'name'; readonly p2: 'number'; readonly p3: 'number' }>,
  sums: statement(sumsSql(PLACES), { places: 'list' }),
  forget: reportStatement(BEGIN_SUMS.forget, ['x']).statement as Statement<{ readonly p1: 'name' }>,
  putSpan: statement(
    `MERGE INTO experiment_spans kept
      USING (SELECT :experiment AS experiment, :since_ms AS since_ms, :unit AS unit FROM dual) given
      ON (kept.experiment = given.experiment)
      WHEN MATCHED THEN UPDATE SET kept.since_ms = given.since_ms, kept.unit = given.unit
      WHEN NOT MATCHED THEN INSERT (experiment, since_ms, unit)
        VALUES (given.experiment, given.since_ms, given.unit)`,
    { experiment: 'name', since_ms: 'number', unit: 'name' },
  ),
  add: statement(
    `INSERT INTO experiment_sums (experiment, variant, unit, until_ms, sums)
      VALUES (:experiment, :variant, :unit, :until_ms, :sums)`,
    { variant: 'name', ...PLACE_BINDS, sums: 'long' },
  ),
  change: statement(
    `UPDATE experiment_sums SET sums = :sums
      WHERE experiment = :experiment AND unit = :unit AND until_ms = :until_ms`,
    { sums: 'long', ...PLACE_BINDS },
  ),
  clearSums: statement(CLEAR_SUMS[0]),
  clearSpans: statement(CLEAR_SUMS[1]),
};
