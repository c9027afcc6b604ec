// When the steps of a request happened, in milliseconds from its arrival. The first time of each counts.

import type { Clock } from '../core/clock.ts';

export class RequestTimes {
  readonly #clock: Clock;
  readonly #arrivedMs: number;
  begunAfterMs: number | null = null;
  sentAfterMs: number | null = null;
  firstByteAfterMs: number | null = null;
  overAfterMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#arrivedMs = clock.monotonicMs();
  }

  /** To the microsecond. */
  now(): number {
    return Math.round((this.#clock.monotonicMs() - this.#arrivedMs) * 1000) / 1000;
  }

  markBegun(): void {
    this.begunAfterMs ??= this.now();
  }

  markSent(): void {
    this.sentAfterMs ??= this.now();
  }

  markFirstByte(): void {
    this.firstByteAfterMs ??= this.now();
  }

  /** Its client has its answer, or has left; what was begun for it may still go on. */
  markOver(): void {
    this.overAfterMs ??= this.now();
  }
}
