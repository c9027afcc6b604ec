// Follows what users change in the store while a server runs: looks a few times a second, so that a change by the command
// line holds within one. One look after another: a slow store is never asked twice at once.

import { type Clock, systemClock } from '../core/clock.ts';
import { type RepeatedFault, reasonOf, type Trouble } from '../core/repeated-fault.ts';

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
  /** Of the last look, whoever asked for it. */
  #failed: Omit<Trouble, 'times'> | null = null;
  #isClosed = false;

  constructor(options: StoreFollowerOptions) {
    this.#options = { intervalMs: INTERVAL_MS, clock: systemClock, ...options };
  }

  /** Since when the store does not answer, and why; null where it does. */
  get trouble(): Omit<Trouble, 'times'> | null {
    const { fault } = this.#options;
    const failed = fault.trouble ?? this.#failed;
    if (failed !== null || this.#sinceMs === null) return failed;
    return this.#isSilent ? { sinceMs: this.#sinceMs, reason: 'the database does not answer' } : null;
  }

  /** Whether a look waits for its answer for longer than one takes. */
  get #isSilent(): boolean {
    return this.#sinceMs !== null && this.#options.clock.now() - this.#sinceMs > SILENT_AFTER_MS;
  }

  /** Looks again and again, first when an interval is over. */
  start(): void {
    this.#timer = setTimeout(() => {
      void this.refresh()
        .catch((error: unknown) => this.#options.fault.met(error))
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

  /**
   * The same, for whoever can go on by what is in force: a store that does not answer is told of by `trouble`. One that is
   * known not to is not waited for.
   */
  async refreshInTime(): Promise<void> {
    if (this.#isSilent) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, SILENT_AFTER_MS + 1);
    await Promise.race([this.refresh().catch(() => undefined), late.promise]);
    clearTimeout(timer);
  }

  /** Returns when the look that runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  async #look(): Promise<void> {
    const startedMs = this.#options.clock.now();
    this.#sinceMs = startedMs;
    try {
      await this.#options.look();
      this.#failed = null;
      this.#options.fault.over();
    } catch (error) {
      this.#failed ??= { sinceMs: startedMs, reason: reasonOf(error) };
      throw error;
    } finally {
      this.#sinceMs = null;
    }
  }
}
