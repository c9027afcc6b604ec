// What the ledger has counted, written down beside the database: where that is lost, what was spent is not.

import type { NanoUsd } from '../core/money.ts';
import { hasShape, isListOf } from '../core/shape.ts';
import type { BudgetAccount } from './account.ts';
import type { Budget } from './budget.ts';
import type { SpendQuery } from './ports.ts';

export interface SpentMark {
  readonly budgetId: string;
  readonly startMs: number;
  /** Whose part it is, where each has one; null: of those that have none, or of all together. */
  readonly share: string | null;
  readonly spentNanoUsd: NanoUsd;
}

/** The file, in the data folder. */
export const SPENT_MARKS = {
  name: 'budgets.spent',
  isRight: (value: unknown): value is readonly SpentMark[] =>
    isListOf(value, (each) =>
      hasShape(each, { budgetId: 'string', startMs: 'number', spentNanoUsd: 'number' }),
    ),
  lost: 'Without the database nobody would know what was spent; with it nothing is missing.',
};
/** Of a budget with an allowance for each: those that spent most. */
const MARKED_SHARES_MAX = 1000;

export function marksOf(accounts: readonly BudgetAccount[], nowMs: number): readonly SpentMark[] {
  return accounts.flatMap((account) => {
    const whole = account.sumsAt(nowMs);
    return [...(whole.shares ?? [whole])]
      .filter(({ spentNanoUsd }) => spentNanoUsd > 0)
      .sort((a, b) => b.spentNanoUsd - a.spentNanoUsd)
      .slice(0, MARKED_SHARES_MAX)
      .map(({ startMs, share, spentNanoUsd }) => ({
        ...{ budgetId: account.budget.id, startMs, share, spentNanoUsd },
      }));
  });
}

/** What the records say of a mark's budget and period. Null where nothing can be asked: of those without a name. */
export function queryOf({ scope, per = null }: Budget, mark: SpentMark): SpendQuery | null {
  if (per !== null && (mark.share === null || mark.share === '')) return null;
  const theirs = per === null ? scope : { ...scope, [per]: mark.share };
  return { scope: theirs, fromMs: mark.startMs, toMs: Number.POSITIVE_INFINITY, unsettledIds: [] };
}
