// What is left of requests that are deleted because they are old. The row of the change counter is locked meanwhile: no
// other request ends, so that each of these statements finds the same ones.

import { OWED } from '../../sql/spent-rows.ts';
import { RECORD_SINK } from './record-sink.ts';
import { type BindTypes, itemsOf, statement } from './statement.ts';
import { type Migration, NAME, step } from './step.ts';

/** Every time zone's hours and days begin at a quarter of an hour. */
const QUARTER_MS = 900_000;
const PAID_AT = 'COALESCE(reserved_at_ms, started_at_ms)';
const WHOSE = 'app, user_name, "SESSION", access_key, tag';

export const RETENTION_MIGRATION: Migration = [
  step('retentionState', 'CREATE TABLE IF NOT EXISTS retention_state (rows_from_ms NUMBER(19) NOT NULL)'),
  step(
    'firstRetentionState',
    `INSERT INTO retention_state (rows_from_ms)
      SELECT 0 FROM dual WHERE NOT EXISTS (SELECT 1 FROM retention_state)`,
  ),
  step(
    'deletedRequests',
    `CREATE TABLE IF NOT EXISTS deleted_requests (
      id ${NAME} PRIMARY KEY, billing_key ${NAME}, deleted_at_ms NUMBER(19) NOT NULL
    )`,
  ),
  step(
    'deletedRequestsBilling',
    'CREATE INDEX IF NOT EXISTS deleted_requests_billing ON deleted_requests (billing_key)',
  ),
  step(
    'deletedRequestsDeleted',
    'CREATE INDEX IF NOT EXISTS deleted_requests_deleted ON deleted_requests (deleted_at_ms)',
  ),
  step(
    'deletedSpend',
    `CREATE TABLE IF NOT EXISTS deleted_spend (
      id ${NAME} PRIMARY KEY, paid_at_ms NUMBER(19) NOT NULL, instance ${NAME}, app ${NAME}, user_name ${NAME},
      "SESSION" ${NAME}, access_key ${NAME}, tag ${NAME}, model_sent ${NAME}, model_used ${NAME},
      cost_nano_usd NUMBER NOT NULL, unpriced NUMBER(19) NOT NULL, overrun_nano_usd NUMBER NOT NULL
    )`,
  ),
  step('deletedSpendPaid', 'CREATE INDEX IF NOT EXISTS deleted_spend_paid ON deleted_spend (paid_at_ms)'),
];

/** Names of A/B tests come in so many lists, for a list is a bind, and a bind holds some dozens. */
export const KEPT_LISTS = 4;
const LISTS = Array.from({ length: KEPT_LISTS }, (_, index) => `kept_${index}`);
const KEPT: BindTypes = Object.fromEntries(LISTS.map((name) => [name, 'list'] as const));
const THEIRS = `started_at_ms >= :from_ms AND started_at_ms < :until_ms AND outcome <> 'in_flight'
  AND (experiment IS NULL OR experiment NOT IN (${LISTS.map((name) => `SELECT item FROM ${itemsOf(name)}`).join(' UNION ALL ')}))`;
const BINDS: BindTypes = { from_ms: 'number', until_ms: 'number', ...KEPT };

export const RETENTION = {
  lockCounter: RECORD_SINK.lockCounter,
  batch: statement(
    `SELECT COUNT(*) AS n, MAX(started_at_ms) AS newest FROM (
      SELECT started_at_ms FROM requests WHERE ${THEIRS} ORDER BY started_at_ms FETCH FIRST :how_many ROWS ONLY) oldest`,
    { ...BINDS, how_many: 'number' },
  ),
  turn: statement('UPDATE retention_state SET rows_from_ms = :from_ms WHERE rows_from_ms < :from_ms', {
    from_ms: 'number',
  }),
  // One of its requests names each sum.
  keepSpend: statement(
    `INSERT INTO deleted_spend
      (id, paid_at_ms, instance, ${WHOSE}, model_sent, model_used, cost_nano_usd, unpriced, overrun_nano_usd)
      SELECT MIN(id), paid_at_ms, instance, ${WHOSE}, model_sent, model_used, COALESCE(SUM(${OWED}), 0),
        COUNT(CASE WHEN cost_nano_usd IS NULL THEN 1 END),
        COALESCE(SUM(CASE WHEN cost_nano_usd > reserved_nano_usd THEN cost_nano_usd - reserved_nano_usd END), 0)
      FROM (SELECT id, ${PAID_AT} - MOD(${PAID_AT}, ${QUARTER_MS}) AS paid_at_ms,
          CASE WHEN INSTR(owner, '/') > 0 THEN SUBSTR(owner, 1, INSTR(owner, '/') - 1) END AS instance,
          ${WHOSE}, COALESCE(model_sent, model_requested) AS model_sent, model_used, cost_nano_usd,
          list_cost_nano_usd, reserved_nano_usd
        FROM requests WHERE ${THEIRS} AND (cost_nano_usd > 0 OR cost_nano_usd IS NULL AND outcome <> 'refused')) paid
      GROUP BY paid_at_ms, instance, ${WHOSE}, model_sent, model_used`,
    BINDS,
  ),
  keepIds: statement(
    `INSERT INTO deleted_requests (id, billing_key, deleted_at_ms)
      SELECT id, billing_key, :deleted_at FROM requests WHERE ${THEIRS}
        AND NOT EXISTS (SELECT 1 FROM deleted_requests d WHERE d.id = requests.id)`,
    { deleted_at: 'number', ...BINDS },
  ),
  deleteRatings: statement(
    `DELETE FROM ratings WHERE request_id IN (SELECT id FROM requests WHERE ${THEIRS})`,
    BINDS,
  ),
  deleteRows: statement(`DELETE FROM requests WHERE ${THEIRS}`, BINDS),
  forgetIds: statement(
    `DELETE FROM deleted_requests WHERE id IN (
      SELECT id FROM deleted_requests WHERE deleted_at_ms < :until_ms FETCH FIRST :how_many ROWS ONLY)`,
    { until_ms: 'number', how_many: 'number' },
  ),
  forgetSpend: statement('DELETE FROM deleted_spend'),
  reset: statement('UPDATE retention_state SET rows_from_ms = 0'),
  /** Which of these were deleted. */
  deleted: statement(`SELECT id FROM deleted_requests WHERE id IN (SELECT item FROM ${itemsOf('ids')})`, {
    ids: 'list',
  }),
  rowsFrom: statement('SELECT rows_from_ms FROM retention_state'),
};
