// Budgets, kill switches and notices.

import { SHARED_BY, type SharedBy } from '../../../ledger/budget.ts';
import { SHARES_MAX } from '../../../ledger/ports.ts';
import { GONE } from '../../moved-spend.ts';
import { pairSql } from '../../sql/charged-models.ts';
import { OWED, SHARE_COLUMNS } from '../../sql/spent-rows.ts';
import { columnName } from '../reserved-words.ts';
import { itemsOf, type Statement, statement } from './statement.ts';

const DUE = `id, budget_id, period_start_ms, threshold, url, secret, body, created_at_ms, attempts`;

const scopedSql = (sent: string): string => `AND (:app IS NULL OR app = :app)
    AND (:in_user IS NULL OR user_name = :in_user)
    AND (:in_session IS NULL OR "SESSION" = :in_session)
    AND (:in_key IS NULL OR access_key = :in_key)
    AND (:facets IS NULL OR (tag IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM ${itemsOf('facets')} facet WHERE INSTR(',' || tag || ',', ',' || facet.item || ',') = 0)))
    AND (:models IS NULL
      OR ${pairSql(sent, 'model_used', 'CHR(10)')} IN (SELECT item FROM ${itemsOf('models')}))`;

const ASKED = 'COALESCE(model_sent, model_requested)';
const PAID = `(reserved_at_ms >= :from_ms AND reserved_at_ms < :to_ms
      OR reserved_at_ms IS NULL AND started_at_ms >= :from_ms AND started_at_ms < :to_ms)`;
const DELETED_PAID = 'paid_at_ms >= :from_ms AND paid_at_ms < :to_ms';

/**
 * `own_folder`: only what the processes of one data folder wrote; of `own_process` what was reserved before a moment.
 */
const CHARGED = `WHERE ${PAID}
    ${scopedSql(ASKED)}
    AND (:own_folder IS NULL OR INSTR(owner, :own_folder) = 1
      AND (owner <> :own_process OR COALESCE(reserved_at_ms, started_at_ms) < :own_to_ms))`;
const DELETED = `WHERE ${DELETED_PAID} ${scopedSql('model_sent')}
    AND (:own_folder IS NULL OR instance || '/' = :own_folder)`;

/**
 * A record that is still in flight holds its reservation; one that has ended holds its cost, or what is known of it. It
 * counts for the model that was asked for and for the one that answered; one that knows neither counts for every model.
 * `lists` of ids are left out: a list is a bind, and a bind holds some hundred.
 */
function spentSql(lists: number, per: SharedBy | null): string {
  const left = Array.from({ length: lists }, (_, index) => `SELECT item FROM ${itemsOf(`without_${index}`)}`);
  const without = lists === 0 ? '' : `AND id NOT IN (${left.join(' UNION ALL ')})`;
  const column = per === null ? null : columnName(SHARE_COLUMNS[per]);
  const share = column === null ? '' : `${column} AS whose, `;
  const each =
    column === null ? '' : `GROUP BY ${column} ORDER BY cost DESC FETCH FIRST ${SHARES_MAX} ROWS ONLY`;
  return `SELECT ${share}
    COALESCE(SUM(CASE WHEN outcome <> 'in_flight' THEN ${OWED} END), 0) AS cost,
    COALESCE(SUM(CASE WHEN outcome = 'in_flight' THEN reserved_nano_usd END), 0) AS reserved,
    COUNT(CASE WHEN outcome NOT IN ('in_flight', 'refused') AND cost_nano_usd IS NULL THEN 1 END) AS unpriced,
    COALESCE(SUM(CASE WHEN outcome <> 'in_flight' AND cost_nano_usd IS NOT NULL AND reserved_nano_usd IS NOT NULL
      THEN GREATEST(cost_nano_usd - reserved_nano_usd, 0) END), 0) AS overrun
  FROM requests ${CHARGED} ${without} ${each}`;
}

