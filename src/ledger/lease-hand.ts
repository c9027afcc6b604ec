// One instance's side of its leases: what it tells and asks, and what it does with the answers. Without a timer and
// without a database, so that a test can put every step in any order.
//
// For each budget's period: the ledger spends within a slice. Before it gives a part of that back, the slice is made
// smaller; only an answer makes it larger. One exchange at a time.

import type { NanoUsd } from '../core/money.ts';
import type { PeriodSums } from './account.ts';
import type { InstanceName, LeaseAnswer, LeaseAsk, LeaseClaim, LeaseGrant } from './lease-ports.ts';
import type { Ledger } from './ledger.ts';

/** What is asked for beyond what waits: what would be taken in this time, at the rate of late. */
const AHEAD_S = 3;
/** A rate fades by half from one look to the next where nothing comes. */
const FADES = 0.5;
/** Of what was granted ahead, the rest at which more is asked for. */
const LOW_SHARE = 1 / 3;
/** Nothing came for so long: what is not used is given back. */
const IDLE_MS = 2_000;

/** What is remembered of a period between two asks. */
interface Watched {
  takenNanoUsd: NanoUsd;
  ratePerS: number;
  lookedMs: number;
  busyMs: number;
  isWanted: boolean;
}

export interface LeaseHandOptions {
  readonly ledger: Ledger;
  readonly instance: InstanceName;
  readonly monotonicMs: () => number;
  /** Of the budgets that the ledger follows. */
  readonly rulesVersion: () => number | null;
}

export class LeaseHand {
  readonly #options: LeaseHandOptions;
  readonly #watched = new WeakMap<PeriodSums, Watched>();
  #asked: readonly PeriodSums[] = [];
  #isSuperseded = false;

  constructor(options: LeaseHandOptions) {
    this.#options = options;
  }

  get isSuperseded(): boolean {
    return this.#isSuperseded;
  }

  /** What there is to tell and to ask; slices shrink here by what is given back. */
  ask(isLast = false): LeaseAsk {
    const { ledger, instance } = this.#options;
    const rulesVersion = this.#options.rulesVersion();
    if (rulesVersion === null) {
      // By budgets that the folder remembers: what was spent of them is not known yet.
      this.#asked = [];
      return { instance, rulesVersion, claims: [], isLast };
    }
    const now = ledger.leasedSums();
    // What runs on from an ended period is paid by it, and may still take more.
    const before = this.#asked.filter((sums) => sums.reservedNanoUsd > 0 && !now.includes(sums));
    this.#asked = [...now, ...before];
    const claims = this.#asked.map((sums) => this.#claim(sums, isLast));
    return { instance, rulesVersion, claims, isLast };
  }

  /** The answer to the last ask. True where there was not enough for what waits. */
  take(answer: LeaseAnswer): boolean {
    const { ledger } = this.#options;
    if (answer.isSuperseded) {
      this.#isSuperseded = true;
      for (const sums of ledger.leasedSums()) sums.sliceNanoUsd = 0;
      return false;
    }
    let isUnmet = false;
    for (const grant of answer.grants) {
      const sums = this.#asked.find(
        ({ account, startMs }) => account.leaseKey === grant.key && startMs === grant.startMs,
      );
      if (sums === undefined) continue;
      this.#hear(sums, grant);
      isUnmet ||= grant.isUnmet;
    }
    ledger.slices.arrived();
    ledger.onRoom?.();
    return isUnmet;
  }

  #claim(sums: PeriodSums, isLast: boolean): LeaseClaim {
    const watched = this.#watch(sums);
    const nowMs = this.#options.monotonicMs();
    const { account, spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = sums;
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
      window: {
        ...{ key: account.leaseKey, startMs: sums.startMs, endMs: sums.endMs, scope: account.budget.scope },
        limitNanoUsd: account.hardLimitNanoUsd === Number.POSITIVE_INFINITY ? null : account.hardLimitNanoUsd,
      },
      ...{ spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd },
      keptNanoUsd: sums.sliceNanoUsd,
      ...{ neededNanoUsd, leastNanoUsd, aheadNanoUsd },
    };
  }

  #ahead(sums: PeriodSums, watched: Watched, nowMs: number): NanoUsd {
    const taken = sums.takenNanoUsd - watched.takenNanoUsd;
    const seconds = Math.max(0.02, (nowMs - watched.lookedMs) / 1000);
    watched.takenNanoUsd = sums.takenNanoUsd;
    watched.lookedMs = nowMs;
    if (taken > 0) watched.busyMs = nowMs;
    // By the last second at the least: a burst of milliseconds is no rate.
    watched.ratePerS = Math.max(taken / Math.max(1, seconds), watched.ratePerS * FADES ** seconds);
    if (watched.isWanted || nowMs - watched.busyMs > IDLE_MS) return 0;
    return Math.ceil(Math.min(watched.ratePerS * AHEAD_S, sums.account.limitNanoUsd));
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
    const fresh = { takenNanoUsd: 0, ratePerS: 0, lookedMs: nowMs, busyMs: nowMs, isWanted: false };
    this.#watched.set(sums, fresh);
    return fresh;
  }
}
