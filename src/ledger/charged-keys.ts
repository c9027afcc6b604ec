// Remembers which billing keys were charged: the same usage fetched again (a stored response, a batch's results)
// costs nothing. Bounded; past it, or after a restart, a repetition is charged once more in memory, never less.

const KEYS_MAX = 10_000;

export class ChargedKeys {
  readonly #keys = new Set<string>();

  /** True where the key was seen before; remembers it. */
  repeats(key: string): boolean {
    if (this.#keys.has(key)) return true;
    if (this.#keys.size >= KEYS_MAX) this.#keys.delete(this.#keys.keys().next().value ?? '');
    this.#keys.add(key);
    return false;
  }
}
