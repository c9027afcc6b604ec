// One instance's side of its leases: what it tells and asks, and what it does with the answers. Without a timer and
// without a database, so that a test can put every step in any order.
//
// For each budget's period: the ledger spends within a slice. Before it gives a part of that back, the slice is made
// smaller; only an answer makes it larger. One exchange at a time.

import type { NanoUsd } from '../../core/money.ts';
import type { PeriodSums } from '../account.ts';
import type { Ledger } from '../ledger.ts';
import type {
  InstanceName,
  LeaseAnswer,
  LeaseAsk,
  LeaseClaim,
  LeaseGrant,
  LeaseWindow,
  MemberFigures,
  MembersAsk,
} from './lease-ports.ts';
import { LeasedMembers, MEMBER_IDLE_MS, type MemberBounds } from './leased-members.ts';

/** What is asked for beyond what waits: what would be taken in this time, at the rate of late. */
const AHEAD_S = 3;
/** A rate fades by half from one look to the next where nothing comes. */
const FADES = 0.5;
/** Of what was granted ahead, the rest at which more is asked for. */
const LOW_SHARE = 1 / 3;
/** Nothing came for so long: what is not used is given back. */
const IDLE_MS = 2_000;
/** A member's requests come one by one: the next one may cost so many times what the last one took. */
const NEXT_ONE = 2;

/** What is remembered of a period between two asks. */
interface Watched {
  takenNanoUsd: NanoUsd;
  ratePerS: number;
  lookedMs: number;
  busyMs: number;
  /** What was taken when something was taken last. */
  lastNanoUsd: NanoUsd;
  isWanted: boolean;
}

export interface LeaseHandOptions {
  readonly ledger: Ledger;
  readonly instance: InstanceName;
  readonly monotonicMs: () => number;
  /** Of the budgets that the ledger follows. */
  readonly rulesVersion: () => number | null;
  readonly bounds?: MemberBounds;
}

export class LeaseHand {
  readonly #options: LeaseHandOptions;
  readonly #watched = new WeakMap<PeriodSums, Watched>();
  readonly #members: LeasedMembers;
  /** The wholes of the last ask. */
  #asked: readonly PeriodSums[] = [];
  /** Its members: claimed again where no answer comes. */
  #askedMembers: readonly PeriodSums[] = [];
  #dropped: readonly PeriodSums[] = [];
  /** An earlier process of this folder may have left leases on members. */
  #areLeft = true;
  #isSettling = false;
  #isSuperseded = false;

  constructor(options: LeaseHandOptions) {
    this.#options = options;
    this.#members = new LeasedMembers(options.ledger.slices, options.bounds);
  }

  get isSuperseded(): boolean {
    return this.#isSuperseded;
  }

