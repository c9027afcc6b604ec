// How many rows the next message may hold. A burst is told whole; where it goes on and on, nobody reads more than some
// rows a second, and fifty pages that get all of them cost the machine, and so the traffic, more than they tell. What a
// burst may cost is shared by the pages: the more there are, the sooner it counts as a flood.

/** Rows in one message. */
export const ROWS_MAX = 100;
/** Rows that a burst may take before it counts as a flood. */
const BURST_ROWS = 600;
/** The same, times the pages that are told. */
const BURST_TELLINGS = 3000;
/** A table that moves faster cannot be read. */
const ROWS_A_SECOND = 40;

export class RowAllowance {
  #rows = BURST_ROWS;
  #pages = 1;
  #atMs = 0;

  /** More comes than can be told. */
  get isSpent(): boolean {
    return this.#rows < Math.min(ROWS_MAX, this.#rowsMax / 2);
  }

  /** At most `ROWS_MAX`, and never none: the newest is always told. `pages` are told. */
  left(nowMs: number, pages: number): number {
    this.#pages = pages;
    this.#rows = Math.min(this.#rowsMax, this.#rows + ((nowMs - this.#atMs) / 1000) * ROWS_A_SECOND);
    this.#atMs = nowMs;
    return Math.max(1, Math.min(ROWS_MAX, Math.floor(this.#rows)));
  }

  take(rows: number): void {
    this.#rows -= rows;
  }

  get #rowsMax(): number {
    return Math.min(BURST_ROWS, Math.max(ROWS_A_SECOND, BURST_TELLINGS / this.#pages));
  }
}
