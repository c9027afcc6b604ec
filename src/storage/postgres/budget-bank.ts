// Budgets, kill switches and webhook notices in PostgreSQL.

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
import type { Self } from '../instance.ts';
import { GONE } from '../moved-spend.ts';
import { otherPairs, pairSql } from '../sql/charged-models.ts';
import {
  OWED,
  SHARE_COLUMNS,
  shareIn,
  sharesTogether,
  spentByInstance,
  spentIn,
  spentTogether,
} from '../sql/spent-rows.ts';
import { type Asked, type PgRow, storableText, type Value } from './database.ts';

/**
 * A record that is still in flight holds its reservation; one that has ended holds its cost, or what is known of it. It
 * counts for the model that was asked for and for the one that answered; one that knows neither counts for every model.
 * `total` is exact up to 2^53 nano-dollars, about nine million dollars, and never an error.
 */
const SUMS = `
  total(${OWED}) FILTER (WHERE outcome <> 'in_flight') AS cost,
  total(reserved_nano_usd) FILTER (WHERE outcome = 'in_flight') AS reserved,
  count(*) FILTER (WHERE outcome NOT IN ('in_flight', 'refused') AND cost_nano_usd IS NULL) AS unpriced,
  total(greatest(cost_nano_usd - reserved_nano_usd, 0)) FILTER
    (WHERE outcome <> 'in_flight' AND cost_nano_usd IS NOT NULL AND reserved_nano_usd IS NOT NULL) AS overrun
FROM requests`;

/** What comes while the models are looked through counts. */
const SCOPED = `
  AND (?3::text IS NULL OR app = ?3)
  AND (?4::text IS NULL OR (tag IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM json_array_elements_text(?4::json) AS facet (value)
    WHERE instr(',' || tag || ',', ',' || facet.value || ',') = 0)))
  AND (?5::text IS NULL
    OR ${pairSql('coalesce(model_sent, model_requested)', 'model_used', 'chr(10)')}
      NOT IN (SELECT * FROM json_array_elements_text(?5::json)))
  AND (?6::text IS NULL OR user_name = ?6)
  AND (?7::text IS NULL OR session = ?7)
  AND (?8::text IS NULL OR access_key = ?8)`;

const PAID = `(reserved_at_ms >= ?1 AND reserved_at_ms < ?2
    OR reserved_at_ms IS NULL AND started_at_ms >= ?1 AND started_at_ms < ?2)`;
const DELETED_PAID = 'paid_at_ms >= ?1 AND paid_at_ms < ?2';

const CHARGED = `
WHERE ${PAID}
  ${SCOPED}
  AND (?9::text IS NULL OR starts_with(owner, ?9::text || '/')
    AND (owner <> ?10::text OR coalesce(reserved_at_ms, started_at_ms) < ?11::bigint))
  AND id NOT IN (SELECT * FROM json_array_elements_text(?12::json))`;

/** What is left of requests that were deleted. None of them is open, or of a process that runs. */
const DELETED = `
FROM deleted_spend
WHERE ${DELETED_PAID} ${SCOPED.replaceAll('model_sent, model_requested', 'model_sent, NULL')}
  AND (?9::text IS NULL OR instance = ?9)`;
const DELETED_SUMS = `
  total(cost_nano_usd) AS cost, 0 AS reserved, total(unpriced) AS unpriced, total(overrun_nano_usd) AS overrun
${DELETED}`;
/** `spendValues` of that many are of what was deleted. */
const DELETED_VALUES = 9;

const MODELS = `
SELECT coalesce(model_sent, model_requested) AS asked, model_used AS answered FROM requests WHERE ${PAID}
UNION SELECT model_sent, model_used FROM deleted_spend WHERE ${DELETED_PAID}`;

const byEach = (sums: string, column: string): string =>
  `SELECT ${column} AS whose, ${sums} GROUP BY ${column} ORDER BY cost DESC LIMIT ${SHARES_MAX}`;

