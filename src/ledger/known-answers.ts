// The answers that were charged, by their keys, as long as this process remembers them. Bounded: of more, those that came
// first are forgotten.

const ANSWERS_MAX = 10_000;

export interface KnownAnswer {
  /** When it was fetched, where that was before anybody told who makes it; null where its maker did. */
  readonly fetchedAtMs: number | null;
}

export class KnownAnswers {
  readonly #answers = new Map<string, KnownAnswer>();

  /** What was known of it before; null where nothing was, and this is known from now on. */
  add(key: string, fetchedAtMs: number | null): KnownAnswer | null {
    const before = this.#answers.get(key);
    if (before !== undefined) {
      // Its maker has come: whoever makes one of that name as well makes another.
      if (fetchedAtMs === null) this.#answers.set(key, { fetchedAtMs });
      return before;
    }
    if (this.#answers.size >= ANSWERS_MAX) this.#answers.delete(this.#answers.keys().next().value ?? '');
    this.#answers.set(key, { fetchedAtMs });
    return null;
  }
}
