// Small pieces of work, some milliseconds apart. Fifty messages at once wake fifty pages at once: where they share the
// machine with the traffic, a request that comes just then waits for all of them. In turns, it waits for a few.

const PAUSE_MS = 4;

export class Turns {
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** The first is done at once where nothing waits; each other behind what came before it. */
  add(pieces: readonly (() => void)[]): void {
    this.#waiting.push(...pieces);
    if (this.#timer === null) this.#next();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.length = 0;
  }

  #next(): void {
    this.#timer = null;
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#next(), PAUSE_MS);
  }
}
