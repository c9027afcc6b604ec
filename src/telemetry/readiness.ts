// Looks at every part of the server, for whoever decides whether to send it traffic.

import type { Clock } from '../core/clock.ts';
import type { Check, CheckResult, CheckState } from '../core/readiness.ts';

export interface ReadinessOptions {
  readonly checks: readonly Check[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** A check that takes longer is silent. */
  readonly limitMs?: number;
}

export interface ReadinessAnswer {
  readonly state: CheckState;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const LIMIT_MS = 1000;
/** Anyone may ask as often as they like: what was found holds for a moment. */
const HOLDS_MS = 500;

export class Readiness {
  readonly #options: Required<ReadinessOptions>;
  #answer: Promise<ReadinessAnswer> | null = null;
  #askedMs = 0;

  constructor(options: ReadinessOptions) {
    this.#options = { limitMs: LIMIT_MS, ...options };
  }

  /** Never throws. */
  answer(): Promise<ReadinessAnswer> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#answer === null || nowMs - this.#askedMs > HOLDS_MS) {
      this.#askedMs = nowMs;
      this.#answer = this.#look();
    }
    return this.#answer;
  }

  async #look(): Promise<ReadinessAnswer> {
    const { checks } = this.#options;
    const results = await Promise.all(checks.map((check) => this.#result(check)));
    const states = new Set(results.map(({ state }) => state));
    const state = states.has('failed') ? 'failed' : states.has('degraded') ? 'degraded' : 'ok';
    return {
      state,
      checks: Object.fromEntries(checks.map(({ name }, index) => [name, results[index] as CheckResult])),
    };
  }

  async #result({ look, silence }: Check): Promise<CheckResult> {
    const { limitMs } = this.#options;
    const { promise: tooLong, resolve } = Promise.withResolvers<CheckResult>();
    const timer = setTimeout(() => resolve(silent(silence, `no answer within ${limitMs / 1000} s`)), limitMs);
    try {
      return await Promise.race([look(), tooLong]);
    } catch (error) {
      return silent(silence, error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

function silent({ state, about }: Check['silence'], reason: string): CheckResult {
  return { state, about: `${about} (${reason})` };
}
