// The budgets that one kind of request falls under. They are looked at for every request, so their sums are kept at
// hand for as long as none of their periods turns.

import type { NanoUsd } from '../core/money.ts';
import { type BudgetAccount, type BudgetStanding, type PeriodSums, standingOf } from './account.ts';
import type { RequestFacets } from './scope-matcher.ts';

export class MatchedBudgets {
  readonly accounts: readonly BudgetAccount[];
  readonly #isShared: boolean;
  #sums: readonly PeriodSums[] = [];
  #turnMs = Number.NEGATIVE_INFINITY;

  constructor(accounts: readonly BudgetAccount[]) {
    this.accounts = accounts;
    this.#isShared = accounts.some((account) => account.isShared);
  }

  get isEmpty(): boolean {
    return this.accounts.length === 0;
  }

  /** What such a request spends of each one's period at `nowMs`, which never goes back. */
  sumsOf(facets: RequestFacets, nowMs: number): readonly PeriodSums[] {
    const whole = this.#sumsAt(nowMs);
    return this.#isShared ? whole.map(({ account }) => account.sumsOf(facets, nowMs)) : whole;
  }

  #sumsAt(nowMs: number): readonly PeriodSums[] {
    if (nowMs >= this.#turnMs) {
      this.#sums = this.accounts.map((account) => account.sumsAt(nowMs));
      this.#turnMs = this.#sums.reduce((turn, { endMs }) => Math.min(turn, endMs), Number.POSITIVE_INFINITY);
    }
    return this.#sums;
  }
}

/** What is left up to the nearest hard limit; Infinity without one. */
export function roomOf(sums: readonly PeriodSums[]): NanoUsd {
  let least = Number.POSITIVE_INFINITY;
  for (const { account, spentNanoUsd, reservedNanoUsd } of sums)
    least = Math.min(least, account.hardLimitNanoUsd - spentNanoUsd - reservedNanoUsd);
  return least;
}

/** What is not spent up to the nearest hard limit; Infinity without one. */
export function unspentOf(sums: readonly PeriodSums[]): NanoUsd {
  let least = Number.POSITIVE_INFINITY;
  for (const { account, spentNanoUsd } of sums)
    least = Math.min(least, account.hardLimitNanoUsd - spentNanoUsd);
  return least;
}

/** The one that lets a request of that cost wait longest, of those whose hard limit it would exceed. */
export function exceededBy(sums: readonly PeriodSums[], amount: NanoUsd): PeriodSums | null {
  let longest: PeriodSums | null = null;
  for (const period of sums) {
    const total = period.spentNanoUsd + period.reservedNanoUsd + amount;
    if (total <= period.account.hardLimitNanoUsd) continue;
    if (longest === null || period.endMs > longest.endMs) longest = period;
  }
  return longest;
}

/** Whether it is only others' reservations that stand in the way of a request of that cost. */
export function fitsOnceOthersEnd(sums: readonly PeriodSums[], amount: NanoUsd): boolean {
  return amount <= unspentOf(sums);
}

/** The most used one past its first threshold, of those that warn or block. */
export function mostUsed(sums: readonly PeriodSums[]): BudgetStanding | null {
  let most: PeriodSums | null = null;
  for (const period of sums) {
    if (period.thresholdsReached === 0) continue;
    const { isInForce, budget } = period.account;
    if (!isInForce || budget.action === 'notify') continue;
    if (most === null || usedShare(period) > usedShare(most)) most = period;
  }
  return most === null ? null : standingOf(most);
}

const usedShare = (sums: PeriodSums): number => sums.spentNanoUsd / sums.account.limitNanoUsd;
