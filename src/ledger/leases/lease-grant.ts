// How much an instance may let through of a period, beside what the others hold of it.

import type { NanoUsd } from '../../core/money.ts';
import type { LeaseClaim, LeaseFigures, LeaseGrant, LeaseWindow } from './lease-ports.ts';
import { type Bounds, type LeaseRow, NOBODY } from './lease-store.ts';

export function holdersOf(rows: readonly LeaseRow[]): Set<string> {
  const holders = new Set(rows.map((row) => row.instance));
  holders.delete(NOBODY);
  return holders;
}

/** Of one who holds what it spent, and no more. */
export function spentRow(
  place: Bounds & { readonly key: string },
  instance: string,
  spentNanoUsd: NanoUsd,
  member: string | null,
): LeaseRow {
  return { ...NOTHING, ...placeOf(place), instance, spentNanoUsd, grantedNanoUsd: spentNanoUsd, member };
}

export function grantFor(
  window: LeaseWindow,
  row: LeaseRow,
  others: readonly LeaseRow[],
  alive: ReadonlySet<string>,
): LeaseGrant {
  return {
    key: window.key,
    startMs: window.startMs,
    grantedNanoUsd: row.grantedNanoUsd,
    others: sumOf(others, alive),
    isWanted: isWanted(window, row, others, alive),
    isUnmet: row.isUnmet,
  };
}

const NOTHING = {
  ...{ spentNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
  ...{ grantedNanoUsd: 0, isUnmet: false },
};

/** Who asks, and who else may. */
export interface Asker {
  readonly instance: string;
  /** It asks by the budgets of the store: by others nothing more is granted. */
  readonly mayGrant: boolean;
  /** With itself: what is free is shared out among them. */
  readonly alive: ReadonlySet<string>;
}

/** The heart of it: a lease grows only by what no other lease holds. `before` is what it was, if anything. */
export function leaseFor(
  { instance, mayGrant, alive }: Asker,
  claim: LeaseClaim,
  before: LeaseRow | undefined,
  others: readonly LeaseRow[],
): LeaseRow {
  const { window, spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = claim;
  const used = spentNanoUsd + reservedNanoUsd;
  // What it let through is let through, whatever was granted: then others get less.
  const kept = Math.max(used, Math.min(claim.keptNanoUsd, before?.grantedNanoUsd ?? 0));
  const more =
    window.limitNanoUsd === null || !mayGrant
      ? 0
      : grantOf(claim, window.limitNanoUsd - kept - heldBy(others), kept - used, alive.size);
  return {
    ...{ ...placeOf(window), instance, member: window.member?.name ?? null },
    ...{ spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd },
    grantedNanoUsd: kept + more,
    isUnmet: claim.neededNanoUsd > kept - used + more,
  };
}

/** Of what is free, what waits first; beyond that a share, which shrinks to nothing as the end comes near. */
function grantOf(claim: LeaseClaim, free: NanoUsd, surplus: NanoUsd, instances: number): NanoUsd {
  if (free <= 0) return 0;
  const missing = Math.max(0, claim.neededNanoUsd - surplus);
  const least = Math.max(0, claim.leastNanoUsd - surplus);
  const now = least > free ? 0 : Math.min(free, missing);
  if (now < missing) return now;
  const share = Math.floor((free - now) / (2 * instances));
  return now + Math.max(0, Math.min(share, claim.neededNanoUsd + claim.aheadNanoUsd - surplus - now));
}

/** Whether others wait for money, or more is leased than a limit allows that was lowered. */
function isWanted(
  { limitNanoUsd: limit }: LeaseWindow,
  row: LeaseRow,
  others: readonly LeaseRow[],
  alive: ReadonlySet<string>,
): boolean {
  if (limit === null) return false;
  if (heldBy(others) + row.grantedNanoUsd > limit) return true;
  return others.some(({ isUnmet, instance }) => isUnmet && alive.has(instance));
}

/**
 * Instances whose zones differ see other periods of a budget. Whatever of a lease may fall into a period counts in it;
 * of what nobody holds there is one sum for each.
 */
export function overlaps(row: LeaseRow, { startMs, endMs }: Bounds): boolean {
  return row.instance === NOBODY ? row.startMs === startMs : row.startMs < endMs && startMs < row.endMs;
}

const placeOf = ({ key, startMs, endMs }: Bounds & { readonly key: string }) => ({ key, startMs, endMs });

const heldBy = (rows: readonly LeaseRow[]): NanoUsd => rows.reduce((sum, row) => sum + row.grantedNanoUsd, 0);

function sumOf(rows: readonly LeaseRow[], alive: ReadonlySet<string>): LeaseFigures {
  const isAlive = ({ instance }: LeaseRow): boolean => alive.has(instance);
  const sum = (figure: (row: LeaseRow) => number): number => rows.reduce((all, row) => all + figure(row), 0);
  return {
    spentNanoUsd: sum((row) =>
      isAlive(row) ? row.spentNanoUsd : Math.max(row.grantedNanoUsd, row.spentNanoUsd),
    ),
    reservedNanoUsd: sum((row) => (isAlive(row) ? row.reservedNanoUsd : 0)),
    unpricedRequests: sum((row) => row.unpricedRequests),
    overrunNanoUsd: sum((row) => row.overrunNanoUsd),
  };
}
