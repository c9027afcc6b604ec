// Leases of budgets with an allowance for each: the same as those of a whole budget, by a key for each member. There
// may be any number of members, so their rows come and go: one comes with an instance's first look at a member, and
// goes when the instance holds nothing for it any more and all its records are in. What nobody's row tells of, the
// records tell.

import { holdersOf, overlaps, spentRow } from './lease-grant.ts';
import type { LeaseWindow } from './lease-ports.ts';
import { type LeaseRow, type LeaseRows, NOBODY, type Served, type Window } from './lease-store.ts';

/** First looks of an instance at members of one budget's period: what those spent who hold no lease there. */
export async function adoptMembers(
  rows: LeaseRows,
  window: Window,
  served: readonly Served[],
  instance: string,
): Promise<readonly (readonly [LeaseWindow, LeaseRow])[]> {
  const nameOf = ({ claim }: Served): string => claim.window.member?.name ?? '';
  const spent = Map.groupBy(await rows.spentByMembers(window, served.map(nameOf)), ({ name }) => name);
  return served.map((each) => {
    const holders = holdersOf(each.there).add(instance);
    const name = nameOf(each);
    const sum = (spent.get(name) ?? [])
      .filter((by) => !holders.has(by.instance))
      .reduce((all, { nanoUsd }) => all + nanoUsd, 0);
    return [each.claim.window, spentRow(each.claim.window, NOBODY, sum, name)] as const;
  });
}

/**
 * Drops rows of an instance whose records are all in. Where others hold a lease on the same member, the records that
 * are nobody's are counted anew; where none does, nothing has to be remembered. `all`: every row of the members in
 * question.
 */
export async function settleMembers(
  rows: LeaseRows,
  window: Window,
  all: readonly LeaseRow[],
  isDropped: (row: LeaseRow) => boolean,
): Promise<void> {
  const gone: LeaseRow[] = [];
  const kept: LeaseRow[] = [];
  for (const row of all) (isDropped(row) || row.instance === NOBODY ? gone : kept).push(row);
  const put: LeaseRow[] = [];
  for (const some of Map.groupBy(kept, ({ startMs }) => startMs).values()) {
    const { startMs, endMs } = some[0] as LeaseRow;
    const members = new Map(some.map((row) => [row.member ?? '', row.key]));
    const spent = await rows.spentByMembers({ ...window, startMs, endMs }, [...members.keys()]);
    const sums = Map.groupBy(spent, ({ name }) => name);
    for (const [name, key] of members) {
      const there = kept.filter((row) => row.key === key && overlaps(row, { startMs, endMs }));
      const holders = holdersOf(there);
      const sum = (sums.get(name) ?? [])
        .filter((by) => !holders.has(by.instance))
        .reduce((total, { nanoUsd }) => total + nanoUsd, 0);
      put.push(spentRow({ key, startMs, endMs }, NOBODY, sum, name));
    }
  }
  await rows.removeLeases(gone);
  await rows.putLeases(put);
}
