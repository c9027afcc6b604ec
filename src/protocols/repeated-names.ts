// Names that a request's document has twice. JSON.parse takes the last; some servers take the first, and those that are
// written in Go take `Model` for `model`: which of the two they answer nobody here can know. Of `model` itself the last
// counts: servers choose by it with the parsers of Python, Node and Go, which all take that.

import { asObject } from './json-value.ts';
import { topLevelMembers } from './top-level-json.ts';

/** The first that stands there again with another value, or in other letters; null for none. `text` says `document`. */
export function repeatedName(text: Buffer, document: unknown): string | null {
  const object = asObject(document);
  if (object === null) return null;
  const names = Object.keys(object);
  const known = new Set<string>();
  for (const name of names) {
    const folded = foldedOf(name);
    if (known.has(folded)) return name;
    known.add(folded);
  }
  if (membersIn(text) === names.length) return null;
  const members = topLevelMembers(text)?.members ?? [];
  const values = new Map<string, Buffer>();
  for (const { name, valueStart, valueEnd } of members) {
    const value = text.subarray(valueStart, valueEnd);
    const before = values.get(name);
    if (before !== undefined && !before.equals(value) && name !== LAST_COUNTS) return name;
    values.set(name, value);
  }
  return null;
}

/** Go takes a long s and a Kelvin sign for letters, too. */
const foldedOf = (name: string): string => name.toUpperCase().toLowerCase();

const LAST_COUNTS = 'model';
const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** How many members an object has in its text. Every request comes through here: a plain walk over bytes is quickest. */
function membersIn(text: Buffer): number {
  const { length } = text;
  let depth = 0;
  let members = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) {
      for (at += 1; at < length && text[at] !== QUOTE; at += 1) if (text[at] === BACKSLASH) at += 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    else if (byte === COLON && depth === 1) members += 1;
  }
  return members;
}
