// Undoes the content codings of an answer as it comes: one or several on top of each other, and none where its server says
// one and sends none. It fails where one of them makes more of it than anybody says with so few bytes: nothing need come
// out in the end of what keeps a processor busy for hours.

import { compose, PassThrough, type Transform } from 'node:stream';
import type { HeldRoom, HeldShare } from '../../core/held-room.ts';
import {
  CODINGS_MAX,
  codingByBytes,
  codingsOf,
  decodedStart,
  decoderFor,
  isExpandedTooFar,
  isKnownCoding,
  windowBytes,
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

interface Step {
  readonly stream: Transform;
  /** What it keeps of what came out of it, at most. */
  readonly windowBytes: number;
}

export class AnswerDecoder {
  /** What is coded goes in, and comes out plain; to be listened to at once. */
  readonly stream: Transform;
  readonly #steps: readonly Step[];
  readonly #share: HeldShare;
  #encodedBytes = 0;
  /** Of what came out of all steps, what they keep. */
  #keptBytes = 0;

  /**
   * Null for an encoding that is not known, and for none. `first` are the first bytes of the body, `room` is for what it
   * holds.
   */
  static open(contentEncoding: string | null, first: Buffer, room: HeldRoom): AnswerDecoder | null {
    const steps = decodingSteps(contentEncoding, first);
    return steps === null ? null : new AnswerDecoder(steps, room);
  }

  private constructor(steps: readonly Step[], room: HeldRoom) {
    this.#steps = steps;
    this.#share = room.share();
    const streams = steps.map(({ stream }) => stream);
    this.stream = streams.length === 1 ? streams[0]! : composed(...streams);
    this.stream.on('close', () => this.#share.leave());
    steps.forEach(({ stream, windowBytes }, index) => {
      this.#watch(index === steps.length - 1 ? this.stream : stream, windowBytes);
    });
  }

  /** As a stream's own. */
  write(chunk: Buffer, written?: () => void): boolean {
    this.#encodedBytes += chunk.length;
    const hasRoom = this.stream.write(chunk, written);
    this.#hold();
    return hasRoom;
  }

  /** Whether all that was written has come out again. */
  get isEmpty(): boolean {
    return this.#steps.every(
      ({ stream: { writableLength, readableLength } }) => writableLength + readableLength === 0,
    );
  }

  destroy(error?: Error): void {
    this.stream.destroy(error);
    for (const { stream } of this.#steps) stream.destroy();
  }

  #watch(step: Transform, windowBytes: number): void {
    let decodedBytes = 0;
    step.on('data', (bytes: Buffer) => {
      this.#keptBytes -= Math.min(decodedBytes, windowBytes);
      decodedBytes += bytes.length;
      this.#keptBytes += Math.min(decodedBytes, windowBytes);
      if (isExpandedTooFar(this.#encodedBytes, decodedBytes))
        this.destroy(new Error('it expands without end'));
      else this.#hold();
    });
  }

  #hold(): void {
    if (this.stream.destroyed || this.#share.holds(this.#keptBytes + this.stream.writableLength)) return;
    this.#share.leave();
    this.destroy(new Error('the answers that are being decoded at once take too much memory'));
  }
}

/** One step for each coding, the outermost first. */
function decodingSteps(contentEncoding: string | null, first: Buffer): readonly Step[] | null {
  const codings = codingsOf(contentEncoding ?? undefined).toReversed();
  const [outer, ...inner] = codings;
  if (outer === undefined || !isKnown(contentEncoding)) return null;
  if (TOLD_BY_BYTES.has(outer) && TEXT_BEGIN.test(first.toString('utf8', 0, 64)))
    return [{ stream: new PassThrough(), windowBytes: 0 }];
  return [stepOf(asItBegins(outer, first), first), ...inner.map((coding) => stepOf(coding, ZLIB_BEGIN))];
}

function stepOf(coding: string, first: Buffer): Step {
  return { stream: decoderFor(coding, first), windowBytes: windowBytes(coding, first) };
}

/** What a misnamed one is. Brotli has no mark of its own: it may begin like any other. */
function asItBegins(coding: string, first: Buffer): string {
  const seen = hiddenCoding(first);
  if (seen === null || coding === seen || coding === `x-${seen}`) return coding;
  return coding === 'br' && decodedStart(first, coding) !== null ? coding : seen;
}
