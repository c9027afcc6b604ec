// Finds the byte spans of a JSON object's members without re-serialising it, so that one value can be
// replaced, or one member added, while every other byte of the body stays as the client wrote it.
// It is meant for bodies that JSON.parse has accepted; elsewhere it answers null where it notices a fault.

/** One member: `start` is its name's opening quote; the value is `valueStart` (inclusive) to `valueEnd`. */
export interface MemberSpan {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface ObjectSpans {
  /** The index of `{`. */
  readonly open: number;
  /** The index of the `}` that belongs to it. */
  readonly close: number;
  /** In the order of the bytes; a name that occurs twice is listed twice. */
  readonly members: readonly MemberSpan[];
}

/** The members of the object that the body consists of; null where the body is not one object. */
export function topLevelMembers(body: Uint8Array): ObjectSpans | null {
  const spans = objectMembers(body, hasByteOrderMark(body) ? 3 : 0);
  if (spans === null || skipWhitespace(body, spans.close + 1) !== body.length) return null;
  return spans;
}

/** The members of the object that begins at `from` (whitespace allowed before it). */
export function objectMembers(body: Uint8Array, from: number): ObjectSpans | null {
  const open = skipWhitespace(body, from);
  if (body[open] !== OPEN_BRACE) return null;
  const members: MemberSpan[] = [];
  let at = skipWhitespace(body, open + 1);
  if (body[at] === CLOSE_BRACE) return { open, close: at, members };
  for (;;) {
    const member = readMember(body, at);
    if (member === null) return null;
    members.push(member);
    at = skipWhitespace(body, member.valueEnd);
    if (body[at] === CLOSE_BRACE) return { open, close: at, members };
    if (body[at] !== COMMA) return null;
    at = skipWhitespace(body, at + 1);
  }
}

/** The member that JSON.parse would take: the last of its name. */
export function findMember(spans: ObjectSpans, name: string): MemberSpan | null {
  return spans.members.findLast((member) => member.name === name) ?? null;
}

/** The body with that member's value replaced by `jsonText`; null where there is no such member. */
export function replaceTopLevelValue(body: Uint8Array, name: string, jsonText: string): Buffer | null {
  const spans = topLevelMembers(body);
  const member = spans === null ? null : findMember(spans, name);
  return member === null ? null : splice(body, member.valueStart, member.valueEnd, jsonText);
}

/**
 * The body with a member added as its last, so that it wins over an earlier one; null for a non-object. The members that
 * are there are not looked at: large bodies cost no more than small ones.
 */
export function insertTopLevelMember(body: Uint8Array, name: string, jsonText: string): Buffer | null {
  const open = skipWhitespace(body, hasByteOrderMark(body) ? 3 : 0);
  const close = beforeWhitespace(body, body.length);
  if (body[open] !== OPEN_BRACE || body[close] !== CLOSE_BRACE || close <= open) return null;
  const last = beforeWhitespace(body, close);
  const member = `${JSON.stringify(name)}:${jsonText}`;
  return splice(body, last + 1, last + 1, last === open ? member : `,${member}`);
}

/** The body with a member added as the last one of any object in it. */
export function insertMember(body: Uint8Array, spans: ObjectSpans, name: string, jsonText: string): Buffer {
  const last = spans.members.at(-1);
  const member = `${JSON.stringify(name)}:${jsonText}`;
  return last === undefined
    ? splice(body, spans.open + 1, spans.open + 1, member)
    : splice(body, last.valueEnd, last.valueEnd, `,${member}`);
}

/** The body with the bytes from `start` to `end` replaced by `text`. */
export function splice(body: Uint8Array, start: number, end: number, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)]);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function readMember(body: Uint8Array, start: number): MemberSpan | null {
  if (body[start] !== QUOTE) return null;
  const nameEnd = skipString(body, start);
  if (nameEnd === null) return null;
  const name = readName(body.subarray(start, nameEnd));
  const colon = skipWhitespace(body, nameEnd);
  if (name === null || body[colon] !== COLON) return null;
  const valueStart = skipWhitespace(body, colon + 1);
  const valueEnd = skipValue(body, valueStart);
  return valueEnd === null ? null : { name, start, valueStart, valueEnd };
}

function readName(quoted: Uint8Array): string | null {
  const text = Buffer.from(quoted.buffer, quoted.byteOffset, quoted.byteLength).toString('utf8');
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    // A wrong escape: the whole body is not JSON, and the caller hears so.
    return null;
  }
}

function skipValue(body: Uint8Array, start: number): number | null {
  const first = body[start];
  if (first === QUOTE) return skipString(body, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(body, start);
  let at = start;
  while (at < body.length && !endsScalar(body[at]!)) at += 1;
  return at === start ? null : at;
}

/** Counts brackets only: that they match in kind is JSON.parse's to judge. */
function skipNested(body: Uint8Array, start: number): number | null {
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at]!;
    if (byte === QUOTE) {
      const end = skipString(body, at);
      if (end === null) return null;
      at = end - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

/** Jumps from quote to quote with the native search: prompts are mostly long strings. */
export function skipString(body: Uint8Array, start: number): number | null {
  let quote = body.indexOf(QUOTE, start + 1);
  while (quote !== -1) {
    let backslashes = 0;
    while (body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return null;
}

function skipWhitespace(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length && isWhitespace(body[at]!)) at += 1;
  return at;
}

/** The index of the last byte before `end` that is no whitespace; -1 for none. */
function beforeWhitespace(body: Uint8Array, end: number): number {
  let at = end - 1;
  while (at >= 0 && isWhitespace(body[at]!)) at -= 1;
  return at;
}

function hasByteOrderMark(body: Uint8Array): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

function isWhitespace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number): boolean {
  return isWhitespace(byte) || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}
