// Which requests a question is about, and the pages of a list of them, as SQL. Pages are found by their keys, never by
// an offset: the ten-thousandth costs what the first does.

import type { RequestFilter, RequestSort, RequestsPage, RequestsQuery } from '../../core/analytics.ts';
import { readCursor, writeCursor } from '../../core/request-cursor.ts';
import { type Row, recordFromRow } from '../rows/request-row.ts';

/** Everything that was read and written. */
export const TOKENS =
  'input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens';

/** A null cost sorts behind every known one. */
export const SORT_VALUE: Readonly<Record<RequestSort, string | null>> = {
  time: null,
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

/**
 * Of many requests the newest are found by their ids, which come in the order of time, and the sign keeps a database
 * from sorting all that the range holds.
 */
export function requestsSql(
  { range, filter, sort, limit, cursor }: RequestsQuery,
  like: string,
  isMany: boolean,
): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const { sql: filtered, values } = filterSql(filter, like);
  const value = SORT_VALUE[sort];
  const startedAt = isMany && value === null ? '+started_at_ms' : 'started_at_ms';
  const after = cursor === null ? null : readCursor(cursor, sort);
  const order = value === null ? 'id DESC' : `${value} DESC, id DESC`;
  const behind =
    after === null ? '' : value === null ? ' AND id < ?' : ` AND (${value} < ? OR (${value} = ? AND id < ?))`;
  const afterValues =
    after === null ? [] : value === null ? [after.id] : [after.value, after.value, after.id];
  return {
    sql: `SELECT requests.*, ${value ?? 'NULL'} AS sort_value FROM requests
      WHERE ${startedAt} >= ? AND ${startedAt} < ?${filtered}${behind} ORDER BY ${order} LIMIT ?`,
    // One more than asked for tells whether something follows.
    values: [range.fromMs, range.toMs, ...values, ...afterValues, limit + 1],
  };
}

export function pageOf(rows: readonly Row[], { sort, limit }: RequestsQuery): RequestsPage {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    records: rows.slice(0, limit).map(recordFromRow),
    nextCursor:
      last === undefined ? null : writeCursor({ value: Number(last.sort_value), id: String(last.id) }, sort),
    searchedBackToMs: null,
  };
}
