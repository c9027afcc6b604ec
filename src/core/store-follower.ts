// Follows what users change in the store while a server runs: looks a few times a second, so that a change by the command
// line holds within one. One look after another: a slow store is never asked twice at once.

export interface StoreFollowerOptions {
  /** Puts into force what has changed since the last look. Throws where the store does not answer. */
  readonly look: () => Promise<void>;
  /** Told when looks begin to fail, or fail for another reason: a database that is away for an hour is told of once. */
  readonly onFault: (error: unknown) => void;
  /** Between the end of one look and the beginning of the next. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 250;

export class StoreFollower {
  readonly #options: Required<StoreFollowerOptions>;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Why the last look failed; null where it did not. */
  #fault: string | null = null;
  #isClosed = false;

  constructor(options: StoreFollowerOptions) {
    this.#options = { intervalMs: INTERVAL_MS, ...options };
  }

  /** Looks again and again, first when an interval is over. */
  start(): void {
    this.#timer = setTimeout(() => {
      void this.refresh()
        .then(
          () => {
            this.#fault = null;
          },
          (error: unknown) => this.tell(error),
        )
        .then(() => {
          if (!this.#isClosed) this.start();
        });
    }, this.#options.intervalMs).unref();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where the store does not answer. */
  refresh(): Promise<void> {
    const look = this.#last.then(() => this.#options.look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  /** A look has failed. Silent where the one before failed for the same reason. */
  tell(error: unknown): void {
    const fault = String(error);
    if (fault !== this.#fault) this.#options.onFault(error);
    this.#fault = fault;
  }

  /** Returns when the look that runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#last;
  }
}
