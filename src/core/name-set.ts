// A set of names that is asked in every request, mostly for what is not in it.

/** A name that has just been read has no hash yet: most are told apart by their length alone. */
export class NameSet {
  readonly #names: ReadonlySet<string>;
  readonly #lengths: readonly boolean[];

  constructor(...names: readonly string[]) {
    this.#names = new Set(names);
    const lengths = Array<boolean>(Math.max(...names.map((name) => name.length)) + 1).fill(false);
    for (const name of names) lengths[name.length] = true;
    this.#lengths = lengths;
  }

  has(name: string): boolean {
    return this.#lengths[name.length] === true && this.#names.has(name);
  }
}
