// The answers that were charged, or will be, by their names, as long as this process remembers them. Bounded: of more,
// those that came first are forgotten.

const ANSWERS_MAX = 10_000;

export interface KnownAnswer {
  /** By which it is charged. */
  readonly key: string;
  /** When it was fetched, where that was before anybody told who makes it; null where its maker did. */
  readonly fetchedAtMs: number | null;
  /** False for one that is made in the background: whoever fetches it first, here or elsewhere, is charged. */
  readonly isCharged: boolean;
}

export class KnownAnswers {
  readonly #answers = new Map<string, KnownAnswer>();

  /** The last one of that name; null where none is known. */
  find(name: string): KnownAnswer | null {
    return this.#answers.get(name) ?? null;
  }

  put(name: string, answer: KnownAnswer): void {
    if (!this.#answers.has(name) && this.#answers.size >= ANSWERS_MAX)
      this.#answers.delete(this.#answers.keys().next().value ?? '');
    this.#answers.set(name, answer);
  }
}
