// What each session, user, key or application has spent and reserved of one budget's period, where each has an allowance
// of its own. Bounded: beyond `SHARES_MAX` those that were asked for longest ago are forgotten, but never what they
// spent: that stays as an upper bound in a table of fixed size, so that nobody gets a second allowance by waiting.

import type { NanoUsd } from '../core/money.ts';
import type { PeriodSums } from './account.ts';
import { SHARES_MAX, type ShareSpent } from './ports.ts';

/** Whoever is looked at in vain for one that may be forgotten: those have something reserved. */
const LOOKS_MAX = 64;

export class Shares {
  readonly #whole: PeriodSums;
  readonly #most: number;
  /** In the order in which they were asked for, once there are many. */
  readonly #known = new Map<string, PeriodSums>();
  #forgotten: UpperBounds | null = null;
  /** What anybody may have spent of whom the store told nothing: it told of those that spent more. */
  #floorNanoUsd: NanoUsd = 0;

  constructor(whole: PeriodSums, most: number = SHARES_MAX) {
    this.#whole = whole;
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  [Symbol.iterator](): IterableIterator<PeriodSums> {
    return this.#known.values();
  }

  of(share: string | null): PeriodSums {
    const name = share ?? '';
    const known = this.#known.get(name);
    if (known !== undefined) {
      if (this.#known.size * 2 > this.#most) {
        this.#known.delete(name);
        this.#known.set(name, known);
      }
      return known;
    }
    if (this.#known.size >= this.#most) this.#forgetOne();
    const spentNanoUsd = Math.max(this.#floorNanoUsd, this.#forgotten?.of(name) ?? 0);
    const { account } = this.#whole;
    const thresholdsReached = account.reachedBy(spentNanoUsd);
    const fresh: PeriodSums = {
      ...{ ...this.#whole, share, shares: this, spentNanoUsd, thresholdsReached },
      ...{ reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
    };
    this.#known.set(name, fresh);
    return fresh;
  }

  /** Takes in what the store knows; what was adopted meanwhile stays. Returns those that spent something. */
  load(spent: readonly ShareSpent[]): readonly (readonly [PeriodSums, ShareSpent])[] {
    const loaded = spent.slice(0, this.#most).map((each) => [this.of(each.share), each] as const);
    if (spent.length >= this.#most) this.#floorNanoUsd = spent[this.#most - 1]?.costNanoUsd ?? 0;
    return loaded;
  }

  /** It has spent more, also where it was forgotten while a request of its was open. */
  spent(sums: PeriodSums, amount: NanoUsd): void {
    const name = sums.share ?? '';
    const known = this.#known.get(name);
    if (known === sums) return;
    if (known !== undefined) known.spentNanoUsd += amount;
    else this.#remember(name, sums.spentNanoUsd);
  }

  #forgetOne(): void {
    let looks = 0;
    for (const [name, sums] of this.#known) {
      if (sums.reservedNanoUsd === 0) {
        this.#known.delete(name);
        this.#remember(name, sums.spentNanoUsd);
        return;
      }
      looks += 1;
      if (looks >= LOOKS_MAX) return;
    }
  }

  #remember(name: string, spentNanoUsd: NanoUsd): void {
    if (spentNanoUsd === 0) return;
    this.#forgotten ??= new UpperBounds();
    this.#forgotten.raise(name, spentNanoUsd);
  }
}

const CELLS = 2 ** 16;
const CELLS_EACH = 4;

/** For any text an upper bound of the largest amount that it was raised to; exact as long as few share their cells. */
class UpperBounds {
  readonly #cells = new Float64Array(CELLS);

  raise(name: string, amount: number): void {
    for (const cell of cellsOf(name)) this.#cells[cell] = Math.max(this.#cells[cell] ?? 0, amount);
  }

  of(name: string): number {
    return Math.min(...cellsOf(name).map((cell) => this.#cells[cell] ?? 0));
  }
}

/** By double hashing of two FNV-1a hashes. */
function cellsOf(name: string): readonly number[] {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other + code, 0x85ebca6b) ^ (other >>> 13);
  }
  const step = (other | 1) >>> 0;
  return Array.from({ length: CELLS_EACH }, (_, index) => ((one >>> 0) + index * step) % CELLS);
}
