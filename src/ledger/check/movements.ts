// The requests of one period of a budget, in the order in which they set money aside and were settled. Ten million of
// them stay in memory at once: figures lie in lists of numbers, and of a record nothing is kept but its id.

import type { NanoUsd } from '../../core/money.ts';

export interface Movement {
  readonly id: string;
  readonly reservedAtMs: number;
  readonly settledAtMs: number;
  /** Of an unknown cost what is known: it is that at least. */
  readonly costNanoUsd: NanoUsd;
  readonly isKnown: boolean;
  /** Null where nothing was set aside. */
  readonly reservedNanoUsd: NanoUsd | null;
}

export interface Step {
  readonly isReserve: boolean;
  readonly movement: Movement;
}

export class Movements {
  readonly #ids: string[] = [];
  readonly #reservedAtMs: number[] = [];
  readonly #settledAtMs: number[] = [];
  readonly #costs: number[] = [];
  /** Of those whose cost is not known, which are few. */
  readonly #unknown = new Set<number>();
  /** NaN for null, so that a list of numbers stays one. */
  readonly #reserved: number[] = [];

  get length(): number {
    return this.#ids.length;
  }

  add({ id, reservedAtMs, settledAtMs, costNanoUsd, isKnown, reservedNanoUsd }: Movement): void {
    if (!isKnown) this.#unknown.add(this.length);
    this.#ids.push(id);
    this.#reservedAtMs.push(reservedAtMs);
    this.#settledAtMs.push(settledAtMs);
    this.#costs.push(costNanoUsd);
    this.#reserved.push(reservedNanoUsd ?? Number.NaN);
  }

  /** Of the first that came. */
  get reservedAtMs(): number {
    return this.#at(0).reservedAtMs;
  }

  isSomeSettled(fits: (settledAtMs: number) => boolean): boolean {
    return this.#settledAtMs.some(fits);
  }

  /**
   * What ends frees its room before what begins in the same millisecond takes it; but nothing ends before it began:
   * what took no time begins and ends at once, before others begin.
   */
  *steps(): Generator<Step> {
    const [reserved, settled] = [this.#reservedAtMs, this.#settledAtMs];
    const took = (index: number): boolean => (settled[index] ?? 0) > (reserved[index] ?? 0);
    const begins = this.#ordered(
      (one, other) => by(reserved, one, other) || Number(took(one)) - Number(took(other)),
    );
    const ends = this.#ordered((one, other) => by(settled, one, other)).filter(took);
    let next = 0;
    for (const begin of begins) {
      const atMs = reserved[begin] ?? 0;
      for (let end = ends[next]; end !== undefined && (settled[end] ?? 0) <= atMs; end = ends[next]) {
        yield { isReserve: false, movement: this.#at(end) };
        next += 1;
      }
      yield { isReserve: true, movement: this.#at(begin) };
      if (!took(begin)) yield { isReserve: false, movement: this.#at(begin) };
    }
    for (; next < ends.length; next += 1) yield { isReserve: false, movement: this.#at(ends[next] ?? 0) };
  }

  /** Records come from the newest on: turned round they are nearly in order, which makes a sort short. */
  #ordered(compare: (one: number, other: number) => number): number[] {
    const last = this.length - 1;
    return Array.from({ length: this.length }, (_, index) => last - index).sort(compare);
  }

  #at(index: number): Movement {
    const reserved = this.#reserved[index] ?? Number.NaN;
    return {
      id: this.#ids[index] ?? '',
      reservedAtMs: this.#reservedAtMs[index] ?? 0,
      settledAtMs: this.#settledAtMs[index] ?? 0,
      costNanoUsd: this.#costs[index] ?? 0,
      isKnown: !this.#unknown.has(index),
      reservedNanoUsd: Number.isNaN(reserved) ? null : reserved,
    };
  }
}

const by = (list: readonly number[], one: number, other: number): number =>
  (list[one] ?? 0) - (list[other] ?? 0);
