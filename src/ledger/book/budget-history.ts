// What a budget was before each of its changes: the records can be held against the limit of their time.

import type { Budget, EarlierBudget, LimitFacts } from '../budget.ts';

/** A budget as it was from one change to the next. */
export interface BudgetVersion extends LimitFacts {
  readonly name: string;
  readonly fromMs: number;
  /** Infinity for the one that is in force. */
  readonly toMs: number;
}

/** Of a budget that is changed all the time, the latest of its definitions are remembered. */
const EARLIER_MAX = 200;

/** What `before` was, to be kept with what it becomes. The same list where nothing changed that limits anything. */
export function earlierOf(before: Budget, after: Budget, nowMs: number): readonly EarlierBudget[] {
  const { earlier = [] } = before;
  const facts = factsOf(before);
  if (JSON.stringify(facts) === JSON.stringify(factsOf(after))) return earlier;
  return [...earlier, { ...facts, untilMs: nowMs }].slice(-EARLIER_MAX);
}

/** Oldest first, without gap or overlap. */
export function budgetsOverTime(budget: Budget): readonly BudgetVersion[] {
  const { name, createdAtMs, earlier = [] } = budget;
  const all = [...earlier, { ...factsOf(budget), untilMs: Number.POSITIVE_INFINITY }];
  return all.map(({ untilMs, ...facts }, index) => ({
    ...facts,
    name,
    fromMs: all[index - 1]?.untilMs ?? createdAtMs,
    toMs: untilMs,
  }));
}

function factsOf({ limitNanoUsd, period, scope, action, per = null, raises = [] }: Budget): LimitFacts {
  return { limitNanoUsd, period, scope, action, per, raises };
}
