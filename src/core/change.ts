// What somebody changes of what is set: told before it is done, in one place for each kind of thing.

export interface Change {
  /** Who does it, for people: `ada (command line)`. */
  readonly who: string;
  /** `budget raise`, `key revoke`. */
  readonly action: string;
  /** What it is called. */
  readonly subject: string;
  /** As it was; null for what is new. Without secrets. */
  readonly before: unknown;
  /** As it becomes; null for what is removed. Without secrets. */
  readonly after: unknown;
}

/** Where it throws, nothing is changed. */
export type Witness = (change: Change) => void | Promise<void>;

/** Who makes changes, and who is told of them. */
export interface Changing {
  readonly who: string;
  readonly witness: Witness;
}
