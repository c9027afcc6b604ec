// What time it is for the server, which made all the times that the page shows: a browser's own clock may be off by hours.

/** Between two clocks that agree lie a second of the header's rounding, and the way of an answer. */
const AGREEING_MS = 5000;

export class ServerClock {
  readonly #own: () => number;
  #aheadMs = 0;

  constructor(own: () => number = Date.now) {
    this.#own = own;
  }

  /** `date`: the header of an answer that has just come. */
  hear(date: string | null): void {
    const aheadMs = Date.parse(date ?? '') - this.#own();
    if (Number.isFinite(aheadMs)) this.#aheadMs = Math.abs(aheadMs) < AGREEING_MS ? 0 : aheadMs;
  }

  readonly now = (): number => this.#own() + this.#aheadMs;
}

export const serverClock = new ServerClock();
