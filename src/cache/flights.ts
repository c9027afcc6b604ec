// Identical requests that run at the same time share one upstream call: the first leads, the others wait for it.

import type { CachedAnswer } from './ports.ts';

/** How a flight ended: with an answer, without one, or because its client left before the answer was whole. */
export type Landing = CachedAnswer | 'failed' | 'abandoned';

export class Flights {
  readonly #waiting = new Map<string, Set<(landing: Landing) => void>>();

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** True for the caller that is the first of its key: it must `land` the flight, once. */
  lead(key: string): boolean {
    if (this.#waiting.has(key)) return false;
    this.#waiting.set(key, new Set());
    return true;
  }

  /** Waits for the flight of `key`, at most `timeoutMs`. Failed where there is none. */
  follow(key: string, timeoutMs: number): Promise<Landing> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return Promise.resolve('failed');
    return new Promise((resolve) => {
      const done = (landing: Landing): void => {
        clearTimeout(timer);
        waiting.delete(done);
        resolve(landing);
      };
      const timer = setTimeout(() => done('failed'), timeoutMs);
      // Its client may be gone by then; it must not keep the process.
      timer.unref();
      waiting.add(done);
    });
  }

  land(key: string, landing: Landing): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const done of [...(waiting ?? [])]) done(landing);
  }
}