/** The same for leases, by the data folder of whoever wrote the record; empty for a record that names none. */
const BY_FOLDER = `CASE WHEN strpos(owner, '/') > 0 THEN split_part(owner, '/', 1) ELSE '' END AS instance`;
const LET_THROUGH = `
  sum(CASE WHEN outcome = 'in_flight' THEN coalesce(reserved_nano_usd, 0) ELSE coalesce(${OWED}, 0) END) AS spent
FROM requests ${CHARGED}`;
const DELETED_LET_THROUGH = `coalesce(instance, '') AS instance, sum(cost_nano_usd) AS spent ${DELETED}`;
const SPENT_BY_INSTANCE = `SELECT ${BY_FOLDER}, ${LET_THROUGH} GROUP BY 1`;
const DELETED_BY_INSTANCE = `SELECT ${DELETED_LET_THROUGH} GROUP BY 1`;

/** What each instance let through. */
export async function instancesSpent(asked: Asked, query: SpendQuery) {
  const values = await spendValues(asked, query, null);
  const rows = [
    ...(await asked.rows(SPENT_BY_INSTANCE, values)),
    ...(await asked.rows(DELETED_BY_INSTANCE, values.slice(0, DELETED_VALUES))),
  ];
  return spentByInstance(rows.map(({ instance, spent }) => ({ instance, spent })));
}

/** The same of some sessions, users, keys or applications, or of the requests that have none. */
export async function membersSpent(asked: Asked, query: SpendQuery, names: readonly string[]) {
  const column = SHARE_COLUMNS[query.per ?? 'session'];
  const values = await spendValues(asked, query, null);
  // Texts as the database keeps them, which may differ from those that were given.
  const named = new Map(names.filter((name) => name !== '').map((name) => [storableText(name), name]));
  const rows: PgRow[] = [];
  if (named.size > 0) {
    // By an array, for which an index is of use.
    const listed = (parameter: number): string =>
      `AND ${column} = ANY (ARRAY(SELECT json_array_elements_text(?${parameter}::json)))`;
    const list = JSON.stringify([...named.keys()]);
    rows.push(...(await memberRows(asked, column, listed, values, [list])));
  }
  if (names.includes('')) {
    const none = (): string => `AND coalesce(${column}, '') = ''`;
    rows.push(...(await memberRows(asked, column, none, values, [])));
  }
  return rows.map(({ whose, instance, spent }) => ({
    name: whose === null ? '' : (named.get(String(whose)) ?? String(whose)),
    instance: String(instance),
    nanoUsd: Number(spent),
  }));
}

async function memberRows(
  asked: Asked,
  column: string,
  theirs: (parameter: number) => string,
  values: readonly Value[],
  more: readonly Value[],
): Promise<readonly PgRow[]> {
  const there = `SELECT ${column} AS whose, ${BY_FOLDER}, ${LET_THROUGH} ${theirs(values.length + 1)} GROUP BY 1, 2`;
  const gone = `SELECT ${column} AS whose, ${DELETED_LET_THROUGH} ${theirs(DELETED_VALUES + 1)} GROUP BY 1, 2`;
  return [
    ...(await asked.rows(there, [...values, ...more])),
    ...(await asked.rows(gone, [...values.slice(0, DELETED_VALUES), ...more])),
  ];
}

const NOTICE_COLUMNS =
  'id, budget_id AS "budgetId", period_start_ms AS "periodStartMs", threshold, url, secret, body, created_at_ms AS "createdAtMs", attempts';

export class PostgresBudgetBank implements BudgetBank {
  readonly #database: Asked;
  readonly #self: Self | null;

  constructor(database: Asked, self: Self | null) {
    this.#database = database;
    this.#self = self;
  }

