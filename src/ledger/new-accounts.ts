// How accounts begin: what the store is asked of them, and the requests in flight that they carry.

import type { BudgetAccount, PeriodSums } from './account.ts';
import { MatchedBudgets } from './matched-budgets.ts';
import type { SpendQuery } from './ports.ts';
import type { Reservation } from './reservation.ts';
import { ScopeMatcher, scopeMatches } from './scope-matcher.ts';

export const matcherOf = (accounts: readonly BudgetAccount[]): ScopeMatcher<BudgetAccount, MatchedBudgets> =>
  new ScopeMatcher(
    accounts,
    (account) => account.budget.scope,
    (matching) => new MatchedBudgets(matching),
  );

/**
 * What was spent before, without what is open here: of this process up to now, of earlier ones whenever, for their
 * clock may have run ahead. At its start a ledger has no request of its own.
 */
export function queryFor(
  account: BudgetAccount,
  open: Iterable<Reservation>,
  cutMs: number,
  isStart: boolean,
): SpendQuery {
  const { scope, per = null } = account.budget;
  // Whatever model they asked for: the one that answers may be the scope's.
  const unsettledIds = [...open]
    .filter((reservation) => scopeMatches({ ...scope, model: null }, reservation.facets))
    .map((reservation) => reservation.id);
  const { startMs, endMs } = account.sumsAt(cutMs);
  const toMs = isStart ? endMs : cutMs + 1;
  return { scope, per, fromMs: startMs, toMs, unsettledIds, own: { untilMs: endMs } };
}

/** Lets a new account carry the requests in flight that reserved in its current period. */
export function adopt(account: BudgetAccount, open: Iterable<Reservation>, cutMs: number): PeriodSums {
  const whole = account.sumsAt(cutMs);
  for (const reservation of open) {
    if (reservation.reservedAtMs < whole.startMs) continue;
    if (!scopeMatches(account.budget.scope, reservation.facets)) continue;
    const sums = account.sumsOf(reservation.facets, cutMs);
    reservation.sums = [...reservation.sums, sums];
    sums.reservedNanoUsd += reservation.reservedNanoUsd;
  }
  return whole;
}
