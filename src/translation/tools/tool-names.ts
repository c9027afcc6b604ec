// Names of tools, which travel in both directions: what one API takes for a name is too long or too odd for the other.

import { hash } from 'node:crypto';

const PORTABLE = /^[\w-]{1,64}$/;
const BEGINNING_CHARACTERS = 47;
const HASH_CHARACTERS = 16;

/** Of one request: remembers what it renamed, so that the answer calls the tools as the client does. */
export class ToolNames {
  readonly #originals: Map<string, string>;

  /** What was renamed already: the new name first. */
  constructor(renamed: ReadonlyMap<string, string> = new Map()) {
    this.#originals = new Map(renamed);
  }

  get renamed(): ReadonlyMap<string, string> {
    return this.#originals;
  }

  /** The name itself where both APIs take it; otherwise its beginning with a hash of the whole. */
  portable(name: string): string {
    if (PORTABLE.test(name)) return name;
    const beginning = name.replace(/[^\w-]/g, '_').slice(0, BEGINNING_CHARACTERS);
    const shortened = `${beginning}_${hash('sha256', name, 'hex').slice(0, HASH_CHARACTERS)}`;
    this.#originals.set(shortened, name);
    return shortened;
  }

  original(name: string): string {
    return this.#originals.get(name) ?? name;
  }
}
