// Which requests a question is about, and the pages of a list of them, as SQL. Pages are found by their keys, never by
// an offset: the ten-thousandth costs what the first does.

import type { RequestFilter, RequestSort, RequestsPage, RequestsQuery } from '../../core/analytics.ts';
import { type RequestCursor, readCursor, writeCursor } from '../../core/request-cursor.ts';
import { type Row, recordFromRow } from '../rows/request-row.ts';

/** Everything that was read and written. */
export const TOKENS =
  'input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens';

/**
 * What lists are sorted by, the greatest first; of the same, what began last comes first, and of the same moment what has
 * the greatest id. Ids alone are not in the order of time: a clock may have been wrong. A null cost sorts behind every
 * known one.
 */
export const SORT_VALUE: Readonly<Record<RequestSort, string>> = {
  time: 'started_at_ms',
  cost: 'coalesce(cost_nano_usd, -1)',
  latency: 'latency_ms',
  tokens: 'output_tokens',
};

const TEXT_COLUMNS = [
  'id',
  'app',
  'tag',
  'session',
  'user_name',
  'access_key',
  'path',
  'model_requested',
  'model_sent',
  'model_used',
  'error_code',
  'upstream_request_id',
  'response_id',
];

interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** ` AND …` for each part that is set, with its values in order. */
export function filterSql(filter: RequestFilter, like: string): Condition {
  const conditions = conditionsOf(filter, like);
  return {
    sql: conditions.map(({ sql }) => ` AND ${sql}`).join(''),
    values: conditions.flatMap(({ values }) => values),
  };
}

function conditionsOf(
  { app, tag, model, session, upstream, outcome, key, text }: RequestFilter,
  like: string,
): readonly Condition[] {
  const conditions: Condition[] = [];
  const add = (sql: string, ...values: readonly string[]): void => void conditions.push({ sql, values });
  if (app !== undefined) add('app = ?', app);
  if (session !== undefined) add('session = ?', session);
  if (tag !== undefined) add(`(tag = ? OR instr(',' || tag || ',', ',' || ? || ',') > 0)`, tag, tag);
  if (model !== undefined)
    add('(model_requested = ? OR model_sent = ? OR model_used = ?)', model, model, model);
  if (upstream !== undefined) add('(upstream_name = ? OR upstream = ?)', upstream, upstream);
  if (outcome === 'failed') add(`outcome NOT IN ('completed', 'cached', 'in_flight')`);
  else if (outcome !== undefined) add('outcome = ?', outcome);
  // Its index leads to all records of a key, of which there may be millions: what is looked into is narrowed by its
  // time.
  if (key !== undefined) add(`coalesce(access_key, '') = ?`, key);
  if (text !== undefined) {
    const pattern = `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const parts = TEXT_COLUMNS.map((column) => `${column} ${like} ? ESCAPE '\\'`);
    add(`(${parts.join(' OR ')})`, ...TEXT_COLUMNS.map(() => pattern));
  }
  return conditions;
}

/** Behind the place where a page begins. `value` is what its list is sorted by, with a sign or without. */
export function behindSql(
  { value: most, startedAtMs, id }: RequestCursor,
  sort: RequestSort,
  value: string = SORT_VALUE[sort],
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  // The first part is told by an index that has no ids. The signs keep a database from looking for each of the others.
  if (sort === 'time')
    return {
      sql: ` AND ${value} <= ? AND (+started_at_ms < ? OR id < ?)`,
      values: [most, most, id],
    };
  return {
    sql: ` AND ${value} <= ? AND (${value} < ? OR +started_at_ms < ? OR (+started_at_ms = ? AND id < ?))`,
    values: [most, most, startedAtMs, startedAtMs, id],
  };
}

export function requestsSql(
  { range, filter, sort, limit, cursor }: RequestsQuery,
  like: string,
): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const { sql: filtered, values } = filterSql(filter, like);
  const value = SORT_VALUE[sort];
  const behind = cursor === null ? null : behindSql(readCursor(cursor, sort), sort);
  const order = sort === 'time' ? '' : `${value} DESC, `;
  return {
    sql: `SELECT requests.*, ${value} AS sort_value FROM requests
      WHERE started_at_ms >= ? AND started_at_ms < ?${filtered}${behind?.sql ?? ''}
      ORDER BY ${order}started_at_ms DESC, id DESC LIMIT ?`,
    // One more than asked for tells whether something follows.
    values: [range.fromMs, range.toMs, ...values, ...(behind?.values ?? []), limit + 1],
  };
}

export function pageOf(rows: readonly Row[], { sort, limit }: RequestsQuery): RequestsPage {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    records: rows.slice(0, limit).map(recordFromRow),
    nextCursor: last === undefined ? null : writeCursor(placeOf(last), sort),
    searchedBackToMs: null,
  };
}

/** Of a row of a list. */
export const placeOf = (row: Row): RequestCursor => ({
  value: Number(row.sort_value),
  startedAtMs: Number(row.started_at_ms),
  id: String(row.id),
});

/** Which of two comes first in a list. */
export const inListOrder = (one: RequestCursor, other: RequestCursor): number =>
  other.value - one.value ||
  other.startedAtMs - one.startedAtMs ||
  Number(one.id < other.id) - Number(one.id > other.id);
