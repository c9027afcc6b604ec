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
  const known = new Set<string>();
  for (const name of names) {
    const folded = foldedOf(name);
    if (known.has(folded)) return { ...NOTHING, name };
    known.add(folded);
  }
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
