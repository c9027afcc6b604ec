// One budget's money: what is spent and reserved in each of its periods. The ledger alone writes here.

import type { NanoUsd } from '../core/money.ts';
import { type Budget, limitAt, limitTurnsMs } from './budget.ts';
import type { LeaseFigures, MemberFigures } from './leases/lease-ports.ts';
import { overAll } from './leases/member-figures.ts';
import { type Leasing, newSlice, type Slice } from './leases/slice.ts';
import { periodAt } from './period.ts';
import type { RequestFacets } from './scope-matcher.ts';
import { Shares } from './shares.ts';

/** A budget and where it stands in one period. */
export interface BudgetStanding {
  readonly budget: Budget;
  /** What it allows now, with what it was raised by. */
  readonly limitNanoUsd: NanoUsd;
  /** Of a budget with an allowance for each: whose this is (null: of those that have none); null for others. */
  readonly share: string | null;
  /** How many have an allowance of their own that is known, and how many have used theirs up, where it was asked. */
  readonly shares: { readonly known: number; readonly usedUp: number } | null;
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
export interface PeriodSums extends Slice {
  readonly account: BudgetAccount;
  readonly startMs: number;
  readonly endMs: number;
  /** Whose it is, where each has an allowance of its own. */
  readonly share: string | null;
  /** Those of the period, which this is the whole or one of; null where all spend together. */
  readonly shares: Shares<PeriodSums> | null;
  spentNanoUsd: NanoUsd;
  reservedNanoUsd: NanoUsd;
  unpricedRequests: number;
  overrunNanoUsd: NanoUsd;
  /** How many thresholds the spending has reached. */
  thresholdsReached: number;
}

export class BudgetAccount {
  /** What its leases are known by; empty where it has none. */
  readonly leaseKey: string;
  leasing: Leasing;
  readonly #timeZone: string;
  /** Of its members over all instances, as far as one of them knows; null where nobody has told. */
  #told: { readonly startMs: number; readonly figures: MemberFigures } | null = null;
  #budget: Budget;
  #thresholdsNanoUsd: readonly NanoUsd[];
  #sums: PeriodSums;
  #isInForce = false;
  #limitNanoUsd: NanoUsd;
  #hardLimitNanoUsd: NanoUsd = Number.POSITIVE_INFINITY;
  #limitTurnsMs: number;

  constructor(budget: Budget, timeZone: string, nowMs: number, leaseKey = '') {
    this.leaseKey = leaseKey;
    this.leasing = leaseKey === '' ? 'none' : 'leased';
    this.#timeZone = timeZone;
    this.#budget = budget;
    this.#limitNanoUsd = limitAt(budget, nowMs);
    this.#limitTurnsMs = limitTurnsMs(budget, nowMs);
    this.#thresholdsNanoUsd = thresholdAmounts(budget, this.#limitNanoUsd);
    this.#sums = this.#open(nowMs);
  }

  get budget(): Budget {
    return this.#budget;
  }

  /** Its spending so far is known, and it was not removed. Until then it counts, but says and refuses nothing. */
  get isInForce(): boolean {
    return this.#isInForce;
  }

  /** What it allows now. */
  get limitNanoUsd(): NanoUsd {
    return this.#limitNanoUsd;
  }

  /** When a raise begins or ends next. */
  get limitTurnsMs(): number {
    return this.#limitTurnsMs;
  }

  /** Whether each has an allowance of its own. */
  get isShared(): boolean {
    return this.#sums.shares !== null;
  }

  /** What it refuses to exceed; Infinity where it refuses nothing. */
  get hardLimitNanoUsd(): NanoUsd {
    return this.#hardLimitNanoUsd;
  }

  /** From now on it says and refuses, with this limit, action, name or webhook; what was spent stays. */
  enforce(budget: Budget, nowMs: number): void {
    this.#isInForce = true;
    this.#budget = budget;
    this.turnLimit(nowMs);
  }

