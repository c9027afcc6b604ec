// Keeps what clients name from becoming a series each: the first values are told apart, all others are one.

import { printable } from '../core/shown-text.ts';

/** Values of one label that are told apart. */
export const LABEL_VALUES_MAX = 50;
const OTHER = 'other';
/** Where a request has none. */
const NONE = 'none';
const CHARACTERS_MAX = 120;

export class BoundedLabel {
  readonly #known = new Map<string, string>();
  readonly #onOverflow: () => void;

  /** Told of each value that was not told apart. */
  constructor(onOverflow: () => void) {
    this.#onOverflow = onOverflow;
  }

  /** `mayJoin`: whether a new value is to be told apart, as long as there is room. */
  of(given: string | null, mayJoin = true): string {
    if (given === null) return NONE;
    // A long one is not kept whole: its series would be as long in memory.
    const value = given.length > CHARACTERS_MAX ? given.slice(0, CHARACTERS_MAX) : given;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (!mayJoin || this.#known.size >= LABEL_VALUES_MAX) {
      this.#onOverflow();
      return OTHER;
    }
    const label = cleaned(value);
    this.#known.set(value, label);
    return label;
  }
}

/** A label is text for people: what they do not see has no place in it, nor has half a surrogate pair. */
function cleaned(value: string): string {
  return printable(value.toWellFormed());
}
