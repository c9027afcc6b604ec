// Where a report's sums are: over all, by one value of a dimension, by key, by session.

import type { BreakdownDimension, RequestFilter } from '../../core/analytics.ts';
import { DIMENSIONS, type RollupDimension, type RollupKind } from '../rollup/rollup-batch.ts';
import { dimensionOf } from './request-filter.ts';
import type { SqlValue } from './sql-reader.ts';

export interface Sql {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The columns of a record that a dimension's key is made of: a sum's value of it stands in the first. */
const DIMENSION_COLUMNS: Readonly<Record<RollupDimension, readonly string[]>> = {
  model: ['model_used', 'model_requested'],
  app: ['app'],
  tag: ['tag'],
  upstream: ['upstream_name', 'upstream'],
  outcome: ['outcome'],
  protocol: ['protocol'],
  rule: ['routing_rule'],
  key: ['access_key'],
};

/** Where a report's sums are. */
export interface Place {
  readonly kind: RollupKind;
  /** Of the kind `dimension`. */
  readonly dimension: RollupDimension | null;
  /** Which values of the dimension, instead of the filter; null: all. */
  readonly values: Sql | null;
}
const placeOf = (kind: RollupKind, dimension: RollupDimension | null = null): Place => ({
  ...{ kind, dimension },
  values: null,
});
export const TOTAL = placeOf('total');
export const KEYED = placeOf('keyed');
const SESSION_KEYED = placeOf('session_keyed');

/** Without a filter the sums over all will do. */
export function totalOf(filter: RequestFilter): Place {
  if (filter.session !== undefined) return SESSION_KEYED;
  return Object.keys(filter).length === 0 ? TOTAL : KEYED;
}

/** What is narrowed to one application, key or outcome is summed up by itself, though without its times. */
export function sumsOf(filter: RequestFilter): Place {
  const only = Object.keys(filter).length === 1 ? dimensionOf(filter) : null;
  if (only === null) return totalOf(filter);
  const { dimension, which, values } = only;
  return { ...placeOf('dimension', dimension), values: { sql: ` AND value ${which}`, values } };
}

export function placeFor(by: BreakdownDimension, filter: RequestFilter): Place {
  const isFiltered = Object.keys(filter).length > 0;
  if (filter.session !== undefined) return SESSION_KEYED;
  if (by === 'session') return isFiltered ? SESSION_KEYED : placeOf('session');
  if (isFiltered) return KEYED;
  const name = by.startsWith('tag:') ? 'tag' : by;
  const dimension = DIMENSIONS.find((each) => each === name);
  return dimension === undefined ? KEYED : placeOf('dimension', dimension);
}

/** What a breakdown's key is made of. */
export function columnsBy(by: BreakdownDimension): readonly string[] {
  if (by === 'session') return ['session'];
  const name = by.startsWith('tag:') ? 'tag' : (by as RollupDimension);
  return DIMENSION_COLUMNS[name];
}

/** Since when minutes and six hours are kept by key: `keptFromOf` reads it. */
export const KEPT_FROM = `SELECT keyed_minutes_from_ms AS minutes_ms, keyed_six_hours_from_ms AS six_hours_ms FROM rollup_state`;