  /** Its limit is from now on what it is at that moment: a raise has begun or ended. */
  turnLimit(nowMs: number): void {
    const budget = this.#budget;
    this.#limitNanoUsd = limitAt(budget, nowMs);
    this.#limitTurnsMs = limitTurnsMs(budget, nowMs);
    if (this.#isInForce && budget.action === 'block') this.#hardLimitNanoUsd = this.#limitNanoUsd;
    else this.#hardLimitNanoUsd = Number.POSITIVE_INFINITY;
    this.#thresholdsNanoUsd = thresholdAmounts(budget, this.#limitNanoUsd);
    for (const sums of sharesOf(this.#sums)) sums.thresholdsReached = this.reachedBy(spentOf(sums));
  }

  /** It was removed: requests in flight still count, and nothing is refused. */
  retire(): void {
    this.#isInForce = false;
    this.leasing = 'none';
    this.#hardLimitNanoUsd = Number.POSITIVE_INFINITY;
  }

  /** The sums of the period at `nowMs`, which never goes back. */
  sumsAt(nowMs: number): PeriodSums {
    if (nowMs >= this.#sums.endMs) this.#sums = this.#open(nowMs);
    return this.#sums;
  }

  /** The same of what such a request spends. */
  sumsOf(facets: RequestFacets, nowMs: number): PeriodSums {
    const whole = this.sumsAt(nowMs);
    const { per = null } = this.#budget;
    return whole.shares === null || per === null ? whole : whole.shares.of(facets[per] ?? null);
  }

  /** Tells apart those that spend what others cannot. */
  placeOf(facets: RequestFacets): string {
    const { id, per = null } = this.#budget;
    return per === null ? id : placeOfShare(id, facets[per] ?? null);
  }

  /** Where it stands; of allowances for each the most used one. */
  standing(nowMs: number): BudgetStanding {
    let most: PeriodSums | null = null;
    for (const sums of sharesOf(this.sumsAt(nowMs)))
      if (most === null || held(sums) > held(most)) most = sums;
    const { shares, startMs } = this.#sums;
    const here = {
      ...standingOf(most ?? this.#sums),
      shares: shares && sharesIn(shares, this.#limitNanoUsd),
    };
    return this.#told?.startMs === startMs ? overAll(here, this.#told.figures) : here;
  }

  /** What all instances know of the members of a period. */
  hearMembers(startMs: number, figures: MemberFigures): void {
    this.#told = { startMs, figures };
  }

  /** Adds to what is spent, an amount that was checked; returns the thresholds that this reached. */
  spend(sums: PeriodSums, amount: NanoUsd): readonly ThresholdCrossing[] {
    sums.spentNanoUsd += amount;
    sums.shares?.spent(sums, amount);
    return this.#crossed(sums);
  }

  /** What other instances have let through meanwhile; returns the thresholds that this reached. */
  hear(sums: PeriodSums, others: LeaseFigures): readonly ThresholdCrossing[] {
    sums.others = others;
    return this.#crossed(sums);
  }

  #crossed(sums: PeriodSums): readonly ThresholdCrossing[] {
    const next = this.#thresholdsNanoUsd[sums.thresholdsReached];
    if (next === undefined || spentOf(sums) < next) return NO_CROSSINGS;
    const from = sums.thresholdsReached;
    sums.thresholdsReached = this.reachedBy(spentOf(sums));
    return this.#budget.thresholds
      .slice(from, sums.thresholdsReached)
      .map((threshold) => ({ ...standingOf(sums), threshold }));
  }

  /** Every threshold that the current period has reached, for a bank that forgets none and repeats none. */
  crossings(nowMs: number): readonly ThresholdCrossing[] {
    return [...sharesOf(this.sumsAt(nowMs))].flatMap((sums) =>
      this.#budget.thresholds
        .slice(0, sums.thresholdsReached)
        .map((threshold) => ({ ...standingOf(sums), threshold })),
    );
  }

  reachedBy(spentNanoUsd: NanoUsd): number {
    return this.#thresholdsNanoUsd.filter((amount) => amount <= spentNanoUsd).length;
  }

  #open(nowMs: number): PeriodSums {
    const sums: { -readonly [Part in keyof PeriodSums]: PeriodSums[Part] } = {
      account: this,
      ...periodAt(this.#budget.period, nowMs, this.#timeZone),
      share: null,
      shares: null,
      spentNanoUsd: 0,
      reservedNanoUsd: 0,
      unpricedRequests: 0,
      overrunNanoUsd: 0,
      thresholdsReached: 0,
      ...newSlice(this.leaseKey !== ''),
    };
    if ((this.#budget.per ?? null) !== null)
      sums.shares = new Shares((share, spentNanoUsd) => this.#openShare(sums, share, spentNanoUsd));
    return sums;
  }

  /** One who has spent that much before. */
  #openShare(whole: PeriodSums, share: string | null, spentNanoUsd: NanoUsd): PeriodSums {
    return {
      ...{ ...whole, share, spentNanoUsd, thresholdsReached: this.reachedBy(spentNanoUsd) },
      ...{ reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
      ...newSlice(this.leaseKey !== ''),
    };
  }
}

/** Of a period: each one's sums, or the only ones. */
function sharesOf(whole: PeriodSums): Iterable<PeriodSums> {
  return whole.shares ?? [whole];
}

const held = (sums: PeriodSums): NanoUsd =>
  spentOf(sums) + sums.reservedNanoUsd + sums.others.reservedNanoUsd;

function placeOfShare(id: string, share: string | null): string {
  return `${id}\n${share ?? ''}`;
}

/** By all instances. */
export const spentOf = ({ spentNanoUsd, others }: PeriodSums): NanoUsd => spentNanoUsd + others.spentNanoUsd;

/** Up to where this instance may let through; Infinity where nothing is refused. */
export function ceilingOf({ account, sliceNanoUsd, others }: PeriodSums): NanoUsd {
  const limit = account.hardLimitNanoUsd;
  if (account.leasing === 'none' || limit === Number.POSITIVE_INFINITY) return limit;
  if (account.leasing === 'leased') return Math.min(limit, sliceNanoUsd);
  return Math.max(Math.min(limit, sliceNanoUsd), limit - others.spentNanoUsd - others.reservedNanoUsd);
}

const NO_CROSSINGS: readonly ThresholdCrossing[] = Object.freeze([]);

export function standingOf(sums: PeriodSums): BudgetStanding {
  const { budget, limitNanoUsd } = sums.account;
  const { others } = sums;
  const spentNanoUsd = spentOf(sums);
  const reservedNanoUsd = sums.reservedNanoUsd + others.reservedNanoUsd;
  return {
    budget,
    limitNanoUsd,
    share: sums.share,
    shares: null,
    spentNanoUsd,
    reservedNanoUsd,
    remainingNanoUsd: Math.max(0, limitNanoUsd - spentNanoUsd - reservedNanoUsd),
    periodStartMs: sums.startMs,
    periodEndMs: sums.endMs,
    unpricedRequests: sums.unpricedRequests + others.unpricedRequests,
    overrunNanoUsd: sums.overrunNanoUsd + others.overrunNanoUsd,
  };
}

function sharesIn(
  shares: Shares<PeriodSums>,
  limitNanoUsd: NanoUsd,
): { readonly known: number; readonly usedUp: number } {
  let usedUp = 0;
  for (const sums of shares) if (spentOf(sums) >= limitNanoUsd) usedUp += 1;
  return { known: shares.size, usedUp };
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
function thresholdAmounts(budget: Budget, limitNanoUsd: NanoUsd): readonly NanoUsd[] {
  const limit = BigInt(limitNanoUsd);
  return budget.thresholds.map((percent) => Number((limit * BigInt(percent) + 99n) / 100n));
}
