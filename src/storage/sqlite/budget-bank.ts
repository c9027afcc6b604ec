// Budgets, kill switches and webhook notices in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import { facetsOf } from '../../core/tag.ts';
import type { Budget, Kill } from '../../ledger/budget.ts';
import {
  type BudgetBank,
  type BudgetRules,
  type Notice,
  SHARES_MAX,
  type SpendQuery,
  type SpentSoFar,
} from '../../ledger/ports.ts';
import { chargedPairs, pairSql } from '../sql/charged-models.ts';
import { SHARE_COLUMNS, shareIn, sharesTogether, spentIn, spentTogether } from '../sql/spent-rows.ts';
import { type Row, Statements } from './statements.ts';

/**
 * A record that is still in flight holds its reservation; one that has ended holds its cost. It counts for the model
 * that was asked for and for the one that answered; one that knows neither counts for every model. `total` is exact up
 * to 2^53 nano-dollars, about nine million dollars, and never an error.
 */
const SUMS = `
  total(cost_nano_usd) FILTER (WHERE outcome <> 'in_flight') AS cost,
  total(reserved_nano_usd) FILTER (WHERE outcome = 'in_flight') AS reserved,
  COUNT(*) FILTER (WHERE outcome NOT IN ('in_flight', 'refused') AND cost_nano_usd IS NULL) AS unpriced,
  total(max(cost_nano_usd - reserved_nano_usd, 0)) FILTER (WHERE outcome <> 'in_flight') AS overrun
FROM requests`;

const SCOPED = `
  AND (:app IS NULL OR app = :app)
  AND (:user IS NULL OR user_name = :user)
  AND (:session IS NULL OR session = :session)
  AND (:key IS NULL OR access_key = :key)
  AND (:facets IS NULL OR (tag IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM json_each(:facets) WHERE instr(',' || tag || ',', ',' || value || ',') = 0)))
  AND (:models IS NULL
    OR ${pairSql('COALESCE(model_sent, model_requested)', 'model_used', 'char(10)')}
      IN (SELECT value FROM json_each(:models)))`;

const PAID = `(reserved_at_ms >= :from AND reserved_at_ms < :until
    OR reserved_at_ms IS NULL AND started_at_ms >= :from AND started_at_ms < :until)`;
const DELETED_PAID = 'paid_at_ms >= :from AND paid_at_ms < :until';

const CHARGED = `
WHERE ${PAID}
  ${SCOPED}
  AND (:owner IS NULL OR owner <> :owner OR coalesce(reserved_at_ms, started_at_ms) < :to)
  AND id NOT IN (SELECT value FROM json_each(:unsettled))`;

/** What is left of requests that were deleted. None of them is open. */
const DELETED_SUMS = `
  total(cost_nano_usd) AS cost, 0 AS reserved, total(unpriced) AS unpriced, total(overrun_nano_usd) AS overrun
FROM deleted_spend
WHERE ${DELETED_PAID} ${SCOPED.replaceAll('model_sent, model_requested', 'model_sent, NULL')}`;

const MODELS = `
SELECT DISTINCT COALESCE(model_sent, model_requested) AS asked, model_used AS answered FROM requests WHERE ${PAID}
UNION SELECT DISTINCT model_sent, model_used FROM deleted_spend WHERE ${DELETED_PAID}`;

const byEach = (sums: string, column: string): string =>
  `SELECT ${column} AS whose, ${sums} GROUP BY ${column} ORDER BY cost DESC LIMIT ${SHARES_MAX}`;

const NOTICE_COLUMNS =
  'id, budget_id AS budgetId, period_start_ms AS periodStartMs, threshold, url, secret, body, created_at_ms AS createdAtMs, attempts';

export class SqliteBudgetBank implements BudgetBank {
  readonly #owner: string | null;
  readonly #statements: Statements;

  /** `owner`: the process whose records may still come; null for one that lets no request through. */
  constructor(database: DatabaseSync, owner: string | null = null) {
    this.#statements = new Statements(database);
    this.#owner = owner;
  }

