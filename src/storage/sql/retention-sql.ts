// What is kept of requests that are deleted, in SQL that SQLite and PostgreSQL share: what budgets sum up, by quarters
// of an hour, and by whom.

import { OWED } from './spent-rows.ts';

/** Every time zone's hours and days begin at a quarter of an hour. */
const QUARTER_MS = 900_000;

/** Whose spending it is, in the words of `requests`. */
const WHOSE = ['app', 'user_name', 'session', 'access_key', 'tag'];
const PAID_AT = 'coalesce(reserved_at_ms, started_at_ms)';

export interface RetentionWords {
  /** The items of a JSON array that is a parameter, as a question. */
  readonly items: string;
  /** Who let the request through, of several; `NULL` where there is one alone. */
  readonly instance: string;
}

/** The tables. `requests` have ended when they come here. */
export const RETENTION_TABLES = `
CREATE TABLE retention_state (rows_from_ms INTEGER NOT NULL);
INSERT INTO retention_state VALUES (0);
CREATE TABLE deleted_requests (id TEXT PRIMARY KEY, billing_key TEXT, deleted_at_ms INTEGER NOT NULL);
CREATE INDEX deleted_requests_billing ON deleted_requests (billing_key) WHERE billing_key IS NOT NULL;
CREATE INDEX deleted_requests_deleted ON deleted_requests (deleted_at_ms);
CREATE TABLE deleted_spend (
  id TEXT PRIMARY KEY, paid_at_ms INTEGER NOT NULL, instance TEXT, ${WHOSE.map((name) => `${name} TEXT`).join(', ')},
  model_sent TEXT, model_used TEXT, cost_nano_usd REAL NOT NULL, unpriced INTEGER NOT NULL, overrun_nano_usd REAL NOT NULL
);
CREATE INDEX deleted_spend_paid ON deleted_spend (paid_at_ms);
`;

/** `table` has the requests that go: of all, or of a part. `isWhole`: the part goes, and nothing in it stays. */
export function retentionSql({ items, instance }: RetentionWords, table = 'requests', isWhole = false) {
  const theirs = isWhole ? `outcome <> 'in_flight'` : `id IN (${items}) AND outcome <> 'in_flight'`;
  return {
    old: `SELECT id, started_at_ms FROM ${table}
      WHERE started_at_ms >= ? AND started_at_ms < ? AND outcome <> 'in_flight'
        AND (experiment IS NULL OR experiment NOT IN (${items}))
      ORDER BY started_at_ms, id LIMIT ?`,
    // One of its requests names each sum.
    keepSpend: `INSERT INTO deleted_spend
      (id, paid_at_ms, instance, ${WHOSE.join(', ')}, model_sent, model_used, cost_nano_usd, unpriced, overrun_nano_usd)
      SELECT min(id), paid_at_ms, instance, ${WHOSE.join(', ')}, model_sent, model_used,
        total(${OWED}), count(*) FILTER (WHERE cost_nano_usd IS NULL),
        total(CASE WHEN cost_nano_usd > reserved_nano_usd THEN cost_nano_usd - reserved_nano_usd ELSE 0 END)
      FROM (SELECT id, ${PAID_AT} - ${PAID_AT} % ${QUARTER_MS} AS paid_at_ms, ${instance} AS instance,
          ${WHOSE.join(', ')}, coalesce(model_sent, model_requested) AS model_sent, model_used,
          cost_nano_usd, list_cost_nano_usd, reserved_nano_usd
        FROM ${table} WHERE ${theirs} AND (cost_nano_usd > 0 OR cost_nano_usd IS NULL AND outcome <> 'refused')) AS paid
      GROUP BY paid_at_ms, instance, ${WHOSE.join(', ')}, model_sent, model_used`,
    keepIds: `INSERT INTO deleted_requests (id, billing_key, deleted_at_ms)
      SELECT id, billing_key, ? FROM ${table} WHERE ${theirs} ON CONFLICT DO NOTHING`,
    deleteRatings: `DELETE FROM ratings WHERE request_id IN (SELECT id FROM ${table} WHERE ${theirs})`,
    deleteRows: `DELETE FROM ${table} WHERE ${theirs}`,
    turn: 'UPDATE retention_state SET rows_from_ms = ? WHERE rows_from_ms < ?',
    forgetIds: `DELETE FROM deleted_requests
      WHERE id IN (SELECT id FROM deleted_requests WHERE deleted_at_ms < ? LIMIT ?)`,
  };
}

export const ROWS_FROM = 'SELECT rows_from_ms AS ms FROM retention_state';
