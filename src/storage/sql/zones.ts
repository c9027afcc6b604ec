// Times that are still to be looked into for a page of a sorted list, the most promising at hand: a heap, for of a month
// there are tens of thousands.

import type { TimeRange } from '../../core/analytics.ts';

/** A time of which records may be behind the cursor. */
export interface Zone extends TimeRange {
  /** Null: its records are to be read. */
  readonly grainMs: number | null;
  /** None of its records has more. */
  readonly bound: number;
  /** Its records of that much come before the cursor: what is behind it has less. */
  readonly isBelow: boolean;
  /** That have ended, matching or not. */
  readonly requests: number;
}

export class Zones {
  /** Each comes before the two at twice its place and behind it. */
  readonly #heap: Zone[] = [];

  add(zones: Iterable<Zone>): void {
    for (const zone of zones) {
      let place = this.#heap.push(zone) - 1;
      while (place > 0) {
        const above = (place - 1) >> 1;
        const other = this.#heap[above] as Zone;
        if (inOrder(other, zone) <= 0) break;
        this.#heap[place] = other;
        place = above;
      }
      this.#heap[place] = zone;
    }
  }

  /** The first ones, as many as `count`, of those that `isWanted` takes; the others are let go. */
  take(count: number, isWanted: (zone: Zone) => boolean): readonly Zone[] {
    const taken: Zone[] = [];
    while (taken.length < count) {
      const first = this.#first();
      if (first === undefined) break;
      if (isWanted(first)) taken.push(first);
    }
    return taken;
  }

  #first(): Zone | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [one, other] = [this.#heap[left], this.#heap[left + 1]];
      const isOther = one !== undefined && other !== undefined && inOrder(other, one) < 0;
      const next = isOther ? other : one;
      if (next === undefined || inOrder(last, next) <= 0) break;
      this.#heap[place] = next;
      place = isOther ? left + 1 : left;
    }
    this.#heap[place] = last;
    return first;
  }
}

/** What may hold the most comes first; of the same, the newest. */
export function inOrder(one: Zone, other: Zone): number {
  return other.bound - one.bound || Number(one.isBelow) - Number(other.isBelow) || other.toMs - one.toMs;
}
