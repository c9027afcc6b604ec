// How many of one kind are at something at the same time.

export class CrowdLimit {
  readonly #max: number;
  /** Only of those that are there now. */
  readonly #inside = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Returns what is to be called once, at the end; null where there are too many. */
  enter(kind: string): (() => void) | null {
    const inside = this.#inside.get(kind) ?? 0;
    if (inside >= this.#max) return null;
    this.#inside.set(kind, inside + 1);
    return () => {
      const left = (this.#inside.get(kind) ?? 1) - 1;
      if (left === 0) this.#inside.delete(kind);
      else this.#inside.set(kind, left);
    };
  }
}
