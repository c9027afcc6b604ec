// Where a report's sums are: over all, by one value of a dimension, by key, by session.

import type { BreakdownDimension, RequestFilter } from '../../core/analytics.ts';
import { DIMENSIONS, type RollupDimension, type RollupKind } from '../rollup/rollup-batch.ts';
import { filterSql } from './request-filter.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

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
  /** Which of its sums, instead of the filter; null: those that the filter says. */
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

const NARROWED_BY = ['app', 'key', 'outcome', 'tag', 'model', 'upstream'] as const;
/** What these match is told by the dimension's value alone. */
const TOLD_BY_VALUE: ReadonlySet<RollupDimension> = new Set(['app', 'key', 'outcome', 'tag']);

/**
 * Where the sums of a filter are, without their times. Where all keys with some values of a dimension match, and none
 * without, those values are summed up by themselves: a row or a few for each time instead of one for each key.
 */
export async function sumsOf(filter: RequestFilter, database: SqlReader): Promise<Place> {
  const all = totalOf(filter);
  if (all !== KEYED) return all;
  const { sql, values } = filterSql(filter, database.like);
  const isOnly = Object.keys(filter).length === 1;
  for (const dimension of NARROWED_BY) {
    if (filter[dimension] === undefined) continue;
    const value = `coalesce(${DIMENSION_COLUMNS[dimension].join(', ')}, '')`;
    if (!(isOnly && TOLD_BY_VALUE.has(dimension))) {
      const [other] = await database.rows(
        `SELECT value FROM (SELECT ${value} AS value, CASE WHEN 1 = 1${sql} THEN 1 ELSE 0 END AS fits FROM rollup_keys) told
          GROUP BY value HAVING min(fits) <> max(fits) LIMIT 1`,
        values,
      );
      if (other !== undefined) continue;
    }
    const which = ` AND value IN (SELECT ${value} FROM rollup_keys WHERE 1 = 1${sql})`;
    return { ...placeOf('dimension', dimension), values: { sql: which, values } };
  }
  return KEYED;
}

/** Of sessions, by a filter that names none; `isByAll`: it narrows nothing. */
export function sessionsPlace(filter: RequestFilter, isByAll: boolean, like: string): Place {
  if (isByAll) return { ...placeOf('session'), values: { sql: '', values: [] } };
  const { sql, values } = filterSql(filter, like);
  return { ...SESSION_KEYED, values: { sql: ` AND ${keysWhere(sql)}`, values } };
}

/** Not of sessions. `sums` are where those of the filter are. */
export function placeFor(by: BreakdownDimension, filter: RequestFilter, sums: Place): Place {
  const isFiltered = Object.keys(filter).length > 0;
  if (filter.session !== undefined) return SESSION_KEYED;
  const name = by.startsWith('tag:') ? 'tag' : by;
  if (isFiltered) return sums.dimension === name ? sums : KEYED;
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

/** Of sums by key, those whose key matches: found by their index alone, before any of them is read. */
export const keysWhere = (filter: string): string =>
  `key_id IN (SELECT id FROM rollup_keys WHERE 1 = 1${filter})`;
