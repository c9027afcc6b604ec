// What happened lately, with the past fading by half-lives: no buckets, three numbers.

export interface RecentFigures {
  /** Of the faded requests, the share that failed; 0 without one. */
  readonly errorRate: number;
  /** Mean time to the answer's head; null where none came. */
  readonly latencyMs: number | null;
  /** How many requests the figures still stand for. */
  readonly requests: number;
}

export class DecayingWindow {
  readonly #halfLifeMs: number;
  #atMs = 0;
  #successes = 0;
  #failures = 0;
  #latencyMs = 0;

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  success(nowMs: number, latencyMs: number): void {
    this.#fade(nowMs);
    this.#successes += 1;
    this.#latencyMs += latencyMs;
  }

  failure(nowMs: number): void {
    this.#fade(nowMs);
    this.#failures += 1;
  }

  /** Forgets failures: what was wrong has been put right. */
  forgive(): void {
    this.#failures = 0;
  }

  failures(nowMs: number): number {
    return this.#failures * this.#share(nowMs);
  }

  figures(nowMs: number): RecentFigures {
    const share = this.#share(nowMs);
    const all = this.#successes + this.#failures;
    return {
      errorRate: all === 0 ? 0 : this.#failures / all,
      latencyMs: this.#successes === 0 ? null : this.#latencyMs / this.#successes,
      requests: all * share,
    };
  }

  #fade(nowMs: number): void {
    const share = this.#share(nowMs);
    this.#successes *= share;
    this.#failures *= share;
    this.#latencyMs *= share;
    this.#atMs = Math.max(nowMs, this.#atMs);
  }

  /** A clock that steps back fades nothing. */
  #share(nowMs: number): number {
    return 2 ** -(Math.max(0, nowMs - this.#atMs) / this.#halfLifeMs);
  }
}
