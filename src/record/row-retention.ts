// Has old requests deleted beside the traffic: at the start, and then each hour, a few at a time.

import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { RETENTION_GRAIN_MS, type RecordRetention } from '../core/retention.ts';
import type { RuleBook } from '../core/rule-book.ts';

export interface RowRetentionOptions {
  readonly retention: RecordRetention;
  readonly rules: Pick<RuleBook, 'rules'>;
  readonly clock: Clock;
  readonly days: number;
  readonly warn: (message: string) => void;
}

const DAY_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
/** A database that is busy or away is asked again sooner. */
const RETRY_MS = 60_000;
/** Between two deletions, for whoever waits for the same database. */
const PAUSE_MS = 20;

export class RowRetention {
  readonly #options: RowRetentionOptions;
  readonly #startedAtMs: number;
  readonly #monotonicAtStartMs: number;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sweep: Promise<unknown> = Promise.resolve();
  readonly #fault: RepeatedFault;

  constructor(options: RowRetentionOptions) {
    this.#options = options;
    const words = {
      first: (reason: string) => `Old requests could not be deleted: ${reason}. It is tried again.`,
      over: 'Old requests are deleted again.',
    };
    this.#fault = new RepeatedFault(options.warn, words, options.clock);
    this.#startedAtMs = options.clock.now();
    this.#monotonicAtStartMs = options.clock.monotonicMs();
  }

  start(): void {
    this.#sweep = this.sweep().then(
      () => {
        this.#fault.over();
        this.#startIn(SWEEP_MS);
      },
      (error: unknown) => {
        this.#fault.met(error);
        this.#startIn(RETRY_MS);
      },
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#sweep;
  }

  /** Deletes all that is old by now, and says how much that was. */
  async sweep(): Promise<number> {
    const { retention, clock } = this.#options;
    const beforeMs = this.#beforeMs();
    const experiments = await this.#running();
    let deleted = 0;
    let fromMs: number | null = 0;
    while (fromMs !== null && !this.#closing.signal.aborted) {
      const some = await retention.deleteOld({ beforeMs, fromMs, experiments, nowMs: clock.now() });
      deleted += some.deleted;
      fromMs = some.nextFromMs;
      if (fromMs !== null) await pause(PAUSE_MS, undefined, { ref: false });
    }
    return deleted;
  }

  /** A clock that is put forward makes nothing old: no more time has passed than the process has lived. */
  #beforeMs(): number {
    const { clock, days } = this.#options;
    const livedMs = clock.monotonicMs() - this.#monotonicAtStartMs;
    const nowMs = Math.min(clock.now(), this.#startedAtMs + livedMs);
    return Math.max(0, Math.floor((nowMs - days * DAY_MS) / RETENTION_GRAIN_MS) * RETENTION_GRAIN_MS);
  }

  /** An A/B test's figures are made of all its requests, until it is completed. */
  async #running(): Promise<readonly string[]> {
    const { entries } = await this.#options.rules.rules();
    return entries
      .filter(({ kind, definition }) => kind === 'experiment' && !isCompleted(definition))
      .map(({ name }) => name);
  }

  #startIn(delayMs: number): void {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => this.start(), delayMs).unref();
  }
}

function isCompleted(definition: unknown): boolean {
  return typeof definition === 'object' && definition !== null && 'state' in definition
    ? definition.state === 'completed'
    : false;
}
