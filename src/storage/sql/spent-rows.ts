// What was spent, from the rows that every store answers with.

import type { SharedBy } from '../../ledger/budget.ts';
import { SHARES_MAX, type ShareSpent, type SpentSoFar } from '../../ledger/ports.ts';

/** Of a request's row: what it cost; where that is unknown, what is known of it. */
export const OWED = 'COALESCE(cost_nano_usd, list_cost_nano_usd)';

/** Of a request's row: whose share of a budget it spends. */
export const SHARE_COLUMNS: Readonly<Record<SharedBy, string>> = {
  session: 'session',
  user: 'user_name',
  key: 'access_key',
  app: 'app',
};

type SpentRow = Readonly<Record<string, unknown>>;

export function spentIn(row: SpentRow | undefined): SpentSoFar {
  return {
    costNanoUsd: Number(row?.cost),
    reservedNanoUsd: Number(row?.reserved),
    unpricedRequests: Number(row?.unpriced),
    overrunNanoUsd: Number(row?.overrun),
  };
}

export function shareIn({ whose }: SpentRow): string | null {
  return typeof whose === 'string' && whose !== '' ? whose : null;
}

/** What is on record, and what was deleted from there. */
export function spentTogether<T extends Omit<SpentSoFar, 'shares'>>(one: T, other: T): T {
  return {
    ...one,
    costNanoUsd: one.costNanoUsd + other.costNanoUsd,
    reservedNanoUsd: one.reservedNanoUsd + other.reservedNanoUsd,
    unpricedRequests: one.unpricedRequests + other.unpricedRequests,
    overrunNanoUsd: one.overrunNanoUsd + other.overrunNanoUsd,
  };
}

/** Without what was counted and is not to be. */
export function spentLess<T extends Omit<SpentSoFar, 'shares'>>(one: T, other: T): T {
  return spentTogether(one, {
    ...other,
    costNanoUsd: -other.costNanoUsd,
    reservedNanoUsd: -other.reservedNanoUsd,
    unpricedRequests: -other.unpricedRequests,
    overrunNanoUsd: -other.overrunNanoUsd,
  });
}

export function sharesTogether(
  some: readonly ShareSpent[],
  others: readonly ShareSpent[],
): readonly ShareSpent[] {
  if (others.length === 0) return some;
  const all = new Map(some.map((spent) => [spent.share, spent]));
  for (const spent of others) {
    const known = all.get(spent.share);
    all.set(spent.share, known === undefined ? spent : spentTogether(known, spent));
  }
  return dearestOf([...all.values()]);
}

/** As many as are told. Of very many most are left out before they are sorted: figures alone are sorted in no time. */
export function dearestOf(shares: readonly ShareSpent[]): readonly ShareSpent[] {
  const costs = Float64Array.from(shares, ({ costNanoUsd }) => costNanoUsd).sort();
  const least = costs[costs.length - SHARES_MAX] ?? -Infinity;
  return shares
    .filter(({ costNanoUsd }) => costNanoUsd >= least)
    .sort((one, other) => other.costNanoUsd - one.costNanoUsd)
    .slice(0, SHARES_MAX);
}

/** What each instance let through, from rows of whatever names one; empty for a record that names none. */
export function spentByInstance(
  rows: readonly { readonly instance: unknown; readonly spent: unknown }[],
): readonly { readonly instance: string; readonly nanoUsd: number }[] {
  const sums = new Map<string, number>();
  for (const { instance, spent } of rows) {
    const id = String(instance ?? '');
    sums.set(id, (sums.get(id) ?? 0) + Number(spent));
  }
  return [...sums].map(([instance, nanoUsd]) => ({ instance, nanoUsd }));
}
