// How latencies of an A/B test fall into slots 1 % wide, and what units share of them: enough for a quantile, and for
// how much more units vary in it than lone requests would. Of three figures each slot has what is added over the slot
// before.

import { NO_SUMS, type UnitSums } from '../../core/experiment-figures.ts';

/** Latencies by slot. */
export type SlotCounts = ReadonlyMap<number, number>;

/** Over units: of their counts up to here, of these squared, and of these times all that the unit has. */
export type SlotSums = readonly [count: number, square: number, product: number];

const WIDTH = Math.log(1.01);
/** The smallest latency that is told from 0. */
const LEAST_MS = 0.01;

export function latencySlotOf(latencyMs: number): number {
  return latencyMs < LEAST_MS ? 0 : 1 + Math.floor(Math.log(latencyMs / LEAST_MS) / WIDTH);
}

/** Where a slot begins. */
const startOf = (slot: number): number => (slot === 0 ? 0 : LEAST_MS * Math.exp((slot - 1) * WIDTH));

/** What one unit with these latencies adds to each slot; `factor` times. */
export function addUnitSlots(into: Map<number, SlotSums>, counts: SlotCounts, factor: 1 | -1): void {
  let all = 0;
  for (const count of counts.values()) all += count;
  let upTo = 0;
  for (const [slot, count] of [...counts].sort(([one], [other]) => one - other)) {
    const square = (upTo + count) ** 2 - upTo ** 2;
    upTo += count;
    const [counted, squared, product] = into.get(slot) ?? [0, 0, 0];
    into.set(slot, [counted + factor * count, squared + factor * square, product + factor * count * all]);
  }
}

export function addSlots(into: Map<number, SlotSums>, added: ReadonlyMap<number, SlotSums>): void {
  for (const [slot, [count, square, product]] of added) {
    const known = into.get(slot) ?? [0, 0, 0];
    const sums: SlotSums = [known[0] + count, known[1] + square, known[2] + product];
    // A difference may have squares and no count.
    if (sums.every((value) => value === 0)) into.delete(slot);
    else into.set(slot, sums);
  }
}

/** The smallest latency that at least a share does not exceed, within a slot as if they lay evenly. */
export function slotQuantile(slots: ReadonlyMap<number, SlotSums>, share: number): number {
  const inOrder = [...slots].sort(([one], [other]) => one - other);
  const all = inOrder.reduce((sum, [, [count]]) => sum + count, 0);
  const rank = Math.min(Math.max(Math.ceil(share * all), 1), all);
  let seen = 0;
  for (const [slot, [count]] of inOrder) {
    if (seen + count >= rank) {
      const [from, to] = [startOf(slot), startOf(slot + 1)];
      return from + ((rank - seen - 0.5) / count) * (to - from);
    }
    seen += count;
  }
  return 0;
}

/** How units share in latencies up to one; of its own slot a part. */
export function slotsUpTo(slots: ReadonlyMap<number, SlotSums>, latencyMs: number): UnitSums {
  const last = latencySlotOf(latencyMs);
  const part = (latencyMs - startOf(last)) / (startOf(last + 1) - startOf(last));
  let [sum, sumSquare, product] = [0, 0, 0];
  for (const [slot, sums] of slots) {
    if (slot > last) continue;
    const share = slot === last ? part : 1;
    sum += share * sums[0];
    sumSquare += share * sums[1];
    product += share * sums[2];
  }
  return { ...NO_SUMS, sum, sumSquare, product };
}
