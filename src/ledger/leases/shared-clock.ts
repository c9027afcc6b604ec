// The clock of a shared database, which decides the period of its budgets: what it said last, and the time since then.
// Before it has said anything, and without it, the machine's own.

import type { Clock } from '../../core/clock.ts';

export class SharedClock implements Clock {
  readonly #own: Clock;
  #aheadMs: number | null = null;

  constructor(own: Clock) {
    this.#own = own;
  }

  now(): number {
    return this.#aheadMs === null ? this.#own.now() : Math.floor(this.#aheadMs + this.#own.monotonicMs());
  }

  monotonicMs(): number {
    return this.#own.monotonicMs();
  }

  /** The database was asked at `askedMs` of the monotonic clock, and said that it is `nowMs`. */
  hear(nowMs: number, askedMs: number): void {
    const ahead = nowMs - (askedMs + this.#own.monotonicMs()) / 2;
    // Two looks differ by how long they took: within that, the first one stands.
    const tookMs = this.#own.monotonicMs() - askedMs;
    if (this.#aheadMs === null || Math.abs(ahead - this.#aheadMs) > tookMs + 1) this.#aheadMs = ahead;
  }
}
