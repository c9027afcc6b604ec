// Undoes the content codings of an answer as it comes: one or several on top of each other, and none where its server says
// one and sends none.

import { compose, PassThrough, type Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { codingByBytes, codingsOf } from '../content-codings.ts';

type Opener = (first: Buffer) => Transform;

/** Each gets the first bytes of what it decodes. */
const DECODERS: Readonly<Record<string, Opener>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // The name means the zlib format, whose first byte ends in 8; some servers send it without its frame.
  deflate: (first) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};
const STEPS_MAX = 4;
/** What begins below another coding is not known yet: the zlib format, as its name says. */
const NO_FIRST = Buffer.of(0x78);
const composed = compose as unknown as (...steps: readonly Transform[]) => Transform;
/** As a document or an event stream begins, which none of the two codings below does. */
const TEXT_BEGIN = /^[\s\ufeff]*(?:[[{:]|(?:data|event|id|retry)\s*:)/;
const TOLD_BY_BYTES = new Set(['gzip', 'x-gzip', 'zstd']);

/** `contentEncoding` is the response header's value. */
export function isPlain(contentEncoding: string | null): boolean {
  return contentEncoding === null || codingsOf(contentEncoding).length === 0;
}

/** Whether all of its codings are known. */
export function isKnown(contentEncoding: string | null): boolean {
  const codings = codingsOf(contentEncoding ?? undefined);
  return codings.length <= STEPS_MAX && codings.every((coding) => Object.hasOwn(DECODERS, coding));
}

/** What an answer that says nothing of a coding is all the same. */
export function hiddenCoding(first: Buffer): string | null {
  const coding = codingByBytes(first);
  return coding === 'gzip' || coding === 'zstd' ? coding : null;
}

/** Null for an encoding that is not known, and for none. `first` are the first bytes of the body. */
export function decoderOf(contentEncoding: string | null, first: Buffer): Transform | null {
  const codings = codingsOf(contentEncoding ?? undefined).toReversed();
  const [outer, ...inner] = codings;
  if (outer === undefined || !isKnown(contentEncoding)) return null;
  if (TOLD_BY_BYTES.has(outer) && TEXT_BEGIN.test(first.toString('utf8', 0, 64))) return new PassThrough();
  const begun = (DECODERS[outer] as Opener)(first);
  if (inner.length === 0) return begun;
  const steps = inner.map((coding) => (DECODERS[coding] as Opener)(NO_FIRST));
  return composed(begun, ...steps);
}
