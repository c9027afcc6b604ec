// Names that a request's document has twice. JSON.parse takes the last; some servers take the first, and those that are
// written in Go take `Model` for `model`: which of the two they answer nobody here can know. Of `model` itself the last
// counts: servers choose by it with the parsers of Python, Node and Go, which all take that. Those before it are told,
// for switches that are to hold whichever is taken.

import { asObject, parseJson } from './json-value.ts';
import { topLevelMembers } from './top-level-json.ts';

export interface Repeated {
  /** The first that stands there again with another value, or in other letters; null for none. */
  readonly name: string | null;
  /** What `model` says before it says what counts. */
  readonly earlierModels: readonly string[];
}

const NOTHING: Repeated = Object.freeze({ name: null, earlierModels: Object.freeze([]) });
/** More than any client writes, and each is looked at by every switch. */
const MODELS_MAX = 10;
const TOO_MANY: Repeated = Object.freeze({ name: 'model', earlierModels: NOTHING.earlierModels });

/** `text` says `document`. */
export function repeatedNames(text: Buffer, document: unknown): Repeated {
  const object = asObject(document);
  if (object === null) return NOTHING;
  const names = Object.keys(object);
  const again = inOtherLetters(names);
  if (again !== null) return { ...NOTHING, name: again };
  if (membersIn(text) === names.length) return NOTHING;
  const members = topLevelMembers(text)?.members ?? [];
  const values = new Map<string, Buffer>();
  const models = new Set<string>();
  for (const { name, valueStart, valueEnd } of members) {
    const value = text.subarray(valueStart, valueEnd);
    const before = values.get(name);
    if (before !== undefined && !before.equals(value) && name !== LAST_COUNTS) return { ...NOTHING, name };
    values.set(name, value);
    if (name !== LAST_COUNTS) continue;
    const model = parseJson(value.toString());
    if (typeof model === 'string' && model !== object.model) models.add(model);
  }
  return models.size > MODELS_MAX ? TOO_MANY : { name: null, earlierModels: [...models] };
}

/** The first that another one is, but for the case of its letters. */
function inOtherLetters(names: readonly string[]): string | null {
  // As nearly every document has them.
  if (names.every((name) => SMALL_LETTERS.test(name))) return null;
  const known = new Set<string>();
  for (const name of names) {
    const folded = foldedOf(name);
    if (known.has(folded)) return name;
    known.add(folded);
  }
  return null;
}

const SMALL_LETTERS = /^[a-z\d_]*$/;

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
    if (byte === QUOTE) at = endOfText(text, at + 1);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    else if (byte === COLON && depth === 1) members += 1;
  }
  return members;
}

/** Texts are short, or long: the quote that ends a long one is found by a native search. */
const SHORT_BYTES = 96;

/** Where the quote stands that ends a text; the length of all where none does. */
function endOfText(json: Buffer, start: number): number {
  const { length } = json;
  for (let at = start; at < length; ) {
    for (const near = Math.min(length, at + SHORT_BYTES); at < near; at += 1) {
      const byte = json[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at += 1;
    }
    const quote = json.indexOf(QUOTE, at);
    if (quote === -1) return length;
    let before = quote - 1;
    while (before >= at && json[before] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote;
    at = quote + 1;
  }
  return length;
}
