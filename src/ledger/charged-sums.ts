// Who pays for a request once it is known which model has answered it.

import type { BudgetAccount, PeriodSums } from './account.ts';
import type { MatchedBudgets } from './matched-budgets.ts';
import type { Reservation } from './reservation.ts';
import { mayBeAny, type ScopeMatcher, scopeMatches, withoutOthers } from './scope-matcher.ts';

/** The budgets of the model that was asked for, and of the one that answered. */
export function chargedSums(
  matcher: ScopeMatcher<BudgetAccount, MatchedBudgets>,
  reservation: Reservation,
  answeredBy: string | null,
  nowMs: number,
): readonly PeriodSums[] {
  const { reservedAtMs, ownSums: sums } = reservation;
  const facets = withoutOthers(reservation.facets);
  if (answeredBy === null || answeredBy === facets.model) return sums;
  const answered = { ...facets, model: answeredBy };
  // It could have been any model; now it is known which.
  if (mayBeAny(facets.model))
    return sums.filter(({ account }) => scopeMatches(account.budget.scope, answered));
  const others = matcher.matching(answered).sumsOf(answered, nowMs);
  const more = others.filter(
    ({ account, startMs }) => reservedAtMs >= startMs && !sums.some((period) => period.account === account),
  );
  return more.length === 0 ? sums : [...sums, ...more];
}
