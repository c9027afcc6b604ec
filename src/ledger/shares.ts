// The parts of one period of a budget in which each session, user, key or application has an allowance of its own.
// Callers choose their names, so there may be any number: their sums are bounded, and what was spent is never
// forgotten.

import type { NanoUsd } from '../core/money.ts';
import { SHARES_MAX, type ShareSpent } from './ports.ts';
import { UpperBounds } from './upper-bounds.ts';

/** What is looked at of one part's sums. */
interface Share {
  readonly share: string | null;
  spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
  /** It must not be forgotten here. */
  readonly isHeld: boolean;
}

/** So many are looked at for those that may be forgotten: whoever has something reserved may not. */
const LOOKS_MAX = 64;

/**
 * What each session, user, key or application has spent and reserved of one budget's period, where each has an
 * allowance of its own. Bounded: beyond `SHARES_MAX` those that were asked for longest ago are forgotten, but never
 * what they spent: that stays as an upper bound, so that nobody gets a second allowance by waiting.
 */
export class Shares<Sums extends Share> {
  readonly #make: (share: string | null, spentNanoUsd: NanoUsd) => Sums;
  readonly #most: number;
  /** In the order in which they were asked for, once there are many. */
  readonly #known = new Map<string, Sums>();
  #forgotten: UpperBounds | null = null;
  /** What anybody may have spent of whom the store told nothing: it told of those that spent more. */
  #floorNanoUsd: NanoUsd = 0;

  /** `make` gives the sums of one who has spent that much before. */
  constructor(make: (share: string | null, spentNanoUsd: NanoUsd) => Sums, most: number = SHARES_MAX) {
    this.#make = make;
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  [Symbol.iterator](): IterableIterator<Sums> {
    return this.#known.values();
  }

  of(share: string | null): Sums {
    const name = share ?? '';
    const known = this.#known.get(name);
    if (known !== undefined) {
      if (this.#known.size * 2 > this.#most) {
        this.#known.delete(name);
        this.#known.set(name, known);
      }
      return known;
    }
    if (this.#known.size >= this.#most) this.#makeRoom();
    const spentNanoUsd = Math.max(this.#floorNanoUsd, this.#forgotten?.of(name) ?? 0);
    const fresh = this.#make(share, spentNanoUsd);
    this.#known.set(name, fresh);
    return fresh;
  }

  /** Takes in what the store knows; what was adopted meanwhile stays. Returns those that spent something. */
  load(spent: readonly ShareSpent[]): readonly (readonly [Sums, ShareSpent])[] {
    const loaded = spent.slice(0, this.#most).map((each) => [this.of(each.share), each] as const);
    if (spent.length >= this.#most) this.#floorNanoUsd = spent[this.#most - 1]?.costNanoUsd ?? 0;
    return loaded;
  }

  /** It has spent more, also where it was forgotten while a request of its was open. */
  spent(sums: Sums, amount: NanoUsd): void {
    const name = sums.share ?? '';
    const known = this.#known.get(name);
    if (known === sums) return;
    if (known !== undefined) known.spentNanoUsd += amount;
    else this.#remember(name, sums.spentNanoUsd);
  }

  #makeRoom(): void {
    let looks = 0;
    for (const [name, sums] of this.#known) {
      if (this.#known.size < this.#most || looks >= LOOKS_MAX) return;
      looks += 1;
      this.#known.delete(name);
      if (sums.reservedNanoUsd === 0 && !sums.isHeld) this.#remember(name, sums.spentNanoUsd);
      // The next look begins behind it: streams that run for long must not stand before all others.
      else this.#known.set(name, sums);
    }
  }

  #remember(name: string, spentNanoUsd: NanoUsd): void {
    if (spentNanoUsd === 0) return;
    this.#forgotten ??= new UpperBounds();
    this.#forgotten.raise(name, spentNanoUsd);
  }
}
