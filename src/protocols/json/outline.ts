// What must be known of a document that is too large, or has too many members, to be parsed while others wait: its first
// small members, and its usage. Found by searching bytes, in a time that grows with their number alone.

import { asObject, type JsonObject, parseJson } from './json-value.ts';
import { objectMembers } from './top-level-json.ts';

/** Smaller texts are parsed whatever they hold. */
const SMALL_BYTES = 64 * 1024;
/** Parsing so many takes some ten milliseconds. */
const MEMBERS_MAX = 20_000;
const HEAD_BYTES = 4096;
const USAGE_BYTES_MAX = 64 * 1024;
const BACKSLASH = 0x5c;

/** What parsing takes, in parts of a member: a name, a text, an object or a list, and what parts it from the next. */
const NAME = 6;
const BRACKET = 4;
const COMMA = 1;
const TEXT = 2;
const QUOTE = 0x22;
const WEIGHTS = new Uint8Array(256);
WEIGHTS[QUOTE] = TEXT;
WEIGHTS[0x3a] = NAME;
WEIGHTS[0x7b] = BRACKET;
WEIGHTS[0x5b] = BRACKET;
WEIGHTS[0x2c] = COMMA;

/** Whether parsing it would keep others waiting: it takes as long as so many members, or some more plain values. */
export function hasManyValues(bytes: Buffer, membersMax = MEMBERS_MAX): boolean {
  if (bytes.length < SMALL_BYTES) return false;
  let left = membersMax * (TEXT + NAME + COMMA);
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    left -= WEIGHTS[byte]!;
    if (left < 0) return true;
    at = byte === QUOTE ? endOfText(bytes, at + 1) : at + 1;
  }
  return false;
}

/** Behind the quote that ends the text. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= start && bytes[before] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at + 1;
  }
  return bytes.length;
}

/** The document's small first members, and the last usage in it; null where there is no such beginning. */
export function outlineOf(bytes: Buffer): JsonObject | null {
  const head = headOf(bytes);
  if (head === null) return null;
  const found = { ...head };
  for (const name of ['usage', 'usageMetadata']) {
    const usage = lastObject(bytes, name);
    if (usage !== null) found[name] = usage;
  }
  return found;
}

/** Members up to the first that is no plain value. */
function headOf(bytes: Buffer): Record<string, unknown> | null {
  const text = bytes.toString('utf8', 0, HEAD_BYTES);
  const begin = /^\s*\{/.exec(text);
  if (begin === null) return null;
  const head: Record<string, unknown> = {};
  const member =
    /\s*("(?:[^"\\]|\\.){0,200}")\s*:\s*("(?:[^"\\]|\\.){0,500}"|-?[\d.eE+-]{1,30}|true|false|null)\s*,/y;
  member.lastIndex = begin[0].length;
  for (let match = member.exec(text); match !== null; match = member.exec(text)) {
    const name = parseJson(match[1] ?? '');
    if (typeof name === 'string' && name !== '__proto__') head[name] = parseJson(match[2] ?? '');
  }
  return head;
}

function lastObject(bytes: Buffer, name: string): JsonObject | null {
  const quoted = `"${name}"`;
  let at = bytes.lastIndexOf(quoted);
  while (at > 0 && bytes[at - 1] === BACKSLASH) at = bytes.lastIndexOf(quoted, at - 1);
  if (at === -1) return null;
  const colon = bytes.indexOf(':', at + quoted.length);
  const part = bytes.subarray(colon + 1, colon + 1 + USAGE_BYTES_MAX);
  const spans = colon === -1 ? null : objectMembers(part, 0);
  if (spans === null) return null;
  return asObject(parseJson(part.toString('utf8', spans.open, spans.close + 1)));
}
