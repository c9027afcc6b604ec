// Follows what users change in the store while a server runs: looks a few times a second, so that a change by the command
// line holds within one. One look after another: a slow store is never asked twice at once.

import { type Clock, systemClock } from './clock.ts';
import type { RepeatedFault, Trouble } from './repeated-fault.ts';

export interface StoreFollowerOptions {
  /** Puts into force what has changed since the last look. Throws where the store does not answer. */
  readonly look: () => Promise<void>;
  /** Of the looks that nobody asked for: whoever asks hears of it otherwise. */
  readonly fault: RepeatedFault;
  /** Between the end of one look and the beginning of the next. */
  readonly intervalMs?: number;
  readonly clock?: Clock;
}

const INTERVAL_MS = 250;
/** A look that takes longer is one of a store that does not answer. */
const SILENT_AFTER_MS = 2000;

export class StoreFollower {
  readonly #options: Required<StoreFollowerOptions>;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  /** When the look that runs began. */
  #sinceMs: number | null = null;
  #isClosed = false;

  constructor(options: StoreFollowerOptions) {
    this.#options = { intervalMs: INTERVAL_MS, clock: systemClock, ...options };
  }

  /** Since when the store does not answer, and why; null where it does. */
  get trouble(): Omit<Trouble, 'times'> | null {
    const { fault, clock } = this.#options;
    if (fault.trouble !== null || this.#sinceMs === null) return fault.trouble;
    const isSilent = clock.now() - this.#sinceMs > SILENT_AFTER_MS;
    return isSilent ? { sinceMs: this.#sinceMs, reason: 'the database does not answer' } : null;
  }

  /** Looks again and again, first when an interval is over. */
  start(): void {
    this.#timer = setTimeout(() => {
      void this.refresh()
        .then(
          () => this.#options.fault.over(),
          (error: unknown) => this.#options.fault.met(error),
        )
        .then(() => {
          if (!this.#isClosed) this.start();
        });
    }, this.#options.intervalMs).unref();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where the store does not answer. */
  refresh(): Promise<void> {
    const look = this.#last.then(() => this.#look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  /** Returns when the look that runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  async #look(): Promise<void> {
    this.#sinceMs = this.#options.clock.now();
    try {
      await this.#options.look();
    } finally {
      this.#sinceMs = null;
    }
  }
}
