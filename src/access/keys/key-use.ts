// What a key has in use: requests at once, and what it took of its rates. Kept while its limits stay what they are.

import type { AccessKey } from './access-key.ts';
import { RateLimit } from './rate-limit.ts';

type Limits = Pick<AccessKey, 'rpm' | 'tpm' | 'concurrency'>;

export interface LimitRefusal {
  readonly what: 'requests' | 'tokens' | 'concurrency';
  readonly limit: number;
  readonly left: number;
  /** Null: nobody knows. */
  readonly waitMs: number | null;
  readonly resetMs: number;
}

export class KeyUse {
  readonly #requests: RateLimit | null;
  readonly #tokens: RateLimit | null;
  readonly #limits: Limits;
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#requests = limits.rpm === null ? null : new RateLimit(limits.rpm);
    this.#tokens = limits.tpm === null ? null : new RateLimit(limits.tpm);
  }

  get running(): number {
    return this.#running;
  }

  hasLimits({ rpm, tpm, concurrency }: Limits): boolean {
    const has = this.#limits;
    return has.rpm === rpm && has.tpm === tpm && has.concurrency === concurrency;
  }

  /** Takes one request of so many tokens, all of it or nothing. What it returns is to be released. */
  enter(tokens: number, nowMs: number): KeyAdmission | LimitRefusal {
    const { rpm, tpm, concurrency } = this.#limits;
    if (concurrency !== null && this.#running >= concurrency)
      return { what: 'concurrency', limit: concurrency, left: 0, waitMs: null, resetMs: 0 };
    const rates = [
      ['requests', rpm, this.#requests, 1],
      ['tokens', tpm, this.#tokens, tokens],
    ] as const;
    for (const [what, limit, rate, amount] of rates) {
      const waitMs = rate?.waitMs(amount, nowMs) ?? 0;
      if (rate !== null && limit !== null && waitMs > 0)
        return { what, limit, left: rate.left(nowMs), waitMs, resetMs: rate.resetMs(nowMs) };
    }
    this.#requests?.take(1, nowMs);
    this.#tokens?.take(tokens, nowMs);
    this.#running += 1;
    return new KeyAdmission(this, tokens);
  }

  /** `tokens` is what it came to beyond what was taken; negative where it came to less. */
  leave(tokens: number, nowMs: number): void {
    this.#running -= 1;
    this.#tokens?.correct(tokens, nowMs);
  }
}

export class KeyAdmission {
  readonly #use: KeyUse;
  readonly #tokens: number;
  #isReleased = false;

  constructor(use: KeyUse, tokens: number) {
    this.#use = use;
    this.#tokens = tokens;
  }

  /** `tokens` is what it came to; null where that is unknown: then what was taken stands. Only the first call counts. */
  release(tokens: number | null, nowMs: number): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#use.leave(tokens === null ? 0 : tokens - this.#tokens, nowMs);
  }
}
