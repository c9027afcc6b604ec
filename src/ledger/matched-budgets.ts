// The budgets that one kind of request falls under. They are looked at for every request, so their sums are kept at
// hand for as long as none of their periods turns.

import type { NanoUsd } from '../core/money.ts';
import {
  type BudgetAccount,
  type BudgetStanding,
  ceilingOf,
  type PeriodSums,
  spentOf,
  standingOf,
} from './account.ts';
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

/** What is left up to the nearest hard limit, or to the end of a slice of one; Infinity without one. */
export function roomOf(sums: readonly PeriodSums[]): NanoUsd {
  let least = Number.POSITIVE_INFINITY;
  for (const period of sums) least = Math.min(least, leftOf(period));
  return least;
}

const leftOf = (period: PeriodSums): NanoUsd =>
  ceilingOf(period) - period.spentNanoUsd - period.reservedNanoUsd;

/** What is left of the nearest hard limit as far as is known, whoever may take it; Infinity without one. */
export function knownRoomOf(sums: readonly PeriodSums[]): NanoUsd {
  let least = Number.POSITIVE_INFINITY;
  for (const period of sums) {
    const { account, reservedNanoUsd, others } = period;
    const held = spentOf(period) + reservedNanoUsd + others.reservedNanoUsd;
    least = Math.min(least, account.hardLimitNanoUsd - held);
  }
  return least;
}

/** All that remains, where the worst does not fit; of a slice, which will grow, what is needed. */
export function heldOf(sums: readonly PeriodSums[], least: NanoUsd, worst: NanoUsd): NanoUsd {
  const room = roomOf(sums);
  const isSliced = room < worst && sums.some(({ account }) => account.leasing === 'leased');
  return isSliced ? least : Math.max(least, Math.min(worst, room));
}

/** Those of which a larger slice would hold such a request. */
export function slicesShortOf(sums: readonly PeriodSums[], amount: NanoUsd): readonly PeriodSums[] {
  return sums.filter((period) => period.account.leasing === 'leased' && leftOf(period) < amount);
}

/** Whether their slices hold it once the others of this instance have ended. */
export function fitsInSlices(sums: readonly PeriodSums[], amount: NanoUsd): boolean {
  return sums.every((period) => amount <= ceilingOf(period) - period.spentNanoUsd);
}

/** What is not spent up to the nearest hard limit; Infinity without one. */
export function unspentOf(sums: readonly PeriodSums[]): NanoUsd {
  let least = Number.POSITIVE_INFINITY;
  for (const period of sums) least = Math.min(least, period.account.hardLimitNanoUsd - spentOf(period));
  return least;
}

/** The one that lets a request of that cost wait longest, of those whose hard limit it would exceed. */
export function exceededBy(sums: readonly PeriodSums[], amount: NanoUsd): PeriodSums | null {
  let longest: PeriodSums | null = null;
  for (const period of sums) {
    if (amount <= leftOf(period)) continue;
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

const usedShare = (sums: PeriodSums): number => spentOf(sums) / sums.account.limitNanoUsd;
