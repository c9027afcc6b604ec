// A rate by the generic cell rate algorithm: one number says when everything that was taken is paid off. As much as a
// minute allows may come at once, after a minute of rest; the wait that is told is exact.

const MINUTE_MS = 60_000;

export class RateLimit {
  readonly #perMinute: number;
  readonly #costMs: number;
  /** By the monotonic clock. */
  #paidOffMs = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#costMs = MINUTE_MS / perMinute;
  }

  /** How long until so much may be taken; 0: now. More than a minute allows may come once a whole minute is free. */
  waitMs(amount: number, nowMs: number): number {
    const capped = Math.min(amount, this.#perMinute);
    const wait = Math.max(nowMs, this.#paidOffMs) + capped * this.#costMs - nowMs - MINUTE_MS;
    // Thousands of fractions of a millisecond do not sum up exactly.
    return wait <= 1e-6 ? 0 : wait;
  }

  take(amount: number, nowMs: number): void {
    this.#paidOffMs = Math.max(nowMs, this.#paidOffMs) + amount * this.#costMs;
  }

  /** It came to more, or to less, than what was taken. */
  correct(by: number, nowMs: number): void {
    this.#paidOffMs = Math.max(nowMs, Math.max(nowMs, this.#paidOffMs) + by * this.#costMs);
  }

  /** What may be taken now. */
  left(nowMs: number): number {
    return Math.max(0, Math.floor((MINUTE_MS - this.resetMs(nowMs)) / this.#costMs + 1e-9));
  }

  /** Until all of a minute's may be taken. */
  resetMs(nowMs: number): number {
    return Math.max(0, this.#paidOffMs - nowMs);
  }
}
