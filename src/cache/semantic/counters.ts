// Counts what happens, and writes the sums down from time to time.

import type { Count, CountKind, SemanticEntries } from './ports.ts';

/** Names come from a few lists of our own; a fault that makes them many must not fill the memory. */
const NAMES_MAX = 500;

export class Counters {
  #counts = new Map<string, Count>();

  add(kind: CountKind, name: string): void {
    const id = `${kind}:${name}`;
    const before = this.#counts.get(id);
    if (before === undefined && this.#counts.size >= NAMES_MAX) return;
    this.#counts.set(id, { kind, name, count: (before?.count ?? 0) + 1 });
  }

  /** What a store that fails did not take is kept for the next time. */
  async write(entries: SemanticEntries): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = this.#counts;
    this.#counts = new Map();
    try {
      await entries.addCounts([...counts.values()]);
    } catch (error) {
      for (const [id, { kind, name, count }] of counts)
        this.#counts.set(id, { kind, name, count: count + (this.#counts.get(id)?.count ?? 0) });
      throw error;
    }
  }
}
