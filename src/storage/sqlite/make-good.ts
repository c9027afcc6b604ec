// A hard budget is not filled up again by what was lost: where the ledger had counted more than the records tell, the
// rest is put down as spent by requests that are not on record.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Budget, Scope } from '../../ledger/budget.ts';
import { BUDGET_PERIODS } from '../../ledger/budget.ts';
import { queryOf, type SpentMark } from '../../ledger/spent-marks.ts';
import { SpendBatch } from '../rollup/spend-batch.ts';
import { roomsOf } from './rooms.ts';
import { SqliteSpendSums } from './spend-sums.ts';

export interface MadeGood {
  readonly budget: string;
  readonly nanoUsd: number;
}

/** `untilMs`: when the ledger stopped to count. Narrow budgets and short periods first: what they lack the others lack, too. */
export async function makeGood(
  connection: DatabaseSync,
  marks: readonly SpentMark[],
  untilMs: number,
): Promise<readonly MadeGood[]> {
  const { budgets: bank } = roomsOf(connection);
  const { budgets } = await bank.budgetRules();
  const found = marks.flatMap((mark) => {
    const budget = budgets.find(({ id }) => id === mark.budgetId);
    return budget === undefined ? [] : [{ mark, budget }];
  });
  const rank = ({ period, scope }: Budget): number =>
    10 * BUDGET_PERIODS.indexOf(period) - Object.values(scope).filter((part) => part !== null).length;
  const madeGood: MadeGood[] = [];
  for (const { mark, budget } of found.sort((a, b) => rank(a.budget) - rank(b.budget))) {
    const query = queryOf(budget, mark);
    const [spent] = query === null ? [] : await bank.spentSoFar([{ ...query, toMs: untilMs }]);
    if (query === null || spent === undefined) continue;
    const nanoUsd = mark.spentNanoUsd - spent.costNanoUsd - spent.reservedNanoUsd;
    if (nanoUsd <= 0) continue;
    putSpent(connection, query.scope, mark.startMs, nanoUsd);
    madeGood.push({ budget: budget.name, nanoUsd });
  }
  return madeGood;
}

function putSpent(connection: DatabaseSync, scope: Scope, atMs: number, nanoUsd: number): void {
  const { app, tag, model, user = null, session = null, key = null } = scope;
  connection
    .prepare(
      `INSERT INTO deleted_spend (id, paid_at_ms, app, user_name, session, access_key, tag, model_sent, cost_nano_usd,
         unpriced, overrun_nano_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    )
    .run(`lost-${randomUUID()}`, atMs, app, user, session, key, tag, model, nanoUsd);
  const sums = new SpendBatch();
  sums.addSums({ app, user_name: user, session, access_key: key, tag, model_sent: model }, atMs, [
    nanoUsd,
    0,
    0,
  ]);
  new SqliteSpendSums(connection).write(sums);
}