/** What is left of requests that were deleted. None of them is open. */
function deletedSql(per: SharedBy | null, more = ''): string {
  const column = per === null ? null : columnName(SHARE_COLUMNS[per]);
  const share = column === null ? '' : `${column} AS whose, `;
  const each =
    column === null ? '' : `GROUP BY ${column} ORDER BY cost DESC FETCH FIRST ${SHARES_MAX} ROWS ONLY`;
  return `SELECT ${share} COALESCE(SUM(cost_nano_usd), 0) AS cost, 0 AS reserved,
    COALESCE(SUM(unpriced), 0) AS unpriced, COALESCE(SUM(overrun_nano_usd), 0) AS overrun
  FROM deleted_spend
  ${DELETED} ${more} ${each}`;
}

const SPENT_BINDS = {
  from_ms: 'number',
  to_ms: 'number',
  app: 'name',
  in_user: 'name',
  in_session: 'name',
  in_key: 'name',
  facets: 'list',
  models: 'list',
  own_folder: 'name',
} as const;
const OWN = { own_process: 'name', own_to_ms: 'number' } as const;

/** The same for leases, by the data folder of whoever wrote the record; null for a record that names none. */
const FOLDER = `CASE WHEN INSTR(owner, '/') > 0 THEN SUBSTR(owner, 1, INSTR(owner, '/') - 1) END`;
const LET_THROUGH = `SUM(CASE WHEN outcome = 'in_flight' THEN COALESCE(reserved_nano_usd, 0)
      ELSE COALESCE(${OWED}, 0) END) AS spent`;

export const SPENT_BY_INSTANCE = {
  spent: statement(`SELECT ${FOLDER} AS folder, ${LET_THROUGH} FROM requests ${CHARGED} GROUP BY ${FOLDER}`, {
    ...SPENT_BINDS,
    ...OWN,
  }),
  deletedSpent: statement(
    `SELECT instance AS folder, SUM(cost_nano_usd) AS spent FROM deleted_spend ${DELETED} GROUP BY instance`,
    SPENT_BINDS,
  ),
};

/**
 * The same of those that a list names, and of the requests that have none: of what is on record, and what was deleted.
 */
function membersSql(per: SharedBy) {
  const column = columnName(SHARE_COLUMNS[per]);
  const listed = `AND ${column} IN (SELECT item FROM ${itemsOf('members')})`;
  const none = `AND ${column} IS NULL`;
  const there = (theirs: string): string =>
    `SELECT ${column} AS whose, ${FOLDER} AS folder, ${LET_THROUGH} FROM requests ${CHARGED} ${theirs}
    GROUP BY ${column}, ${FOLDER}`;
  const gone = (theirs: string): string =>
    `SELECT ${column} AS whose, instance AS folder, SUM(cost_nano_usd) AS spent FROM deleted_spend ${DELETED} ${theirs}
    GROUP BY ${column}, instance`;
  const list = { members: 'list' } as const;
  return {
    named: [
      statement(there(listed), { ...SPENT_BINDS, ...OWN, ...list }),
      statement(gone(listed), { ...SPENT_BINDS, ...list }),
    ],
    unnamed: [statement(there(none), { ...SPENT_BINDS, ...OWN }), statement(gone(none), SPENT_BINDS)],
  };
}

export const MEMBERS_SPENT = new Map(SHARED_BY.map((per) => [per, membersSql(per)]));

/** The lists come in these numbers, the rest of them empty: few statements, however many ids. */
export const SPENT_LISTS: readonly number[] = [0, 1, 4, 16, 64];

/** By whose shares are told, and by how many lists. */
export const SPENT: ReadonlyMap<string, Statement> = new Map(
  [null, ...SHARED_BY].flatMap((per) =>
    SPENT_LISTS.map((lists) => {
      const binds = Array.from({ length: lists }, (_, index) => [`without_${index}`, 'list'] as const);
      const asked = statement(spentSql(lists, per), { ...SPENT_BINDS, ...OWN, ...Object.fromEntries(binds) });
      return [spentName(per, lists), asked] as const;
    }),
  ),
);

