// How long the parts of one stream were apart, summed up as they come: a stream of any length is as many numbers as
// there are classes. Each class keeps its count and its sum, so that whoever adds streams up loses neither.

export class ChunkGaps {
  readonly #bounds: readonly number[];
  readonly #monotonicMs: () => number;
  readonly #counts: number[];
  readonly #seconds: number[];
  #lastMs: number | null = null;

  /** `bounds`: the largest gap of each class but the last, in seconds, ascending. */
  constructor(bounds: readonly number[], monotonicMs: () => number) {
    this.#bounds = bounds;
    this.#monotonicMs = monotonicMs;
    this.#counts = Array(bounds.length + 1).fill(0);
    this.#seconds = Array(bounds.length + 1).fill(0);
  }

  /** A part has come. The first one ends no gap. */
  came(): void {
    const nowMs = this.#monotonicMs();
    const lastMs = this.#lastMs;
    this.#lastMs = nowMs;
    if (lastMs === null) return;
    const seconds = Math.max(0, nowMs - lastMs) / 1000;
    let at = 0;
    while (at < this.#bounds.length && seconds > this.#bounds[at]!) at += 1;
    this.#counts[at]! += 1;
    this.#seconds[at]! += seconds;
  }

  /** By class, without the empty ones. */
  groups(): readonly ChunkGroup[] {
    return this.#counts.flatMap((count, at) => (count === 0 ? [] : [{ count, seconds: this.#seconds[at]! }]));
  }
}

export interface ChunkGroup {
  readonly count: number;
  /** Of all of them together. */
  readonly seconds: number;
}
