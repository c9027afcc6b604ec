// Tells subscribers in this process what happens, as it happens.

import type { LiveEvent, LiveFeed } from '../core/journal.ts';

export class InProcessFeed implements LiveFeed {
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** False where an event need not even be built. */
  get hasSubscribers(): boolean {
    return this.#listeners.size > 0;
  }

  publish(event: LiveEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#listeners.delete(listener);
        this.#warn(`A subscriber of the live feed failed and was dropped: ${String(error)}`);
      }
    }
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