export const DELETED_SPENT: ReadonlyMap<SharedBy | null, Statement> = new Map(
  [null, ...SHARED_BY].map((per) => [per, statement(deletedSql(per), SPENT_BINDS)] as const),
);

/** The same of no request that is on record. */
export const GONE_SPENT: ReadonlyMap<SharedBy | null, Statement> = new Map(
  [null, ...SHARED_BY].map((per) => [per, statement(deletedSql(per, `AND ${GONE}`), SPENT_BINDS)] as const),
);

export function spentName(per: SharedBy | null, lists: number): string {
  return `${per ?? 'all'} ${lists}`;
}

export const BUDGET_BANK = {
  models: statement(
    `SELECT ${ASKED} AS asked, model_used AS answered FROM requests WHERE ${PAID}
      UNION SELECT model_sent AS asked, model_used AS answered FROM deleted_spend WHERE ${DELETED_PAID}`,
    { from_ms: 'number', to_ms: 'number' },
  ),
  version: statement('SELECT version FROM budget_version'),
  /** One statement reads all, so that the version belongs to what is read. */
  rules: statement(
    `SELECT v.version, v.resets, part.kind, part.definition FROM budget_version v LEFT JOIN (
        SELECT 'budget' AS kind, name AS place, definition FROM budgets
        UNION ALL SELECT 'kill' AS kind, id AS place, definition FROM budget_kills) part ON 1 = 1
      ORDER BY part.kind, part.place`,
  ),
  raiseVersion: statement('UPDATE budget_version SET version = version + 1'),
  countReset: statement('UPDATE budget_version SET version = version + 1, resets = resets + 1'),
  changeBudget: statement('UPDATE budgets SET name = :name, definition = :definition WHERE id = :id', {
    name: 'name',
    definition: 'json',
    id: 'name',
  }),
  addBudget: statement('INSERT INTO budgets (id, name, definition) VALUES (:id, :name, :definition)', {
    id: 'name',
    name: 'name',
    definition: 'json',
  }),
  removeBudget: statement('DELETE FROM budgets WHERE id = :id', { id: 'name' }),
  addKill: statement('INSERT INTO budget_kills (id, definition) VALUES (:id, :definition)', {
    id: 'name',
    definition: 'json',
  }),
  removeKill: statement('DELETE FROM budget_kills WHERE id = :id', { id: 'name' }),
  addNotice: statement(
    `INSERT INTO budget_notices (id, budget_id, period_start_ms, threshold, secret, created_at_ms, next_attempt_ms, url, body)
      VALUES (:id, :budget_id, :period_start_ms, :threshold, :secret, :created_at_ms, :created_at_ms, :url, :body)`,
    {
      id: 'name',
      budget_id: 'name',
      period_start_ms: 'number',
      threshold: 'number',
      secret: 'text',
      created_at_ms: 'number',
      url: 'long',
      body: 'long',
    },
  ),
  dueNotices: statement(
    `SELECT ${DUE} FROM budget_notices WHERE next_attempt_ms <= :now_ms
      ORDER BY next_attempt_ms FETCH FIRST :how_many ROWS ONLY`,
    { now_ms: 'number', how_many: 'number' },
  ),
  noticeDelivered: statement(
    `UPDATE budget_notices SET delivered_at_ms = :at_ms, next_attempt_ms = NULL, last_error = NULL,
        attempts = attempts + 1 WHERE id = :id`,
    { at_ms: 'number', id: 'name' },
  ),
  noticeFailed: statement(
    `UPDATE budget_notices SET last_error = :fault, next_attempt_ms = :next_attempt_ms, attempts = attempts + 1
      WHERE id = :id`,
    { fault: 'text', next_attempt_ms: 'number', id: 'name' },
  ),
};
