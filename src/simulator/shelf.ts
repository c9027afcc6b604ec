// What the simulated provider keeps between requests (responses, batches, files): bounded, oldest out first.

import type { JsonObject } from './json-value.ts';

const ITEMS_MAX = 1000;

export class Shelf {
  readonly #items = new Map<string, JsonObject>();

  put(id: string, item: JsonObject): void {
    this.#items.set(id, item);
    if (this.#items.size <= ITEMS_MAX) return;
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) this.#items.delete(oldest);
  }

  get(id: string): JsonObject | undefined {
    return this.#items.get(id);
  }

  delete(id: string): boolean {
    return this.#items.delete(id);
  }

  /** Those whose id begins so, oldest first. */
  list(prefix: string): readonly JsonObject[] {
    return [...this.#items].filter(([id]) => id.startsWith(prefix)).map(([, item]) => item);
  }
}
