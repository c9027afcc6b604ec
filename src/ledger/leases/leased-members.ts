// Whom of a budget's members one instance has a lease for, and for whom there is something to tell, to ask or to give
// back. There may be any number of members: only those are looked at that something happened to, and the leases of
// those that were not heard of for long are dropped.
//
// States of a member here: unknown → touched (to be claimed) → held (claimed; the database knows what it holds) →
// touched again, or resting → given back → dropped (its row is gone; only then may it be forgotten here).

import type { PeriodSums } from '../account.ts';
import { memberKeyOf } from './lease-key.ts';
import type { Slices } from './slices.ts';

/** Nothing came for so long: what is not used is given back. Agents think between two requests. */
export const MEMBER_IDLE_MS = 30_000;
export interface MemberBounds {
  /** With so many leases, those are dropped that were not heard of for longest. */
  readonly heldMax: number;
  /** Nobody is dropped sooner. */
  readonly droppedAfterMs: number;
}

const BOUNDS: MemberBounds = { heldMax: 10_000, droppedAfterMs: 60_000 };
/** More are claimed by the next exchange. */
const CLAIMS_MAX = 1_000;

interface Held {
  readonly key: string;
  touchedMs: number;
}

export class LeasedMembers {
  readonly #slices: Slices;
  readonly #bounds: MemberBounds;
  /** Those that were heard of longest ago come first. */
  readonly #held = new Map<PeriodSums, Held>();
  readonly #byPlace = new Map<string, PeriodSums>();
  /** To be claimed next, though nothing has happened here. */
  readonly #due = new Set<PeriodSums>();

  constructor(slices: Slices, bounds: MemberBounds = BOUNDS) {
    this.#slices = slices;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether more are to be claimed than one exchange takes. */
  get areMany(): boolean {
    return this.#slices.touched.size > CLAIMS_MAX;
  }

  keyOf(sums: PeriodSums): string {
    return this.#held.get(sums)?.key ?? memberKeyOf(sums.account.leaseKey, sums.share ?? '');
  }

  find(key: string, startMs: number): PeriodSums | undefined {
    return this.#byPlace.get(placeOf(key, startMs));
  }

  /** It is claimed by the next exchange. */
  claimAgain(sums: PeriodSums): void {
    this.#due.add(sums);
  }

  /** Whom to claim now. */
  claims(nowMs: number): readonly PeriodSums[] {
    const { touched } = this.#slices;
    const claimed = new Set<PeriodSums>(this.#due);
    this.#due.clear();
    const take = (sums: PeriodSums): void => {
      touched.delete(sums);
      this.#hold(sums, nowMs);
      claimed.add(sums);
    };
    // Who is waited for comes first.
    for (const sums of touched) if (sums.missedNanoUsd > 0 && claimed.size < CLAIMS_MAX) take(sums);
    for (const sums of touched) {
      if (claimed.size >= CLAIMS_MAX) break;
      take(sums);
    }
    for (const [sums, { touchedMs }] of this.#held) {
      if (nowMs - touchedMs <= MEMBER_IDLE_MS || claimed.size >= CLAIMS_MAX) break;
      if (hasRest(sums)) claimed.add(sums);
    }
    return [...claimed];
  }

  /** Whom to claim at the end: those that hold something. `areRecordsIn`: of the others the records tell. */
  lastClaims(nowMs: number, areRecordsIn: boolean): readonly PeriodSums[] {
    for (const sums of this.#slices.touched) this.#hold(sums, nowMs);
    return [...this.#held.keys()].filter(
      (sums) =>
        sums.reservedNanoUsd > 0 || (!areRecordsIn && (hasRest(sums) || this.#slices.touched.has(sums))),
    );
  }

  /**
   * Whose leases are to be dropped: of periods and budgets that are over (not among `current`), and of those that were
   * not heard of for long where there are many. All that they let through must be in the database first.
   */
  toDrop(nowMs: number, current: ReadonlySet<PeriodSums['shares']>): readonly PeriodSums[] {
    const dropped: PeriodSums[] = [];
    let tooMany = this.#held.size - this.#bounds.heldMax;
    for (const [sums] of this.#held) {
      if (dropped.length >= CLAIMS_MAX) break;
      const isOver = !current.has(sums.shares);
      if ((tooMany > 0 || isOver) && this.isQuiet(sums, nowMs)) dropped.push(sums);
      tooMany -= 1;
    }
    return dropped;
  }

  /** Nothing has happened to it for long, and nothing of it is out. */
  isQuiet(sums: PeriodSums, nowMs: number): boolean {
    const held = this.#held.get(sums);
    if (held === undefined || nowMs - held.touchedMs < this.#bounds.droppedAfterMs) return false;
    if (this.#slices.touched.has(sums) || this.#due.has(sums)) return false;
    return sums.reservedNanoUsd === 0 && !hasRest(sums);
  }

  /** Its row is gone. What has happened to it meanwhile is claimed anew. */
  dropped(sums: PeriodSums): void {
    if (this.#slices.touched.has(sums)) return;
    const held = this.#held.get(sums);
    if (held === undefined) return;
    this.#held.delete(sums);
    this.#byPlace.delete(placeOf(held.key, sums.startMs));
    sums.isHeld = false;
  }

  /** Another process has taken this one's leases over. */
  loseAll(): void {
    for (const sums of this.#held.keys()) sums.sliceNanoUsd = 0;
  }

  #hold(sums: PeriodSums, touchedMs: number): void {
    const key = this.keyOf(sums);
    this.#held.delete(sums);
    this.#held.set(sums, { key, touchedMs });
    this.#byPlace.set(placeOf(key, sums.startMs), sums);
  }
}

const placeOf = (key: string, startMs: number): string => `${key} ${startMs}`;

const hasRest = ({ sliceNanoUsd, spentNanoUsd, reservedNanoUsd }: PeriodSums): boolean =>
  sliceNanoUsd > spentNanoUsd + reservedNanoUsd;
