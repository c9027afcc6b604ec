// The circuit breaker of one upstream and model.
//
// States: closed (requests pass) → open after enough failures (others are asked before it) → half-open when its delay
// is over (one request at a time goes there as a trial) → closed by a success, or open again, for longer, by a failure.
// Open is advice about order, not a wall: where nobody else is left, an open one is still asked.

import { DecayingWindow, type RecentFigures } from './window.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** One request's way through a circuit. */
export interface Passage {
  readonly isTrial: boolean;
}

export interface CircuitOptions {
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** Failures, fading, that open it: and only where they are at least this share of what was asked. */
export const FAILURES_TO_OPEN = 3;
const ERROR_RATE_TO_OPEN = 0.5;
const HALF_LIFE_MS = 30_000;
const FIRST_DELAY_MS = 2000;
const DELAY_MS_MAX = 60_000;
/** Three failures a moment apart have faded a little; they count as three all the same. */
const ROUNDING = 0.25;

export class Circuit {
  readonly #options: CircuitOptions;
  readonly #window = new DecayingWindow(HALF_LIFE_MS);
  /** When it opened last; null while closed. */
  #reopensAtMs: number | null = null;
  #timesOpened = 0;
  #trial: Passage | null = null;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  state(nowMs: number): CircuitState {
    if (this.#reopensAtMs === null) return 'closed';
    return nowMs >= this.#reopensAtMs ? 'half-open' : 'open';
  }

  /** When the next trial may begin; null while closed. */
  get reopensAtMs(): number | null {
    return this.#reopensAtMs;
  }

  /** Whether a request may go there in its turn: while half-open, one trial at a time. */
  isWilling(nowMs: number): boolean {
    const state = this.state(nowMs);
    return state === 'closed' || (state === 'half-open' && this.#trial === null);
  }

  figures(nowMs: number): RecentFigures {
    return this.#window.figures(nowMs);
  }

  /** A request goes there. One of `succeeded`, `failed` and `abandoned` follows, with what this returns. */
  begin(nowMs: number): Passage {
    const passage = { isTrial: this.state(nowMs) === 'half-open' && this.#trial === null };
    if (passage.isTrial) this.#trial = passage;
    return passage;
  }

  /** The head of a good answer came. */
  succeeded(passage: Passage, nowMs: number, latencyMs: number): void {
    this.#end(passage);
    this.#window.success(nowMs, latencyMs);
    if (this.#reopensAtMs === null) return;
    // Also an answer that was under way when it opened: it shows that the upstream works.
    this.#reopensAtMs = null;
    this.#timesOpened = 0;
    this.#window.forgive();
  }

  failed(passage: Passage, nowMs: number): void {
    this.#end(passage);
    if (passage.isTrial && this.#reopensAtMs !== null) {
      this.#window.failure(nowMs);
      this.#open(nowMs);
    } else this.broke(nowMs);
  }

  /** A failure after a good head: the answer broke off. */
  broke(nowMs: number): void {
    this.#window.failure(nowMs);
    if (this.#reopensAtMs !== null) return;
    const many = this.#window.failures(nowMs) >= FAILURES_TO_OPEN - ROUNDING;
    if (many && this.#window.figures(nowMs).errorRate >= ERROR_RATE_TO_OPEN) this.#open(nowMs);
  }

  /** It ended without a word about the upstream: the client left, or the request itself was at fault. */
  abandoned(passage: Passage): void {
    this.#end(passage);
  }

  /** An active probe was answered: the next request is a trial. */
  probed(nowMs: number): void {
    if (this.#reopensAtMs !== null) this.#reopensAtMs = Math.min(this.#reopensAtMs, nowMs);
  }

  #end(passage: Passage): void {
    if (this.#trial === passage) this.#trial = null;
  }

  /** The delay doubles each time, and is spread by half so that proxies do not come back together. */
  #open(nowMs: number): void {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#timesOpened, DELAY_MS_MAX);
    this.#timesOpened += 1;
    this.#reopensAtMs = nowMs + delayMs * (0.75 + 0.5 * this.#options.random());
  }
}