  async budgetVersion(): Promise<number> {
    return Number(this.#statements.get('SELECT version FROM budget_version')?.version);
  }

  /** One statement reads all, so that the version belongs to what is read. */
  async budgetRules(): Promise<BudgetRules> {
    const row = this.#statements.get(`
      SELECT version, resets,
        (SELECT json_group_array(json(definition)) FROM (SELECT definition FROM budgets ORDER BY name)) AS budgets,
        (SELECT json_group_array(json(definition)) FROM (SELECT definition FROM budget_kills ORDER BY id)) AS kills
      FROM budget_version`);
    return {
      version: Number(row?.version),
      resets: Number(row?.resets),
      budgets: JSON.parse(String(row?.budgets)) as Budget[],
      kills: JSON.parse(String(row?.kills)) as Kill[],
    };
  }

  async putBudget(budget: Budget): Promise<void> {
    this.#statements.run(
      `INSERT INTO budgets (id, name, definition) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, definition = excluded.definition`,
      budget.id,
      budget.name,
      JSON.stringify(budget),
    );
  }

  async removeBudget(id: string): Promise<void> {
    this.#statements.run('DELETE FROM budgets WHERE id = ?', id);
  }

  async putKill(kill: Kill): Promise<void> {
    this.#statements.run(
      'INSERT INTO budget_kills (id, definition) VALUES (?, ?)',
      kill.id,
      JSON.stringify(kill),
    );
  }

  async removeKill(id: string): Promise<void> {
    this.#statements.run('DELETE FROM budget_kills WHERE id = ?', id);
  }

  async spentSoFar(queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> {
    return queries.map((query) => {
      const { values, ofRows } = this.#spendValues(query);
      const gone = this.#spent(DELETED_SUMS, values, query.per);
      if (query.deletedOnly === true) return gone;
      const there = this.#spent(SUMS + CHARGED, { ...values, ...ofRows }, query.per);
      const spent = spentTogether(there, gone);
      return there.shares === undefined
        ? spent
        : { ...spent, shares: sharesTogether(there.shares, gone.shares ?? []) };
    });
  }

  #spent(sums: string, values: Row, per: SpendQuery['per'] = null): SpentSoFar {
    const spent = spentIn(this.#statements.of(`SELECT ${sums}`).get(values) as Row);
    if (per === null) return spent;
    const rows = this.#statements.of(byEach(sums, SHARE_COLUMNS[per])).all(values) as Row[];
    return { ...spent, shares: rows.map((row) => ({ ...spentIn(row), share: shareIn(row) })) };
  }

  /** `ofRows`: what only records that are still there are asked by. */
  #spendValues({ scope, fromMs, toMs, unsettledIds, own }: SpendQuery) {
    const exactly = (ms: number): number => Math.min(ms, Number.MAX_SAFE_INTEGER);
    const period = { from: fromMs, until: exactly(own?.untilMs ?? toMs) };
    const { model } = scope;
    const models =
      model === null ? null : chargedPairs(model, this.#statements.of(MODELS).all(period) as Row[]);
    const values: Row = {
      ...period,
      app: scope.app,
      user: scope.user ?? null,
      session: scope.session ?? null,
      key: scope.key ?? null,
      facets: scope.tag === null ? null : JSON.stringify(facetsOf(scope.tag)),
      models: models && JSON.stringify(models),
    };
    const ofRows: Row = {
      to: exactly(toMs),
      owner: own === undefined ? null : this.#owner,
      unsettled: JSON.stringify(unsettledIds),
    };
    return { values, ofRows };
  }

  async addNotice(notice: Notice): Promise<void> {
    this.#statements.run(
      `INSERT INTO budget_notices (id, budget_id, period_start_ms, threshold, url, secret, body, created_at_ms,
         next_attempt_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      notice.id,
      notice.budgetId,
      notice.periodStartMs,
      notice.threshold,
      notice.url,
      notice.secret,
      notice.body,
      notice.createdAtMs,
      notice.createdAtMs,
    );
  }

  async dueNotices(nowMs: number, limit: number): Promise<readonly Notice[]> {
    const sql = `SELECT ${NOTICE_COLUMNS} FROM budget_notices WHERE next_attempt_ms <= ? ORDER BY next_attempt_ms LIMIT ?`;
    return this.#statements.all(sql, nowMs, limit) as unknown as Notice[];
  }

  async noticeDelivered(id: string, atMs: number): Promise<void> {
    this.#statements.run(
      `UPDATE budget_notices
       SET delivered_at_ms = ?, next_attempt_ms = NULL, last_error = NULL, attempts = attempts + 1 WHERE id = ?`,
      atMs,
      id,
    );
  }

  async noticeFailed(id: string, error: string, nextAttemptMs: number | null): Promise<void> {
    this.#statements.run(
      'UPDATE budget_notices SET last_error = ?, next_attempt_ms = ?, attempts = attempts + 1 WHERE id = ?',
      error,
      nextAttemptMs,
      id,
    );
  }
}
