// How many rows the next message may hold. A burst is told whole; where it goes on and on, nobody reads more than some
// rows a second, and fifty pages that get all of them cost the machine, and so the traffic, more than they tell.

/** Rows in one message. */
export const ROWS_MAX = 100;
/** Rows that a burst may take before it counts as a flood. */
const BURST_ROWS = 600;
/** A table that moves faster cannot be read. */
const ROWS_A_SECOND = 40;

export class RowAllowance {
  #rows = BURST_ROWS;
  #atMs = 0;

  /** More comes than can be told. */
  get isSpent(): boolean {
    return this.#rows < ROWS_MAX;
  }

  /** At most `ROWS_MAX`, and never none: the newest is always told. */
  left(nowMs: number): number {
    this.#rows = Math.min(BURST_ROWS, this.#rows + ((nowMs - this.#atMs) / 1000) * ROWS_A_SECOND);
    this.#atMs = nowMs;
    return Math.max(1, Math.min(ROWS_MAX, Math.floor(this.#rows)));
  }

  take(rows: number): void {
    this.#rows -= rows;
  }
}
