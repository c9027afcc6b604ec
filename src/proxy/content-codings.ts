// How a body is coded, by what its header says and by how it begins; and what undoes each coding.

import type { Transform } from 'node:stream';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

/** More codings on top of each other than any client or server applies. */
export const CODINGS_MAX = 4;
const NO_CODINGS: readonly string[] = Object.freeze([]);

/** What one answer may become: no model writes so much, a file of results may. */
const DECODED_BYTES_MAX = 2 * 1024 * 1024 * 1024;
/** Below it, an answer may expand as much as it likes. */
const EXPANDED_BYTES_FREE = 32 * 1024 * 1024;
/** Texts that repeat themselves come to a hundred times their size. */
const EXPANSION_MAX = 200;

/** Whether what was read of an answer is more than anybody says with so few bytes, or at all. */
export function isExpandedTooFar(encodedBytes: number, decodedBytes: number): boolean {
  const expandedMax = Math.max(EXPANDED_BYTES_FREE, encodedBytes * EXPANSION_MAX);
  return decodedBytes > Math.min(expandedMax, DECODED_BYTES_MAX);
}

/** The codings in the order in which they were applied; without `identity`. */
export function codingsOf(contentEncoding: string | undefined): readonly string[] {
  if (contentEncoding === undefined) return NO_CODINGS;
  return contentEncoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** What a body that says nothing of a coding is all the same, by how it begins; null for what is none. */
export function codingByBytes(body: Buffer): string | null {
  if (body[0] === 0x1f && body[1] === 0x8b) return 'gzip';
  if (body.length >= 4 && body.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return body.length >= 2 && isZlib(body) ? 'deflate' : null;
}

interface DecoderOptions {
  /** Bytes that it hands on at a time. */
  readonly chunkSize?: number;
}

/** In HTTP no window is longer than 8 MB (RFC 9659): each decoder may keep as much. */
const ZSTD_WINDOW_BITS = 23;
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_BITS };
/** Each gets the first bytes of what it decodes; one is enough. */
const DECODERS: Readonly<Record<string, (first: Buffer, options: DecoderOptions) => Transform>> = {
  gzip: (_first, options) => createGunzip(options),
  'x-gzip': (_first, options) => createGunzip(options),
  // The name means the zlib format (RFC 1950); some send deflate (RFC 1951) without that frame.
  deflate: (first, options) => (isZlib(first) ? createInflate(options) : createInflateRaw(options)),
  br: (_first, options) => createBrotliDecompress(options),
  zstd: (_first, options) => createZstdDecompress({ ...options, params: ZSTD_WINDOW }),
};

/** What brotli looks back at, at most: RFC 7932, section 9.1. */
const BROTLI_WINDOW_BYTES = 16 * 1024 * 1024;

/** How far a decoder of that coding may look back in what it has told, and keeps of it; `first` as in `decoderFor`. */
export function windowBytes(coding: string, first: Buffer): number {
  if (coding === 'br') return Math.min(2 ** brotliWindowBits(first[0] ?? 0), BROTLI_WINDOW_BYTES);
  return coding === 'zstd' ? 2 ** ZSTD_WINDOW_BITS : 0;
}

/** By the bits that its first byte begins with. */
function brotliWindowBits(first: number): number {
  if ((first & 1) === 0) return 16;
  const bits = (first >> 1) & 7;
  return bits > 0 ? 17 + bits : 8 + ((first >> 4) & 7 || 9);
}

export function isKnownCoding(coding: string): boolean {
  return Object.hasOwn(DECODERS, coding);
}

/** A stream that undoes one coding; `first` are the first bytes that it will be given. The coding must be known. */
export function decoderFor(coding: string, first: Buffer, options: DecoderOptions = {}): Transform {
  const open = DECODERS[coding];
  if (open === undefined) throw new RangeError(`no decoder for the coding "${coding}"`);
  return open(first, options);
}

/** What a short text may become: decoding it keeps everything else waiting. */
const TEXT_BYTES_MAX = 1024 * 1024;
const AT_MOST = { maxOutputLength: TEXT_BYTES_MAX };
/** The same of a text that goes on. */
const BEGINNING = {
  zlib: { ...AT_MOST, finishFlush: constants.Z_SYNC_FLUSH },
  br: { ...AT_MOST, finishFlush: constants.BROTLI_OPERATION_FLUSH },
  zstd: { ...AT_MOST, finishFlush: constants.ZSTD_e_flush },
};
const WHOLE = { zlib: AT_MOST, br: AT_MOST, zstd: AT_MOST };

/** A short text in at most one coding, named or not; null where it is in another, or is none of what its name says. */
export function decodedText(body: Buffer, contentEncoding: string | null): string | null {
  return textIn(body, contentEncoding, WHOLE);
}

/** The same of a longer text's beginning, as far as it can be read from its first bytes. */
export function decodedStart(bytes: Buffer, contentEncoding: string | null): string | null {
  return textIn(bytes, contentEncoding, BEGINNING);
}

function textIn(body: Buffer, contentEncoding: string | null, how: typeof WHOLE): string | null {
  const named = codingsOf(contentEncoding ?? undefined);
  const coding = named[0] ?? codingByBytes(body);
  try {
    return named.length > 1 ? null : decodeAtOnce(body, coding, how).toString('utf8');
  } catch {
    // What it says is then not known, which is an answer here.
    return null;
  }
}

function decodeAtOnce(body: Buffer, coding: string | null, { zlib, br, zstd }: typeof WHOLE): Buffer {
  if (coding === null) return body;
  if (coding === 'gzip' || coding === 'x-gzip') return gunzipSync(body, zlib);
  if (coding === 'deflate') return isZlib(body) ? inflateSync(body, zlib) : inflateRawSync(body, zlib);
  if (coding === 'br') return brotliDecompressSync(body, br);
  if (coding === 'zstd') return zstdDecompressSync(body, zstd);
  throw new RangeError(`no decoder for the coding "${coding}"`);
}

/** Of headers as they came: flat name, value list. */
export function contentEncodingIn(rawHeaders: readonly Buffer[]): string | null {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toString('latin1').toLowerCase() === 'content-encoding')
      return rawHeaders[at + 1]?.toString('latin1') ?? null;
  return null;
}

/** The two bytes that begin the zlib format are a multiple of 31, the first of them ends in 8. RFC 1950, section 2.2. */
function isZlib(body: Buffer): boolean {
  if (((body[0] ?? 0) & 0x0f) !== 8) return false;
  return body.length === 1 || body.readUInt16BE(0) % 31 === 0;
}
