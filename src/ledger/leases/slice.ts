// One instance's part of a budget's period that several share. What it is and how it grows is told in lease-desk.ts.

import type { NanoUsd } from '../../core/money.ts';
import type { LeaseFigures } from './lease-ports.ts';

/**
 * How instances share a budget. `leased`: each keeps to its slice. `lifted`: the database is away, and the user would
 * rather go on, up to the limit as far as it is known.
 */
export type Leasing = 'none' | 'leased' | 'lifted';

export interface Slice {
  /** What this instance may let through; Infinity where the budget is not leased. */
  sliceNanoUsd: NanoUsd;
  /** Where less is left of the slice, more is asked for; -1: not now. */
  lowNanoUsd: NanoUsd;
  /** All that was ever reserved: how fast money is wanted. */
  takenNanoUsd: NanoUsd;
  /** What was refused for want of a larger slice since it was last asked for: all, and the smallest. */
  missedNanoUsd: NanoUsd;
  leastMissedNanoUsd: NanoUsd;
  /** What other instances have let through, as far as is known. */
  others: LeaseFigures;
  /** Of a member: it has a lease, or is about to have one, and must not be forgotten here. */
  isHeld: boolean;
}

const NOBODY_ELSE: LeaseFigures = Object.freeze({
  spentNanoUsd: 0,
  reservedNanoUsd: 0,
  unpricedRequests: 0,
  overrunNanoUsd: 0,
});

export function newSlice(isLeased: boolean): Slice {
  return {
    sliceNanoUsd: isLeased ? 0 : Number.POSITIVE_INFINITY,
    lowNanoUsd: -1,
    takenNanoUsd: 0,
    missedNanoUsd: 0,
    leastMissedNanoUsd: Number.POSITIVE_INFINITY,
    others: NOBODY_ELSE,
    isHeld: false,
  };
}
