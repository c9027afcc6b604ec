// What hard budgets alone do: refuse what has no price, and everything where nothing is known of what was spent.

import type { NanoUsd } from '../core/money.ts';
import { type PeriodSums, standingOf } from './account.ts';
import type { UnknownPrice } from './budget.ts';
import type { BudgetRefusal } from './refusal.ts';

const isHard = ({ account }: PeriodSums): boolean => account.hardLimitNanoUsd !== Number.POSITIVE_INFINITY;

/** `standard`: where the budget itself says nothing. */
export function blocksUnknown(period: PeriodSums, standard: UnknownPrice): boolean {
  return isHard(period) && (period.account.budget.unknownPrice ?? standard) === 'block';
}

/** Null where none of them is hard. */
export function uncountedIn(
  sums: readonly PeriodSums[],
  askedNanoUsd: NanoUsd | null,
  atMs: number,
  timeZone: string,
): BudgetRefusal | null {
  const hard = sums.find(isHard);
  if (hard === undefined) return null;
  const standing = standingOf(hard);
  return { code: 'budget_offline', standing, askedNanoUsd, atMs, timeZone, isUncounted: true };
}

/** 0 to 1; 1 without a budget. */
export function leastShareLeft(sums: readonly PeriodSums[]): number {
  const shares = sums
    .map(standingOf)
    .map(({ remainingNanoUsd, limitNanoUsd }) => remainingNanoUsd / limitNanoUsd);
  return Math.min(1, ...shares);
}
