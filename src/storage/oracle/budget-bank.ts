// Budgets, kill switches and webhook notices in Oracle Database.

import { facetsOf } from '../../core/tag.ts';
import type { Budget, Kill, SharedBy } from '../../ledger/budget.ts';
import type { BudgetBank, BudgetRules, Notice, SpendQuery, SpentSoFar } from '../../ledger/ports.ts';
import type { Self } from '../instance.ts';
import { chargedPairs } from '../sql/charged-models.ts';
import { shareIn, sharesTogether, spentIn, spentTogether } from '../sql/spent-rows.ts';
import {
  BUDGET_BANK,
  DELETED_SPENT,
  GONE_SPENT,
  MEMBERS_SPENT,
  SPENT,
  type SPENT_BY_INSTANCE,
  SPENT_LISTS,
  spentName,
} from './catalogue/budget-bank.ts';
import { RECORD_SINK } from './catalogue/record-sink.ts';
import type { Statement } from './catalogue/statement.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { unlessTaken } from './faults.ts';
import { listsOf, NAME_CHARACTERS, storedText, textOfStored } from './texts.ts';
import type { OracleRow, ValuesOf } from './values.ts';

export class OracleBudgetBank implements BudgetBank {
  readonly #database: OracleDatabase;
  readonly #self: Self | null;

  constructor(database: OracleDatabase, self: Self | null) {
    this.#database = database;
    this.#self = self;
  }

  async budgetVersion(): Promise<number> {
    return Number((await this.#database.rows(BUDGET_BANK.version))[0]?.version);
  }

  async budgetRules(): Promise<BudgetRules> {
    const rows = await this.#database.rows(BUDGET_BANK.rules);
    const each = <T>(kind: string): T[] =>
      rows.filter((row) => row.kind === kind).map((row) => JSON.parse(String(row.definition)) as T);
    return {
      version: Number(rows[0]?.version),
      resets: Number(rows[0]?.resets),
      budgets: each<Budget>('budget'),
      kills: each<Kill>('kill'),
    };
  }

  async putBudget(budget: Budget): Promise<void> {
    const values = { id: budget.id, name: budget.name, definition: JSON.stringify(budget) };
    await this.#change(async (asked) => {
      if ((await asked.run(BUDGET_BANK.changeBudget, values)) === 0)
        await asked.run(BUDGET_BANK.addBudget, values);
    });
  }

  async removeBudget(id: string): Promise<void> {
    await this.#change((asked) => asked.run(BUDGET_BANK.removeBudget, { id }));
  }

  async putKill(kill: Kill): Promise<void> {
    const values = { id: kill.id, definition: JSON.stringify(kill) };
    await this.#change((asked) => asked.run(BUDGET_BANK.addKill, values));
  }

  async removeKill(id: string): Promise<void> {
    await this.#change((asked) => asked.run(BUDGET_BANK.removeKill, { id }));
  }

  async spentSoFar(queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> {
    const answers: SpentSoFar[] = [];
    for (const query of queries) {
      let sum: SpentSoFar | null = null;
      for (const values of await spendValues(this.#database, query, this.#self)) {
        const gone = await spentBy(query.per, (per) => this.#deleted(query, values, per));
        sum = allTogether(sum, gone);
        if (query.deletedOnly === true) continue;
        sum = allTogether(sum, await spentBy(query.per, (per) => this.#spent(query, values, per)));
      }
      answers.push(sum as SpentSoFar);
    }
    return answers;
  }

  #deleted(
    { deletedOnly }: SpendQuery,
    values: SpendValues,
    per: SharedBy | null,
  ): Promise<readonly Record<string, unknown>[]> {
    const statements = deletedOnly === true ? GONE_SPENT : DELETED_SPENT;
    return this.#database.rows(statements.get(per) as Statement, values);
  }

  #spent(
    { unsettledIds }: SpendQuery,
    values: SpendValues,
    per: SharedBy | null,
  ): Promise<readonly Record<string, unknown>[]> {
    const lists = listsOf(unsettledIds);
    const room = SPENT_LISTS.find((each) => each >= lists.length);
    const statement = room === undefined ? undefined : SPENT.get(spentName(per, room));
    if (room === undefined || statement === undefined)
      throw new RangeError(`${unsettledIds.length} requests at once are more than a question can leave out`);
    const without = Array.from({ length: room }, (_, index) => [`without_${index}`, lists[index] ?? '[]']);
    return this.#database.rows(statement, {
      ...values,
      ...(Object.fromEntries(without) as Record<string, string>),
    });
  }

  async isCharged(billingKey: string): Promise<boolean> {
    const rows = await this.#database.rows(RECORD_SINK.charged, { keys: JSON.stringify([billingKey]) });
    return rows.length > 0;
  }

  async addNotice(notice: Notice): Promise<void> {
    const row = {
      id: notice.id,
      budget_id: notice.budgetId,
      period_start_ms: notice.periodStartMs,
      threshold: notice.threshold,
      secret: notice.secret,
      created_at_ms: notice.createdAtMs,
      url: notice.url,
      body: notice.body,
    };
    // Or one of its budget, period and threshold is there.
    await unlessTaken(this.#database.run(BUDGET_BANK.addNotice, row));
  }

  async dueNotices(nowMs: number, limit: number): Promise<readonly Notice[]> {
    const rows = await this.#database.rows(BUDGET_BANK.dueNotices, { now_ms: nowMs, how_many: limit });
    return rows.map((row) => ({
      id: String(row.id),
      budgetId: String(row.budget_id),
      periodStartMs: Number(row.period_start_ms),
      threshold: Number(row.threshold),
      url: String(row.url),
      secret: String(row.secret),
      body: String(row.body),
      createdAtMs: Number(row.created_at_ms),
      attempts: Number(row.attempts),
    }));
  }

  async noticeDelivered(id: string, atMs: number): Promise<void> {
    await this.#database.run(BUDGET_BANK.noticeDelivered, { at_ms: atMs, id });
  }

  async noticeFailed(id: string, error: string, nextAttemptMs: number | null): Promise<void> {
    await this.#database.run(BUDGET_BANK.noticeFailed, { fault: error, next_attempt_ms: nextAttemptMs, id });
  }

  /** The version rises with every change, and last: whoever sees it finds the change. */
  async #change(change: (asked: Asked) => Promise<unknown>): Promise<void> {
    await this.#database.transaction(async (asked) => {
      await change(asked);
      await asked.run(BUDGET_BANK.raiseVersion);
    });
  }
}

