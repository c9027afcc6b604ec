// Who pays for a request once it is known which model has answered it.

import type { ModelCost } from '../core/model-costs.ts';
import type { NanoUsd } from '../core/money.ts';
import type { BudgetAccount, PeriodSums } from './account.ts';
import type { MatchedBudgets } from './matched-budgets.ts';
import type { Reservation } from './reservation.ts';
import { mayBeAny, type ScopeMatcher, scopeMatches, withoutOthers } from './scope-matcher.ts';

/** The budgets of the model that was asked for, and of the one that answered. */
function chargedSums(
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

/** What of a request's cost a budget is charged. */
export interface ChargedShare {
  readonly period: PeriodSums;
  readonly nanoUsd: NanoUsd;
  /** How many models made something of unknown cost. */
  readonly unknown: number;
  /** Whether the model that stands for the request is in its scope. */
  readonly isOwn: boolean;
}

/** By whom each model's part is paid; the first is that of the model that stands for the request. */
export function chargedShares(
  matcher: ScopeMatcher<BudgetAccount, MatchedBudgets>,
  reservation: Reservation,
  costs: readonly ModelCost[],
  nowMs: number,
): readonly ChargedShare[] {
  const shares = new Map<PeriodSums, ChargedShare>();
  for (const [index, { model, nanoUsd, isUnknown }] of costs.entries()) {
    for (const period of chargedSums(matcher, reservation, model, nowMs)) {
      const before = shares.get(period);
      shares.set(period, {
        period,
        nanoUsd: (before?.nanoUsd ?? 0) + nanoUsd,
        unknown: (before?.unknown ?? 0) + Number(isUnknown),
        isOwn: index === 0 || before?.isOwn === true,
      });
    }
  }
  return [...shares.values()];
}
