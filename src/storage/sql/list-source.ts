// Where the sums of a list are, which tell in what times its records lie; and how its records are found in such a time:
// by their time alone, or, where an index leads from a key to its records, by the keys that match the filter.

import type { RequestFilter, TimeRange } from '../../core/analytics.ts';
import { GRAINS_MS } from '../rollup/grains.ts';
import { filterSql } from './request-filter.ts';
import { keysWhere, type Sql, sumsOf } from './rollup-places.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

export interface ListSource {
  /** Sums over all, by one value of a dimension, or by key. */
  readonly from: string;
  readonly where: string;
  readonly values: readonly SqlValue[];
  readonly grainsMs: readonly number[];
  /** Of the ended records that match, without their time. Null: records are found by their time, and all are looked at. */
  readonly keyed: Sql | null;
}

/** So many keys are looked into for each time; with more of them, records are found by their time. */
const KEYS_MAX = 1000;

export const TOTAL: ListSource = {
  ...{ from: 'rollup_total', where: '', values: [], grainsMs: GRAINS_MS },
  keyed: null,
};

/** No sum knows of any text. */
export async function sourceOf(
  filter: RequestFilter,
  range: TimeRange,
  database: SqlReader,
): Promise<ListSource> {
  const { text: _, ...told } = filter;
  const place = await sumsOf(told, database);
  if (place.kind === 'total') return TOTAL;
  const keyed = await keyedRecords(filter, range, database);
  if (place.dimension !== null && place.values !== null)
    return {
      from: 'rollup_dimension',
      where: `dimension = '${place.dimension}'${place.values.sql} AND `,
      values: place.values.values,
      grainsMs: GRAINS_MS,
      keyed,
    };
  const { sql, values } = filterSql(told, database.like);
  return {
    from: 'rollup_keyed',
    where: `${keysWhere(sql)} AND `,
    values,
    // Minutes by key are kept for some days only.
    grainsMs: GRAINS_MS.slice(1),
    keyed,
  };
}

async function keyedRecords(
  { text, session, ...told }: RequestFilter,
  { fromMs, toMs }: TimeRange,
  database: SqlReader,
): Promise<Sql | null> {
  if (!database.hasKeyIndex) return null;
  const keys = filterSql(told, database.like);
  const [counted] = await database.rows(
    `SELECT count(*) AS n FROM rollup_keys WHERE 1 = 1${keys.sql}`,
    keys.values,
  );
  if (Number(counted?.n) > KEYS_MAX) return null;
  const [without] = await database.rows(
    `SELECT 1 AS is_there FROM requests
      WHERE key_id IS NULL AND started_at_ms >= ? AND started_at_ms < ? AND outcome <> 'in_flight' LIMIT 1`,
    [fromMs, toMs],
  );
  if (without !== undefined) return null;
  // What no key tells.
  const left = filterSql(
    { ...(text !== undefined && { text }), ...(session !== undefined && { session }) },
    database.like,
  );
  return { sql: `${keysWhere(keys.sql)}${left.sql}`, values: [...keys.values, ...left.values] };
}