async function spentBy(
  per: SharedBy | null = null,
  ask: (per: SharedBy | null) => Promise<readonly Record<string, unknown>[]>,
): Promise<SpentSoFar> {
  const spent = spentIn((await ask(null))[0]);
  if (per === null) return spent;
  const rows = await ask(per);
  return { ...spent, shares: rows.map((row) => ({ ...spentIn(row), share: shareIn(row) })) };
}

function allTogether(one: SpentSoFar | null, other: SpentSoFar): SpentSoFar {
  if (one === null) return other;
  const spent = spentTogether(one, other);
  return one.shares === undefined
    ? spent
    : { ...spent, shares: sharesTogether(one.shares, other.shares ?? []) };
}

type SpendValues = ValuesOf<typeof SPENT_BY_INSTANCE.spent.binds>;

/**
 * `self` matters where only one instance's own records are asked for. A list of models is one bind, which holds a
 * hundred: what is asked for more of them is several questions, whose answers are added.
 */
export async function spendValues(
  asked: Asked,
  { scope, fromMs, toMs, own }: SpendQuery,
  self: Self | null,
): Promise<readonly SpendValues[]> {
  const exactly = (ms: number): number => Math.min(ms, Number.MAX_SAFE_INTEGER);
  const mine = own === undefined ? null : self;
  const period = { from_ms: fromMs, to_ms: exactly(own?.untilMs ?? toMs) };
  const values = {
    ...period,
    app: scope.app,
    in_user: scope.user ?? null,
    in_session: scope.session ?? null,
    in_key: scope.key ?? null,
    facets: scope.tag === null ? null : (listsOf([...facetsOf(scope.tag)])[0] ?? '[]'),
    own_folder: mine === null ? null : `${mine.instance}/`,
    own_process: mine === null ? null : `${mine.instance}/${mine.owner}`,
    own_to_ms: exactly(toMs),
  };
  if (scope.model === null) return [{ ...values, models: null }];
  const lists = listsOf(chargedPairs(scope.model, await asked.rows(BUDGET_BANK.models, period)));
  return (lists.length === 0 ? ['[]'] : lists).map((models) => ({ ...values, models }));
}

/** What each instance let through of some sessions, users, keys or applications, or of the requests that have none. */
export async function membersSpent(asked: Asked, query: SpendQuery, names: readonly string[]) {
  const { named, unnamed } = membersStatements(query.per ?? 'session');
  // Names as the database keeps them, which may differ from those that were given.
  const given = new Map(
    names
      .filter((name) => name !== '')
      .map((name) => [textOfStored(storedText(name, NAME_CHARACTERS)), name]),
  );
  const rows: OracleRow[] = [];
  for (const values of await spendValues(asked, query, null)) {
    for (const members of listsOf([...given.keys()]))
      for (const statement of named) rows.push(...(await asked.rows(statement, { ...values, members })));
    if (names.includes(''))
      for (const statement of unnamed) rows.push(...(await asked.rows(statement, values)));
  }
  return rows.map(({ whose, folder, spent }) => ({
    name: whose === null ? '' : (given.get(String(whose)) ?? String(whose)),
    instance: String(folder ?? ''),
    nanoUsd: Number(spent),
  }));
}

function membersStatements(per: SharedBy): NonNullable<ReturnType<typeof MEMBERS_SPENT.get>> {
  const found = MEMBERS_SPENT.get(per);
  if (found === undefined) throw new Error(`no statement sums up by ${per}`);
  return found;
}
