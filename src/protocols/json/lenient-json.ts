// Reads a JSON body as the servers behind the proxy may read it: in UTF-8, -16 or -32, with or without a byte order
// mark, with `NaN` and `Infinity` (Python's parser takes them), comments and trailing commas (other parsers do). For
// reading only: what leaves is what came.

import { skipString } from './top-level-json.ts';

export interface JsonText {
  readonly document: unknown;
  /**
   * The document as UTF-8: the body itself where it is that already. Its top-level values can be replaced; comments in
   * it are blanks.
   */
  readonly text: Buffer;
}

/** Beyond this, only what JSON.parse takes is read: four megabytes of comments took a tenth of a second. */
const LENIENT_BYTES_MAX = 1024 * 1024;

/** Null for what is no JSON by any of these readings. */
export function readJsonText(body: Buffer): JsonText | null {
  const text = asUtf8(body);
  const document = parsed(text);
  if (document !== undefined) return { document, text };
  return text.length > LENIENT_BYTES_MAX ? null : readLeniently(text);
}

/** Undefined where it is none. */
function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(withoutByteOrderMark(text.toString('utf8')));
  } catch {
    // Not strict JSON: another reading may do.
    return undefined;
  }
}

export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** A text in UTF-8, -16 or -32, as UTF-8. */
export function asUtf8(body: Buffer): Buffer {
  const encoding = encodingOf(body);
  if (encoding === 'utf-8') return body;
  if (encoding === 'utf-32le' || encoding === 'utf-32be') return Buffer.from(fromUtf32(body, encoding));
  return Buffer.from(withoutByteOrderMark(new TextDecoder(encoding, { ignoreBOM: true }).decode(body)));
}

/** By the byte order mark, else by where the zeros are: JSON begins with ASCII (RFC 4627, section 3). */
function encodingOf(body: Buffer): Encoding {
  // By index: taken apart as a list, bytes come one by one through an iterator.
  const a = body[0];
  const b = body[1];
  const c = body[2];
  const d = body[3];
  if (a === undefined || b === undefined) return 'utf-8';
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0) return 'utf-32be';
  if (a === 0) return 'utf-16be';
  if (b === 0) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  return 'utf-8';
}

const CODE_POINT_MAX = 0x10ffff;

function fromUtf32(body: Buffer, encoding: 'utf-32le' | 'utf-32be'): string {
  const parts: string[] = [];
  for (let at = 0; at + 4 <= body.length; at += 4) {
    const point = encoding === 'utf-32le' ? body.readUInt32LE(at) : body.readUInt32BE(at);
    parts.push(point > CODE_POINT_MAX ? '\ufffd' : String.fromCodePoint(point));
  }
  return withoutByteOrderMark(parts.join(''));
}

/** Each word that is no JSON, and what stands for it while the rest is read: of the same length, and no figure. */
const WORDS: readonly (readonly [word: Buffer, stand: Buffer])[] = [
  [Buffer.from('NaN'), Buffer.from('"" ')],
  [Buffer.from('-Infinity'), Buffer.from('""       ')],
  [Buffer.from('Infinity'), Buffer.from('""      ')],
];

const WORD_BEGINS = new Set(WORDS.map(([word]) => word[0]));

const wordAt = (text: Buffer, at: number) =>
  WORDS.find(([word]) => text.subarray(at, at + word.length).equals(word));

const QUOTE = 0x22;
const BLANK = 0x20;
const COMMA = 0x2c;
const SLASH = 0x2f;
const STAR = 0x2a;
const LINE_FEED = 0x0a;
const CLOSERS = new Set([0x5d, 0x7d]);
const BLANKS = new Set([0x20, 0x0a, 0x0d, 0x09]);

/** Every byte keeps its place, so that a value that is found in what is read can be replaced in the text. */
function readLeniently(body: Buffer): JsonText | null {
  const text = Buffer.from(body);
  let strict = text;
  let comma = -1;
  for (let at = 0; at < text.length; ) {
    const byte = text[at]!;
    if (BLANKS.has(byte)) {
      at += 1;
      continue;
    }
    if (byte === SLASH) {
      const end = endOfComment(text, at);
      if (end === null) return null;
      text.fill(BLANK, at, end);
      if (strict !== text) strict.fill(BLANK, at, end);
      at = end;
      continue;
    }
    if (CLOSERS.has(byte) && comma !== -1) {
      text[comma] = BLANK;
      strict[comma] = BLANK;
    }
    comma = byte === COMMA ? at : -1;
    const found = WORD_BEGINS.has(byte) ? wordAt(text, at) : undefined;
    if (found !== undefined) {
      if (strict === text) strict = Buffer.from(text);
      found[1].copy(strict, at);
      at += found[0].length;
    } else if (byte === QUOTE) {
      const end = skipString(text, at);
      if (end === null) return null;
      at = end;
    } else at += 1;
  }
  const document = parsed(strict);
  return document === undefined ? null : { document, text };
}

/** Null where it does not end, or is none. */
function endOfComment(text: Buffer, at: number): number | null {
  if (text[at + 1] === SLASH) {
    const end = text.indexOf(LINE_FEED, at);
    return end === -1 ? text.length : end;
  }
  if (text[at + 1] !== STAR) return null;
  const end = text.indexOf('*/', at + 2);
  return end === -1 ? null : end + 2;
}
