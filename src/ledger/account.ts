// One budget's money: what is spent and reserved in each of its periods. The ledger alone writes here.

import type { NanoUsd } from '../core/money.ts';
import type { Budget } from './budget.ts';
import { periodAt } from './period.ts';

/** A budget and where it stands in one period. */
export interface BudgetStanding {
  readonly budget: Budget;
  readonly spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
  /** Never below 0. */
  readonly remainingNanoUsd: NanoUsd;
  readonly periodStartMs: number;
  /** Infinity for a `total` budget. */
  readonly periodEndMs: number;
  /** Requests in this period that used something at an unknown price. */
  readonly unpricedRequests: number;
  /** What requests cost beyond their reservation: the only way past a hard limit. */
  readonly overrunNanoUsd: NanoUsd;
}

/** A threshold that spending has just reached. */
export interface ThresholdCrossing extends BudgetStanding {
  /** Percent of the limit. */
  readonly threshold: number;
}

/** The sums of one period. Kept alive by open reservations after the account has moved on. */
export interface PeriodSums {
  readonly account: BudgetAccount;
  readonly startMs: number;
  readonly endMs: number;
  spentNanoUsd: NanoUsd;
  reservedNanoUsd: NanoUsd;
  unpricedRequests: number;
  overrunNanoUsd: NanoUsd;
  /** How many thresholds the spending has reached. */
  thresholdsReached: number;
}

export class BudgetAccount {
  readonly #timeZone: string;
  #budget: Budget;
  #thresholdsNanoUsd: readonly NanoUsd[];
  #sums: PeriodSums;
  #isInForce = false;
  #hardLimitNanoUsd: NanoUsd = Number.POSITIVE_INFINITY;

  constructor(budget: Budget, timeZone: string, nowMs: number) {
    this.#timeZone = timeZone;
    this.#budget = budget;
    this.#thresholdsNanoUsd = thresholdAmounts(budget);
    this.#sums = this.#open(nowMs);
  }

  get budget(): Budget {
    return this.#budget;
  }

  /** Its spending so far is known, and it was not removed. Until then it counts, but says and refuses nothing. */
  get isInForce(): boolean {
    return this.#isInForce;
  }

  /** What it refuses to exceed; Infinity where it refuses nothing. */
  get hardLimitNanoUsd(): NanoUsd {
    return this.#hardLimitNanoUsd;
  }

  /** From now on it says and refuses, with this limit, action, name or webhook; what was spent stays. */
  enforce(budget: Budget): void {
    this.#isInForce = true;
    this.#budget = budget;
    this.#hardLimitNanoUsd = budget.action === 'block' ? budget.limitNanoUsd : Number.POSITIVE_INFINITY;
    this.#thresholdsNanoUsd = thresholdAmounts(budget);
    this.#sums.thresholdsReached = this.#reachedBy(this.#sums.spentNanoUsd);
  }

  /** It was removed: requests in flight still count, and nothing is refused. */
  retire(): void {
    this.#isInForce = false;
    this.#hardLimitNanoUsd = Number.POSITIVE_INFINITY;
  }

  /** The sums of the period at `nowMs`, which never goes back. */
  sumsAt(nowMs: number): PeriodSums {
    if (nowMs >= this.#sums.endMs) this.#sums = this.#open(nowMs);
    return this.#sums;
  }

  /** Adds to what is spent, an amount that was checked; returns the thresholds that this reached. */
  spend(sums: PeriodSums, amount: NanoUsd): readonly ThresholdCrossing[] {
    sums.spentNanoUsd += amount;
    const next = this.#thresholdsNanoUsd[sums.thresholdsReached];
    if (next === undefined || sums.spentNanoUsd < next) return NO_CROSSINGS;
    const from = sums.thresholdsReached;
    sums.thresholdsReached = this.#reachedBy(sums.spentNanoUsd);
    return this.#budget.thresholds
      .slice(from, sums.thresholdsReached)
      .map((threshold) => ({ ...standingOf(sums), threshold }));
  }

  /** Every threshold that the current period has reached, for a bank that forgets none and repeats none. */
  crossings(nowMs: number): readonly ThresholdCrossing[] {
    const sums = this.sumsAt(nowMs);
    return this.#budget.thresholds
      .slice(0, sums.thresholdsReached)
      .map((threshold) => ({ ...standingOf(sums), threshold }));
  }

  #reachedBy(spentNanoUsd: NanoUsd): number {
    return this.#thresholdsNanoUsd.filter((amount) => amount <= spentNanoUsd).length;
  }

  #open(nowMs: number): PeriodSums {
    return {
      account: this,
      ...periodAt(this.#budget.period, nowMs, this.#timeZone),
      spentNanoUsd: 0,
      reservedNanoUsd: 0,
      unpricedRequests: 0,
      overrunNanoUsd: 0,
      thresholdsReached: 0,
    };
  }
}

const NO_CROSSINGS: readonly ThresholdCrossing[] = Object.freeze([]);

export function standingOf(sums: PeriodSums): BudgetStanding {
  const { budget } = sums.account;
  return {
    budget,
    spentNanoUsd: sums.spentNanoUsd,
    reservedNanoUsd: sums.reservedNanoUsd,
    remainingNanoUsd: Math.max(0, budget.limitNanoUsd - sums.spentNanoUsd - sums.reservedNanoUsd),
    periodStartMs: sums.startMs,
    periodEndMs: sums.endMs,
    unpricedRequests: sums.unpricedRequests,
    overrunNanoUsd: sums.overrunNanoUsd,
  };
}

/** As it stands once a request has reserved that much. */
export function withReserved(standing: BudgetStanding | null, amount: NanoUsd): BudgetStanding | null {
  return (
    standing && {
      ...standing,
      reservedNanoUsd: standing.reservedNanoUsd + amount,
      remainingNanoUsd: Math.max(0, standing.remainingNanoUsd - amount),
    }
  );
}

/** Rounded up, exactly: products of large limits leave the safe integers. */
function thresholdAmounts(budget: Budget): readonly NanoUsd[] {
  const limit = BigInt(budget.limitNanoUsd);
  return budget.thresholds.map((percent) => Number((limit * BigInt(percent) + 99n) / 100n));
}
