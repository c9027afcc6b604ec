// Feeds a meter with a decoded copy of a response body. The body itself passes elsewhere, untouched.

import type { ChunkGaps } from '../../core/chunk-gaps.ts';
import { DecodingRoom } from '../../core/decoding-room.ts';
import type { Meter, MeterReading } from '../../core/protocol.ts';
import { AnswerDecoder, hiddenCoding, isKnown, isPlain } from './answer-decoder.ts';
import type { PacedMeter } from './paced-meter.ts';

/** Compressed bytes that may wait for the decoder. Past it the copy is given up, and with it the figures. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/** Told of the body as it is read: decoded, and in parts. */
export interface TapFollower {
  push(bytes: Buffer): void;
  /** What was given to the tap is being decoded. */
  waits(): void;
  /** All of it was pushed. Must not throw. */
  caughtUp(): void;
}

export interface MeterTapOptions {
  /** What stands before the paced one. */
  readonly meter?: Meter;
  readonly gaps?: ChunkGaps | null;
  /** For what decoders hold. */
  readonly room?: DecodingRoom;
}

export class MeterTap {
  readonly #meter: Meter;
  readonly #gaps: ChunkGaps | null;
  readonly #paced: PacedMeter;
  readonly #room: DecodingRoom;
  #contentEncoding: string | null;
  #isPlain: boolean;
  #hasBegun = false;
  #decoder: AnswerDecoder | null = null;
  #readable = true;
  #whenDecoded: (() => void) | null = null;
  #follower: TapFollower | null = null;
  /** Not all of it was read. */
  #gaveUp = false;

  /** `contentEncoding` is the response header's value; one that is not known leaves the body unread. */
  constructor(
    paced: PacedMeter,
    contentEncoding: string | null,
    { meter = paced, gaps = null, room = new DecodingRoom() }: MeterTapOptions = {},
  ) {
    this.#room = room;
    this.#paced = paced;
    this.#meter = meter;
    this.#gaps = gaps;
    this.#contentEncoding = contentEncoding;
    this.#isPlain = isPlain(contentEncoding);
    this.#readable = this.#isPlain || isKnown(contentEncoding);
    this.#gaveUp = !this.#readable;
  }

  followedBy(follower: TapFollower): void {
    this.#follower = follower;
  }

  push(chunk: Buffer): void {
    this.#gaps?.came();
    if (!this.#readable) return;
    if (!this.#hasBegun) this.#begin(chunk);
    if (this.#isPlain) {
      this.#take(chunk);
      return;
    }
    this.#decoder ??= this.#startDecoder(chunk);
    if (this.#decoder === null) return;
    if (this.#follower === null) this.#decoder.write(chunk);
    else {
      this.#follower.waits();
      this.#decoder.write(chunk, () => this.#awaitSteps());
    }
    if (this.#decoder.waitingBytes > WAITING_BYTES_MAX) this.#giveUp();
  }

  /** Some servers compress and do not say so. */
  #begin(first: Buffer): void {
    this.#hasBegun = true;
    const hidden = this.#isPlain ? hiddenCoding(first) : null;
    if (hidden === null) return;
    this.#contentEncoding = hidden;
    this.#isPlain = false;
  }

  /** What was decoded. */
  #read(bytes: Buffer): void {
    if (!this.#readable) return;
    this.#take(bytes);
    // Nobody else reads it: what is decoded from here on would only take memory.
    if (this.#paced.gaveUp && this.#meter === this.#paced) this.#giveUp();
  }

  /** What was cut off by the end of its transfer is no loss. */
  #fail(error: NodeJS.ErrnoException): void {
    const isCut = this.#whenDecoded !== null && /unexpected end|srcSize/i.test(error.message);
    if (isCut) this.#stop();
    else this.#giveUp();
  }

  /** The figures are lost, or not all of them are known. */
  #giveUp(): void {
    this.#gaveUp = true;
    this.#decoder?.destroy();
    this.#meter.giveUp();
    this.#stop();
  }

  #startDecoder(first: Buffer): AnswerDecoder | null {
    const decoder = AnswerDecoder.open(this.#contentEncoding, first, this.#room);
    decoder?.stream.on('data', (bytes: Buffer) => this.#read(bytes));
    decoder?.stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
    decoder?.stream.on('end', () => this.#stop());
    return decoder;
  }

  /** The first step alone says when it has done its part. */
  #awaitSteps(): void {
    if (!this.#readable) return;
    if (this.#decoder?.isEmpty) this.#follower?.caughtUp();
    else setImmediate(() => this.#awaitSteps());
  }

  generatedText(): string {
    return this.#meter.generatedText();
  }

  /** Calls `done` once, when everything that arrived has been counted. */
  finish(done: (reading: MeterReading) => void): void {
    const decoded = (): void => this.#paced.finish(() => done(this.#end()));
    if (this.#decoder === null || !this.#readable) {
      decoded();
      return;
    }
    this.#whenDecoded = decoded;
    this.#decoder.end();
  }

  #end(): MeterReading {
    const reading = this.#meter.end();
    return this.#gaveUp || this.#paced.gaveUp
      ? { ...reading, hasUnpricedParts: true, isCutShort: false }
      : reading;
  }

  #take(bytes: Buffer): void {
    this.#meter.push(bytes);
    this.#follower?.push(bytes);
  }

  #stop(): void {
    this.#readable = false;
    this.#follower?.caughtUp();
    const whenDecoded = this.#whenDecoded;
    this.#whenDecoded = null;
    whenDecoded?.();
  }
}
