// Changes that were made while the database was away. They are in force at once, are written down in the data folder, and
// go into the database when it answers; a server that starts before that goes by them.

export interface WaitingCopy<Change> {
  read(): readonly Change[] | null;
  /** Whether they would outlive the process now. */
  keep(waiting: readonly Change[]): boolean;
}

export class WaitingChanges<Change extends { readonly id: string }> {
  readonly #copy: WaitingCopy<Change>;
  #all: readonly Change[];
  #isKept = true;

  constructor(copy: WaitingCopy<Change>) {
    this.#copy = copy;
    this.#all = copy.read() ?? [];
  }

  /** Oldest first. */
  get all(): readonly Change[] {
    return this.#all;
  }

  /** Whether a start without the database would know of all of them. */
  get isKept(): boolean {
    return this.#isKept;
  }

  has(id: string): boolean {
    return this.#all.some((waiting) => waiting.id === id);
  }

  /** In the place of an earlier one of the same id. */
  add(change: Change): void {
    this.#replace([...this.#all.filter(({ id }) => id !== change.id), change]);
  }

  /** Those that the database has told back. One that was changed meanwhile stays. */
  forget(told: readonly Change[]): void {
    if (told.length > 0) this.#replace(this.#all.filter((waiting) => !told.includes(waiting)));
  }

  /** Tries anew what could not be written down. */
  keepAgain(): void {
    if (!this.#isKept) this.#replace(this.#all);
  }

  #replace(all: readonly Change[]): void {
    this.#all = all;
    this.#isKept = this.#copy.keep(all);
  }
}

/** Of a process that knows nothing of a data folder. */
export const NO_COPY: WaitingCopy<never> = { read: () => null, keep: () => false };
