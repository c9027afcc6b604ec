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

/** Told how much of a request's cost a budget's period pays. */
type Charge = (
  period: PeriodSums,
  nanoUsd: NanoUsd,
  /** How many models made something of unknown cost. */
  unknown: number,
  /** Whether the model that stands for the request is in its scope. */
  isOwn: boolean,
) => void;

/** Calls `charge` once for each of who pays; the first of `costs` is that of the model that stands for the request. */
export function chargeEach(
  matcher: ScopeMatcher<BudgetAccount, MatchedBudgets>,
  reservation: Reservation,
  costs: readonly ModelCost[],
  nowMs: number,
  charge: Charge,
): void {
  const [own, ...others] = costs;
  if (own === undefined) return;
  const ownSums = chargedSums(matcher, reservation, own.model, nowMs);
  // As nearly always; it is done for every request.
  if (others.length === 0) {
    const unknown = Number(own.isUnknown);
    for (const period of ownSums) charge(period, own.nanoUsd, unknown, true);
    return;
  }
  const shares = new Map<PeriodSums, { nanoUsd: NanoUsd; unknown: number }>();
  for (const { model, nanoUsd, isUnknown } of costs) {
    for (const period of chargedSums(matcher, reservation, model, nowMs)) {
      const share = shares.get(period) ?? { nanoUsd: 0, unknown: 0 };
      share.nanoUsd += nanoUsd;
      share.unknown += Number(isUnknown);
      shares.set(period, share);
    }
  }
  for (const [period, { nanoUsd, unknown }] of shares)
    charge(period, nanoUsd, unknown, ownSums.includes(period));
}
