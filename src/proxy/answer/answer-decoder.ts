// Undoes the content codings of an answer as it comes: one or several on top of each other, and none where its server says
// one and sends none. It fails where one of them makes more of it than anybody says with so few bytes: nothing need come
// out in the end of what keeps a processor busy for hours.

import { compose, PassThrough, type Transform } from 'node:stream';
import {
  CODINGS_MAX,
  codingByBytes,
  codingsOf,
  decodedStart,
  decoderFor,
  isExpandedTooFar,
  isKnownCoding,
} from '../content-codings.ts';

/** Below another coding the first bytes are not known yet; a `deflate` there is taken for what its name means. */
const ZLIB_BEGIN = Buffer.of(0x78);
const composed = compose as unknown as (...steps: readonly Transform[]) => Transform;
/** How a document or an event stream begins, and nothing that is coded as below does. */
const TEXT_BEGIN = /^[\s\ufeff]*(?:[[{:]|(?:data|event|id|retry)\s*:)/;
const TOLD_BY_BYTES = new Set(['gzip', 'x-gzip', 'zstd']);

/** `contentEncoding` is the response header's value. */
export function isPlain(contentEncoding: string | null): boolean {
  return contentEncoding === null || codingsOf(contentEncoding).length === 0;
}

/** Whether all of its codings are known. */
export function isKnown(contentEncoding: string | null): boolean {
  const codings = codingsOf(contentEncoding ?? undefined);
  return codings.length <= CODINGS_MAX && codings.every(isKnownCoding);
}

/** What an answer that says nothing of a coding is all the same. */
export function hiddenCoding(first: Buffer): string | null {
  const coding = codingByBytes(first);
  return coding === 'gzip' || coding === 'zstd' ? coding : null;
}

export class AnswerDecoder {
  /** What is coded goes in, and comes out plain; to be listened to at once. */
  readonly stream: Transform;
  readonly #steps: readonly Transform[];
  #encodedBytes = 0;

  /** Null for an encoding that is not known, and for none. `first` are the first bytes of the body. */
  static open(contentEncoding: string | null, first: Buffer): AnswerDecoder | null {
    const steps = decodingSteps(contentEncoding, first);
    return steps === null ? null : new AnswerDecoder(steps);
  }

  private constructor(steps: readonly Transform[]) {
    this.#steps = steps;
    this.stream = steps.length === 1 ? steps[0]! : composed(...steps);
    const inner = steps.slice(0, -1);
    for (const step of [...inner, this.stream]) this.#watch(step);
  }

  /** As a stream's own. */
  write(chunk: Buffer, written?: () => void): boolean {
    this.#encodedBytes += chunk.length;
    return this.stream.write(chunk, written);
  }

  /** Whether all that was written has come out again. */
  get isEmpty(): boolean {
    return this.#steps.every(({ writableLength, readableLength }) => writableLength + readableLength === 0);
  }

  destroy(error?: Error): void {
    this.stream.destroy(error);
    for (const step of this.#steps) step.destroy();
  }

  #watch(step: Transform): void {
    let decodedBytes = 0;
    step.on('data', (bytes: Buffer) => {
      decodedBytes += bytes.length;
      if (isExpandedTooFar(this.#encodedBytes, decodedBytes))
        this.destroy(new Error('it expands without end'));
    });
  }
}

/** One step for each coding, the outermost first. */
function decodingSteps(contentEncoding: string | null, first: Buffer): readonly Transform[] | null {
  const codings = codingsOf(contentEncoding ?? undefined).toReversed();
  const [outer, ...inner] = codings;
  if (outer === undefined || !isKnown(contentEncoding)) return null;
  if (TOLD_BY_BYTES.has(outer) && TEXT_BEGIN.test(first.toString('utf8', 0, 64))) return [new PassThrough()];
  return [
    decoderFor(asItBegins(outer, first), first),
    ...inner.map((coding) => decoderFor(coding, ZLIB_BEGIN)),
  ];
}

/** What a misnamed one is. Brotli has no mark of its own: it may begin like any other. */
function asItBegins(coding: string, first: Buffer): string {
  const seen = hiddenCoding(first);
  if (seen === null || coding === seen || coding === `x-${seen}`) return coding;
  return coding === 'br' && decodedStart(first, coding) !== null ? coding : seen;
}