  /** Members whose leases may be dropped by the next ask, once all that they let through is in the database. */
  toDrop(): readonly PeriodSums[] {
    if (this.#members.size === 0) return [];
    const current = new Set(this.#options.ledger.leasedSums().map(({ shares }) => shares));
    return this.#members.toDrop(this.#options.monotonicMs(), current);
  }

  /**
   * What there is to tell and to ask; slices shrink here by what is given back. `dropped`: of `toDrop`, and everything
   * that was recorded by then is in the database. `areRecordsIn`: at the end, the same of everything.
   */
  ask(isLast = false, dropped: readonly PeriodSums[] = [], areRecordsIn = false): LeaseAsk {
    const { ledger, instance } = this.#options;
    const rulesVersion = this.#options.rulesVersion();
    for (const sums of this.#askedMembers) this.#members.claimAgain(sums);
    this.#askedMembers = [];
    this.#dropped = [];
    if (rulesVersion === null) {
      // By budgets that the folder remembers: what was spent of them is not known yet.
      this.#asked = [];
      return { instance, rulesVersion, claims: [], areRecordsIn: false, holdsMembers: false, isLast };
    }
    const leased = ledger.leasedSums();
    const now = leased.filter(({ shares }) => shares === null);
    // What runs on from an ended period is paid by it, and may still take more.
    const before = this.#asked.filter((sums) => sums.reservedNanoUsd > 0 && !now.includes(sums));
    this.#asked = [...now, ...before];
    const nowMs = this.#options.monotonicMs();
    this.#dropped = dropped.filter((sums) => this.#members.isQuiet(sums, nowMs));
    const members = isLast ? this.#members.lastClaims(nowMs, areRecordsIn) : this.#members.claims(nowMs);
    this.#askedMembers = [...members, ...this.#dropped];
    this.#isSettling = this.#areLeft && now.length < leased.length;
    return {
      ...{ instance, rulesVersion, isLast },
      claims: [
        ...[...this.#asked, ...members].map((sums) => this.#claim(sums, isLast)),
        ...this.#dropped.map((sums) => ({ ...this.#claim(sums, isLast), isDone: true })),
      ],
      areRecordsIn: areRecordsIn || this.#isSettling,
      holdsMembers: this.#members.size > 0,
    };
  }

  /** The answer to the last ask. True where there was not enough for what waits. */
  take(answer: LeaseAnswer): boolean {
    const { ledger } = this.#options;
    if (answer.isSuperseded) {
      this.#isSuperseded = true;
      for (const sums of ledger.leasedSums()) sums.sliceNanoUsd = 0;
      this.#members.loseAll();
      return false;
    }
    if (this.#isSettling) this.#areLeft = false;
    this.#askedMembers = [];
    let isUnmet = false;
    for (const grant of answer.grants) {
      const sums =
        this.#members.find(grant.key, grant.startMs) ??
        this.#asked.find(
          ({ account, startMs }) => account.leaseKey === grant.key && startMs === grant.startMs,
        );
      if (sums === undefined) continue;
      this.#hear(sums, grant);
      isUnmet ||= grant.isUnmet;
      // Until it has enough, or says that it waits no more.
      if (grant.isUnmet && sums.shares !== null) this.#members.claimAgain(sums);
    }
    for (const sums of this.#dropped) this.#members.dropped(sums);
    this.#dropped = [];
    this.#giveTo(answer.wanted);
    if (this.#members.areMany) ledger.slices.onShort?.(true);
    ledger.slices.arrived();
    ledger.onRoom?.();
    return isUnmet;
  }

  /** Of whose members to ask how they stand over all instances. */
  membersAsks(): readonly MembersAsk[] {
    return this.#wholes().map(({ account, startMs }) => ({
      ...{ budgetKey: account.leaseKey, startMs, limitNanoUsd: account.limitNanoUsd },
    }));
  }

  hearMembers(asks: readonly MembersAsk[], figures: readonly MemberFigures[]): void {
    for (const { account } of this.#wholes()) {
      const index = asks.findIndex(({ budgetKey }) => budgetKey === account.leaseKey);
      const ask = asks[index];
      const told = figures[index];
      if (ask !== undefined && told !== undefined) account.hearMembers(ask.startMs, told);
    }
  }

  #wholes(): readonly PeriodSums[] {
    return this.#options.ledger.leasedSums().filter(({ shares }) => shares !== null);
  }

  /** Another instance waits for what rests here. */
  #giveTo(wanted: readonly Pick<LeaseWindow, 'key' | 'startMs'>[]): void {
    for (const { key, startMs } of wanted) {
      const sums = this.#members.find(key, startMs);
      if (sums === undefined || sums.sliceNanoUsd <= sums.spentNanoUsd + sums.reservedNanoUsd) continue;
      this.#watch(sums).isWanted = true;
      this.#members.claimAgain(sums);
      this.#options.ledger.slices.onShort?.(false);
    }
  }

  #claim(sums: PeriodSums, isLast: boolean): LeaseClaim {
    const watched = this.#watch(sums);
    const nowMs = this.#options.monotonicMs();
    const { spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = sums;
    const neededNanoUsd = sums.missedNanoUsd;
    const leastNanoUsd = neededNanoUsd === 0 ? 0 : sums.leastMissedNanoUsd;
    sums.missedNanoUsd = 0;
    sums.leastMissedNanoUsd = Number.POSITIVE_INFINITY;
    const aheadNanoUsd = isLast ? 0 : this.#ahead(sums, watched, nowMs);
    const used = spentNanoUsd + reservedNanoUsd;
    const keep = used + neededNanoUsd + aheadNanoUsd;
    // A little more than is wanted is not worth giving back.
    const isTooMuch = sums.sliceNanoUsd > keep + aheadNanoUsd || watched.isWanted || isLast;
    if (isTooMuch && sums.sliceNanoUsd > keep) sums.sliceNanoUsd = keep;
    return {
      window: this.#windowOf(sums),
      ...{ spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd },
      keptNanoUsd: sums.sliceNanoUsd,
      ...{ neededNanoUsd, leastNanoUsd, aheadNanoUsd },
      isDone: false,
    };
  }

  #windowOf(sums: PeriodSums): LeaseWindow {
    const { account, startMs, endMs, share, shares } = sums;
    const { per = null, scope } = account.budget;
    const isMember = shares !== null && per !== null;
    return {
      ...{ key: isMember ? this.#members.keyOf(sums) : account.leaseKey, startMs, endMs, scope },
      limitNanoUsd: account.hardLimitNanoUsd === Number.POSITIVE_INFINITY ? null : account.hardLimitNanoUsd,
      member: isMember ? { budgetKey: account.leaseKey, per, name: share ?? '' } : null,
    };
  }

  #ahead(sums: PeriodSums, watched: Watched, nowMs: number): NanoUsd {
    const taken = sums.takenNanoUsd - watched.takenNanoUsd;
    const seconds = Math.max(0.02, (nowMs - watched.lookedMs) / 1000);
    watched.takenNanoUsd = sums.takenNanoUsd;
    watched.lookedMs = nowMs;
    if (taken > 0) {
      watched.busyMs = nowMs;
      watched.lastNanoUsd = taken;
    }
    // By the last second at the least: a burst of milliseconds is no rate.
    watched.ratePerS = Math.max(taken / Math.max(1, seconds), watched.ratePerS * FADES ** seconds);
    const isMember = sums.shares !== null;
    if (watched.isWanted || nowMs - watched.busyMs > (isMember ? MEMBER_IDLE_MS : IDLE_MS)) return 0;
    const next = isMember ? NEXT_ONE * watched.lastNanoUsd : 0;
    return Math.ceil(Math.min(Math.max(watched.ratePerS * AHEAD_S, next), sums.account.limitNanoUsd));
  }

  #hear(sums: PeriodSums, { others, grantedNanoUsd, isWanted }: LeaseGrant): void {
    this.#watch(sums).isWanted = isWanted;
    this.#options.ledger.hear(sums, others, grantedNanoUsd);
    const left = grantedNanoUsd - sums.spentNanoUsd - sums.reservedNanoUsd;
    // Near the end nothing is granted ahead, and who waits asks by itself.
    sums.lowNanoUsd = isWanted || left <= 0 ? -1 : Math.floor(left * LOW_SHARE);
  }

  #watch(sums: PeriodSums): Watched {
    const known = this.#watched.get(sums);
    if (known !== undefined) return known;
    const nowMs = this.#options.monotonicMs();
    const fresh = {
      ...{ takenNanoUsd: 0, ratePerS: 0, lookedMs: nowMs, busyMs: nowMs },
      ...{ lastNanoUsd: 0, isWanted: false },
    };
    this.#watched.set(sums, fresh);
    return fresh;
  }
}
