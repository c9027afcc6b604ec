// The figures of an A/B test as SQL: first the sums of each unit, then sums over the units. However many requests
// there are, a row for each variant comes out.

import type {
  DrawnUnit,
  ExperimentRecords,
  UnitSums,
  VariantFigures,
} from '../../core/experiment-figures.ts';
import type { Row } from '../rows/request-row.ts';
import { TOKENS } from './request-filter.ts';

/** A request without a session was drawn for itself. */
const UNIT: Readonly<Record<DrawnUnit, string>> = {
  session: 'coalesce(session, id)',
  request: 'id',
  app: 'app',
};

const ENDED = `experiment = ? AND started_at_ms >= ? AND started_at_ms < ? AND outcome <> 'in_flight'`;
/** Later than anything that has begun. */
export const NEVER_MS = 8_640_000_000_000_000;
const SUCCEEDED = `outcome IN ('completed', 'cached')`;

/** Sums over units whose own sum is in the column `name`, and their count in `name_n`. */
const overUnits = (name: string): string => `
  count(*) FILTER (WHERE ${name}_n > 0) AS ${name}_units, total(${name}) AS ${name}_sum, total(${name}_n) AS ${name}_count,
  total(1.0 * ${name} * ${name}) AS ${name}_square, total(1.0 * ${name}_n * ${name}_n) AS ${name}_count_square,
  total(1.0 * ${name} * ${name}_n) AS ${name}_product`;

interface Query {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export function variantFiguresSql({
  experiment,
  unit,
  sinceMs,
  untilMs = NEVER_MS,
}: ExperimentRecords): Query {
  const figures = ['cost', 'failures', 'tokens', 'ratings', 'grades'];
  return {
    sql: `WITH units AS (
        SELECT variant, ${UNIT[unit]} AS unit, count(*) AS requests, count(*) FILTER (WHERE ${SUCCEEDED}) AS answers,
          total(${TOKENS} - output_tokens) AS input_tokens, total(output_tokens) AS output_tokens,
          total(cost_nano_usd) AS cost, count(cost_nano_usd) AS cost_n,
          count(*) FILTER (WHERE NOT (${SUCCEEDED})) AS failures, count(*) AS failures_n,
          total(${TOKENS}) AS tokens, count(*) AS tokens_n,
          total(rating) AS ratings, count(rating) AS ratings_n,
          total(grade) AS grades, count(grade) AS grades_n, min(judge) AS first_judge, max(judge) AS last_judge
        FROM requests LEFT JOIN ratings ON request_id = id WHERE ${ENDED} AND variant IS NOT NULL GROUP BY variant, unit)
      SELECT variant, count(*) AS units, sum(requests) AS requests, sum(answers) AS answers,
        total(input_tokens) AS input_tokens, total(output_tokens) AS output_tokens,
        min(first_judge) AS first_judge, max(last_judge) AS last_judge, ${figures.map(overUnits).join(',')}
      FROM units GROUP BY variant ORDER BY variant`,
    values: [experiment, sinceMs, untilMs],
  };
}

export function variantFiguresOf(row: Row): VariantFigures {
  return {
    variant: String(row.variant),
    units: Number(row.units),
    requests: Number(row.requests),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    cost: unitSumsOf(row, 'cost'),
    failures: unitSumsOf(row, 'failures'),
    tokens: unitSumsOf(row, 'tokens'),
    ratings: unitSumsOf(row, 'ratings'),
    grades: unitSumsOf(row, 'grades'),
    judges: [...new Set([row.first_judge, row.last_judge])].filter((judge) => typeof judge === 'string'),
    latencyCount: Number(row.answers),
  };
}

export function unitSumsOf(row: Row, name: string): UnitSums {
  return {
    units: Number(row[`${name}_units`] ?? 0),
    sum: Number(row[`${name}_sum`] ?? 0),
    count: Number(row[`${name}_count`] ?? 0),
    sumSquare: Number(row[`${name}_square`] ?? 0),
    countSquare: Number(row[`${name}_count_square`] ?? 0),
    product: Number(row[`${name}_product`] ?? 0),
  };
}

const TIMED = `${ENDED} AND variant = ? AND ${SUCCEEDED}`;

/** How many latencies there are, and the one at a rank, which is the last parameter. */
export function latenciesSql(
  { experiment, sinceMs, untilMs = NEVER_MS }: ExperimentRecords,
  variant: string,
): { readonly counted: string; readonly at: string; readonly values: readonly (string | number)[] } {
  return {
    counted: `SELECT count(*) AS n FROM requests WHERE ${TIMED}`,
    at: `SELECT latency_ms AS value FROM requests WHERE ${TIMED} ORDER BY latency_ms LIMIT 1 OFFSET ?`,
    values: [experiment, sinceMs, untilMs, variant],
  };
}

/** The first parameter is the latency. */
export function latencyUpToSql(
  { experiment, unit, sinceMs, untilMs = NEVER_MS }: ExperimentRecords,
  variant: string,
): Query {
  return {
    sql: `WITH units AS (
        SELECT count(*) FILTER (WHERE latency_ms <= ?) AS up_to, count(*) AS up_to_n
        FROM requests WHERE ${TIMED} GROUP BY ${UNIT[unit]})
      SELECT ${overUnits('up_to')} FROM units`,
    values: [experiment, sinceMs, untilMs, variant],
  };
}
