// The slices of shared budgets that one instance has: takes from them, notes where they are short, and says so. What a
// slice is, is told in lease-desk.ts.

import type { NanoUsd } from '../../core/money.ts';
import type { BudgetAccount, PeriodSums } from '../account.ts';
import {
  fitsInSlices,
  fitsOnceOthersEnd,
  knownRoomOf,
  slicesShortOf,
  unspentOf,
} from '../matched-budgets.ts';
import type { BudgetRefusal } from '../refusal.ts';
import type { Reservation } from '../reservation.ts';

/** While the database is away and requests go on: the records tell of further ones. */
const TOUCHED_MAX = 50_000;

export class Slices {
  /** Told when one is short, or about to be. `isMissed`: something waits for it. */
  onShort: ((isMissed: boolean) => void) | null = null;
  /** Whether other instances let requests through by the same budgets. */
  readonly areLeased: boolean;
  /** Members of whom there is something to tell or to ask since they were last looked at. */
  readonly touched = new Set<PeriodSums>();
  readonly #waiting = new Set<() => void>();
  #isOffline = false;
  #isLifted = false;

  constructor(areLeased: boolean) {
    this.areLeased = areLeased;
  }

  get isOffline(): boolean {
    return this.#isOffline;
  }

  /** The database that shares the budgets out is away, or there again. `isLifted`: requests go on without it. */
  turn(isOffline: boolean, isLifted: boolean): void {
    this.#isOffline = isOffline;
    this.#isLifted = isOffline && isLifted;
  }

  applyTo(account: BudgetAccount): void {
    if (account.leaseKey !== '') account.leasing = this.#isLifted ? 'lifted' : 'leased';
  }

  take(sums: readonly PeriodSums[], amount: NanoUsd): void {
    for (const period of sums) {
      period.reservedNanoUsd += amount;
      this.took(period, amount);
    }
  }

  /** So much of one is taken, by what is set aside or was spent without. */
  took(period: PeriodSums, amount: NanoUsd): void {
    this.touch(period);
    if (period.account.leasing === 'none') return;
    period.takenNanoUsd += amount;
    const left = period.sliceNanoUsd - period.spentNanoUsd - period.reservedNanoUsd;
    if (left >= period.lowNanoUsd) return;
    period.lowNanoUsd = -1;
    this.onShort?.(false);
  }

  /**
   * Those of hard budgets of which nothing is left. What others have only set aside is not used, and a slice is not the
   * budget as long as the database can give out more.
   */
  usedUp(sums: readonly PeriodSums[]): readonly PeriodSums[] {
    return sums.filter(
      (period) => unspentOf([period]) < 1 || (this.#isOffline && !fitsInSlices([period], 1)),
    );
  }

  /** Of budgets that were removed, or counted anew under the same key, nothing is told any more. */
  forgetRetired(): void {
    for (const period of this.touched) if (period.account.leasing === 'none') this.touched.delete(period);
  }

  /** What one held is free again. */
  giveBack({ sums, reservedNanoUsd }: Reservation): void {
    for (const period of sums) {
      period.reservedNanoUsd -= reservedNanoUsd;
      this.touch(period);
    }
  }

  /** It has spent or taken something: of a leased budget's member, the others are to hear of it. */
  touch(period: PeriodSums): void {
    if (period.shares === null || period.account.leasing === 'none') return;
    if (!period.isHeld && this.touched.size >= TOUCHED_MAX) return;
    period.isHeld = true;
    this.touched.add(period);
  }

  /** It would wait for a larger slice alone, and get it, as far as is known: not refused, then. */
  foreseen(
    refusal: BudgetRefusal | null,
    sums: readonly PeriodSums[],
    amount: NanoUsd,
  ): BudgetRefusal | null {
    const isBusy = refusal?.code === 'budget_busy' && !this.#isOffline;
    return isBusy && amount <= knownRoomOf(sums) && slicesShortOf(sums, amount).length > 0 ? null : refusal;
  }

  /** Whether a larger one might hold what an open reservation asks for beyond what it has. */
  mayHoldMore({ sums, reservedNanoUsd }: Reservation, needed: NanoUsd): boolean {
    const more = needed - reservedNanoUsd;
    return !this.#isOffline && more <= knownRoomOf(sums) && slicesShortOf(sums, more).length > 0;
  }

  missed(refusal: BudgetRefusal | null, sums: readonly PeriodSums[], amount: NanoUsd): void {
    if (refusal?.code !== 'budget_busy') return;
    const short = slicesShortOf(sums, amount);
    for (const period of short) {
      this.touch(period);
      period.missedNanoUsd += amount;
      period.leastMissedNanoUsd = Math.min(period.leastMissedNanoUsd, amount);
    }
    if (short.length > 0) this.onShort?.(true);
  }

  /** Returns when the next answer has come, or the time is over. */
  moreWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#waiting.add(end);
    });
  }

  /** How many wait for that. Where nothing is leased no answer ever comes, and all of them wait for their time. */
  get waiting(): number {
    return this.#waiting.size;
  }

  arrived(): void {
    for (const end of [...this.#waiting]) end();
  }

  /** What only waits for others to end is another matter than money that is gone. */
  whyNot(sums: readonly PeriodSums[], amount: NanoUsd): 'budget_busy' | 'budget_exceeded' | 'budget_offline' {
    if (!fitsOnceOthersEnd(sums, amount)) return 'budget_exceeded';
    return this.#isOffline && !fitsInSlices(sums, amount) ? 'budget_offline' : 'budget_busy';
  }
}
