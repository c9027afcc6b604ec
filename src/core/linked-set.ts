// A set whose members hold on to each other: for things that come and go many thousand times a second. V8's own sets
// and maps make a new table every few members then, and the old tables keep what was in them from being collected.

/** A member of at most one set. */
export abstract class Linked {
  /** Of the set alone. */
  before: Linked | null = null;
  after: Linked | null = null;
  isLinked = false;
}

/** In the order in which they were added. The member at hand may be deleted while the set is gone through; no other. */
export class LinkedSet<T extends Linked> {
  #first: Linked | null = null;
  #last: Linked | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Throws for a member of a set. */
  add(member: T): void {
    if (member.isLinked) throw new RangeError('a linked member cannot be added again');
    member.isLinked = true;
    member.before = this.#last;
    if (this.#last === null) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
    this.#size += 1;
  }

  /** False for what is no member any more. Not to be asked about another set's. */
  delete(member: T): boolean {
    if (!member.isLinked) return false;
    const { before, after } = member;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    member.isLinked = false;
    member.before = null;
    member.after = null;
    this.#size -= 1;
    return true;
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let member = this.#first; member !== null; ) {
      const { after } = member;
      yield member as T;
      member = after;
    }
  }
}