  async budgetVersion(): Promise<number> {
    return Number((await this.#get('SELECT version FROM budget_version'))?.version);
  }

  /** One statement reads all, so that the version belongs to what is read. */
  async budgetRules(): Promise<BudgetRules> {
    const row = await this.#get(`
      SELECT version, resets,
        (SELECT coalesce(json_agg(definition ORDER BY name), '[]') FROM budgets)::text AS budgets,
        (SELECT coalesce(json_agg(definition ORDER BY id), '[]') FROM budget_kills)::text AS kills
      FROM budget_version`);
    const each = <T>(text: unknown): T[] =>
      (JSON.parse(String(text)) as string[]).map((definition) => JSON.parse(definition) as T);
    return {
      version: Number(row?.version),
      resets: Number(row?.resets),
      budgets: each<Budget>(row?.budgets),
      kills: each<Kill>(row?.kills),
    };
  }

  async putBudget(budget: Budget): Promise<void> {
    await this.#run(
      `INSERT INTO budgets (id, name, definition) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, definition = excluded.definition`,
      budget.id,
      budget.name,
      JSON.stringify(budget),
    );
  }

  async removeBudget(id: string): Promise<void> {
    await this.#run('DELETE FROM budgets WHERE id = ?', id);
  }

  async putKill(kill: Kill): Promise<void> {
    await this.#run('INSERT INTO budget_kills (id, definition) VALUES (?, ?)', kill.id, JSON.stringify(kill));
  }

  async removeKill(id: string): Promise<void> {
    await this.#run('DELETE FROM budget_kills WHERE id = ?', id);
  }

  async spentSoFar(queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> {
    const answers: SpentSoFar[] = [];
    for (const query of queries) {
      const values = await spendValues(this.#database, query, this.#self);
      const isGoneOnly = query.deletedOnly === true;
      const sums = isGoneOnly ? `${DELETED_SUMS} AND ${GONE}` : DELETED_SUMS;
      const gone = await this.#spent(sums, values.slice(0, DELETED_VALUES), query.per);
      if (isGoneOnly) {
        answers.push(gone);
        continue;
      }
      const there = await this.#spent(SUMS + CHARGED, values, query.per);
      const spent = spentTogether(there, gone);
      const { shares } = there;
      answers.push(
        shares === undefined ? spent : { ...spent, shares: sharesTogether(shares, gone.shares ?? []) },
      );
    }
    return answers;
  }

  async #spent(sums: string, values: readonly Value[], per: SpendQuery['per'] = null): Promise<SpentSoFar> {
    const spent = spentIn(await this.#get(`SELECT ${sums}`, ...values));
    if (per === null) return spent;
    const rows = await this.#database.rows(byEach(sums, SHARE_COLUMNS[per]), values);
    return { ...spent, shares: rows.map((row) => ({ ...spentIn(row), share: shareIn(row) })) };
  }

  async isCharged(billingKey: string): Promise<boolean> {
    const sql = `SELECT 1 FROM deleted_requests WHERE billing_key = ?1
      UNION ALL SELECT 1 FROM request_charges WHERE billing_key = ?1 LIMIT 1`;
    return (await this.#get(sql, storableText(billingKey))) !== undefined;
  }

  async addNotice(notice: Notice): Promise<void> {
    await this.#run(
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
    return (await this.#database.rows(sql, [nowMs, limit])) as unknown as Notice[];
  }

  async noticeDelivered(id: string, atMs: number): Promise<void> {
    await this.#run(
      `UPDATE budget_notices
       SET delivered_at_ms = ?, next_attempt_ms = NULL, last_error = NULL, attempts = attempts + 1 WHERE id = ?`,
      atMs,
      id,
    );
  }

  async noticeFailed(id: string, error: string, nextAttemptMs: number | null): Promise<void> {
    await this.#run(
      'UPDATE budget_notices SET last_error = ?, next_attempt_ms = ?, attempts = attempts + 1 WHERE id = ?',
      error,
      nextAttemptMs,
      id,
    );
  }

  async #get(sql: string, ...values: readonly Value[]): Promise<PgRow | undefined> {
    return (await this.#database.rows(sql, values))[0];
  }

  async #run(sql: string, ...values: readonly Value[]): Promise<void> {
    await this.#database.run(sql, values);
  }
}

/** `self` matters where only one instance's own records are asked for. */
async function spendValues(
  asked: Asked,
  { scope, fromMs, toMs, unsettledIds, own }: SpendQuery,
  self: Self | null,
): Promise<readonly Value[]> {
  const exactly = (ms: number): number => Math.min(ms, Number.MAX_SAFE_INTEGER);
  const mine = own === undefined ? null : self;
  const period = [fromMs, exactly(own?.untilMs ?? toMs)];
  const { model } = scope;
  return [
    ...period,
    scope.app,
    scope.tag === null ? null : JSON.stringify(facetsOf(scope.tag)),
    model === null ? null : JSON.stringify(otherPairs(model, await asked.rows(MODELS, period))),
    scope.user ?? null,
    scope.session ?? null,
    scope.key ?? null,
    mine === null ? null : mine.instance,
    mine === null ? null : `${mine.instance}/${mine.owner}`,
    exactly(toMs),
    JSON.stringify(unsettledIds),
  ];
}
