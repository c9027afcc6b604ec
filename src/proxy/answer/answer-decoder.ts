// Undoes the content codings of an answer as it comes: one or several on top of each other, and none where its server says
// one and sends none. It fails where one of them makes more of it than anybody says with so few bytes: nothing need come
// out in the end of what keeps a processor busy for hours.

import { compose, PassThrough, type Readable, type Transform } from 'node:stream';
import type { DecodingRoom } from '../../core/decoding-room.ts';
import type { HeldShare } from '../../core/held-room.ts';
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
  /** It may have made much more than what came out of it. */
  readonly tellsLate: boolean;
}

interface Write {
  readonly chunk: Buffer;
  readonly written: (() => void) | undefined;
}

/** With less of it waiting, more may come. */
const WAITING_BYTES_CALM = 64 * 1024;

export class AnswerDecoder {
  /** Where it comes out plain; to be listened to at once. */
  readonly stream: Readable;
  readonly #input: Transform;
  readonly #room: DecodingRoom;
  readonly #steps: readonly Step[];
  readonly #share: HeldShare;
  #encodedBytes = 0;
  /** Of what came out of all steps, what they keep. */
  #keptBytes = 0;
  readonly #takesTurns: boolean;
  #turn: 'none' | 'waiting' | 'taken' = 'none';
  /** What waits for a turn. */
  #waiting: Write[] = [];
  #waitingBytes = 0;
  #hasEnded = false;
  /** Of what it has in its turn, how much has not been dealt with. */
  #writes = 0;
  #whenDrained: (() => void) | null = null;

  /**
   * Null for an encoding that is not known, and for none. `first` are the first bytes of the body, `room` is for what it
   * holds.
   */
  static open(contentEncoding: string | null, first: Buffer, room: DecodingRoom): AnswerDecoder | null {
    const steps = decodingSteps(contentEncoding, first);
    return steps === null ? null : new AnswerDecoder(steps, room);
  }

  private constructor(steps: readonly Step[], room: DecodingRoom) {
    this.#steps = steps;
    this.#room = room;
    this.#share = room.share();
    this.#takesTurns = steps.some(({ tellsLate }) => tellsLate);
    const streams = steps.map(({ stream }) => stream);
    this.#input = streams.length === 1 ? streams[0]! : composed(...streams);
    this.stream = this.#input;
    this.stream.on('close', () => {
      this.#share.leave();
      this.#endTurn();
    });
    steps.forEach(({ stream, windowBytes }, index) => {
      this.#watch(index === steps.length - 1 ? this.stream : stream, windowBytes);
    });
  }

  /** False where more should wait, until `onceDrained`. `written` is called when it has been dealt with. */
  write(chunk: Buffer, written?: () => void): boolean {
    this.#encodedBytes += chunk.length;
    this.#waiting.push({ chunk, written });
    this.#waitingBytes += chunk.length;
    this.#goOn();
    this.#hold();
    return this.waitingBytes < WAITING_BYTES_CALM;
  }

  /** Nothing more comes. */
  end(): void {
    this.#hasEnded = true;
    this.#goOn();
  }

  onceDrained(then: () => void): void {
    this.#whenDrained = then;
  }

  /** Of what was written, what is still to be decoded. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.#input.writableLength;
  }

  /** Whether all that was written has come out again. */
  get isEmpty(): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#steps.every(
      ({ stream: { writableLength, readableLength } }) => writableLength + readableLength === 0,
    );
  }

  destroy(error?: Error): void {
    this.stream.destroy(error);
    for (const { stream } of this.#steps) stream.destroy();
  }

  #goOn(): void {
    if (!this.#takesTurns || this.#turn === 'taken') this.#writeAll();
    else if (this.#turn === 'none') {
      this.#turn = 'waiting';
      this.#room.takeTurn(() => {
        this.#turn = 'taken';
        if (this.stream.destroyed) this.#endTurn();
        else this.#writeAll();
      });
    }
  }

  #writeAll(): void {
    const writes = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { chunk, written } of writes) {
      this.#writes += 1;
      this.#input.write(chunk, () => {
        written?.();
        this.#writes -= 1;
        if (this.#writes === 0) this.#rest();
      });
    }
    if (this.#hasEnded) this.#input.end();
    else if (writes.length === 0) this.#rest();
  }

  /** Its turn ends when all that it had has come out. */
  #rest(): void {
    if (this.#writes > 0 || this.stream.destroyed) return;
    if (this.#takesTurns && !this.isEmpty) {
      setImmediate(() => this.#rest());
      return;
    }
    if (!this.#hasEnded) this.#endTurn();
    const whenDrained = this.#whenDrained;
    this.#whenDrained = null;
    whenDrained?.();
  }

  #endTurn(): void {
    if (this.#turn !== 'taken') return;
    this.#turn = 'none';
    this.#room.endTurn();
  }

  #watch(step: Readable, windowBytes: number): void {
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
    if (this.stream.destroyed || this.#share.holds(this.#keptBytes + this.waitingBytes)) return;
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
    return [{ stream: new PassThrough(), windowBytes: 0, tellsLate: false }];
  return [stepOf(asItBegins(outer, first), first), ...inner.map((coding) => stepOf(coding, ZLIB_BEGIN))];
}

function stepOf(coding: string, first: Buffer): Step {
  return {
    stream: decoderFor(coding, first),
    windowBytes: windowBytes(coding, first),
    tellsLate: coding === 'br',
  };
}

/** What a misnamed one is. Brotli has no mark of its own: it may begin like any other. */
function asItBegins(coding: string, first: Buffer): string {
  const seen = hiddenCoding(first);
  if (seen === null || coding === seen || coding === `x-${seen}`) return coding;
  return coding === 'br' && decodedStart(first, coding) !== null ? coding : seen;
}
