// Budgets, kill switches and webhook notices in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
import type { Budget, Kill } from '../../ledger/budget.ts';
import type { BudgetBank, BudgetRules, Notice, SpendQuery, SpentSoFar } from '../../ledger/ports.ts';
import { SqliteSpent } from './spent.ts';
import { Statements } from './statements.ts';

const NOTICE_COLUMNS =
  'id, budget_id AS budgetId, period_start_ms AS periodStartMs, threshold, url, secret, body, created_at_ms AS createdAtMs, attempts';

export class SqliteBudgetBank implements BudgetBank {
  readonly #statements: Statements;
  readonly #spent: SqliteSpent;

  /** `owner`: the process whose records may still come; null for one that lets no request through. */
  constructor(database: DatabaseSync, owner: string | null = null) {
    this.#statements = new Statements(database);
    this.#spent = new SqliteSpent(database, owner);
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
    return this.#spent.of(queries);
  }

  async isCharged(billingKey: string): Promise<boolean> {
    const sql = `SELECT 1 FROM requests WHERE billing_key = ?1
      UNION ALL SELECT 1 FROM deleted_requests WHERE billing_key = ?1 LIMIT 1`;
    return this.#statements.get(sql, billingKey) !== undefined;
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
