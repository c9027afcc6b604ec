// Reads one answer at a pace that others can live with: so much in the turn of the loop in which it came, the rest in
// later ones, and what takes long to be parsed in another thread.
//
// States: reading at once (every small answer, to its end) → behind (bytes wait for a later turn, or for the thread) →
// caught up, and again → given up, where too much waits, it takes too long in all, or all answers hold too much together.

import type { HeldRoom, HeldShare } from '../../core/held-room.ts';
import type { BodyMeter, LargeDocument, Meter, MeterReading, ParsedDocument } from '../../core/protocol.ts';
import { type Guarded, guard } from '../guard.ts';

/** What is read of one answer in one turn of the loop: some milliseconds, whatever it is made of. */
export const TURN_BYTES_MAX = 128 * 1024;
/** Beyond it, answers are read for as long as others can bear: they come faster than they are read. */
const BEHIND_BYTES = 16 * 1024 * 1024;
const BEHIND_MS = 15;
/** Bytes that may wait. As much as a whole document may have. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** What reading one answer may take of the event loop, all in all. */
const READING_MS_MAX = 10_000;

/** Parses what is large, elsewhere. Calls `done` once, later; with null where it cannot. */
export interface LargeParser {
  parse(
    document: Pick<LargeDocument, 'pieces' | 'needsOutlineOnly'>,
    done: (parsed: ParsedDocument | null) => void,
  ): void;
}

export interface PacedMeterOptions {
  /** Whose answer it is. */
  readonly guarded: Guarded;
  readonly parser: LargeParser;
  /** For what it holds, and all others. */
  readonly room: HeldRoom;
}

export class PacedMeter implements Meter {
  readonly #meter: BodyMeter;
  readonly #options: PacedMeterOptions;
  /** What may still be read in this turn. */
  #room = TURN_BYTES_MAX;
  /** It is no small answer: it may have something large in it. */
  #isLong = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  readonly #share: HeldShare;
  #isTurnPlanned = false;
  #isParsing = false;
  #hasEnded = false;
  #readingMs = 0;
  #gaveUp = false;
  #whenRead: (() => void) | null = null;

  constructor(meter: BodyMeter, options: PacedMeterOptions) {
    this.#meter = meter;
    this.#options = options;
    this.#share = options.room.share(0);
  }

  /** Not all of it was read. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  push(bytes: Uint8Array): void {
    if (this.#gaveUp) return;
    if (this.#waiting.length === 0 && !this.#isParsing && bytes.length <= this.#room) {
      this.#room -= bytes.length;
      this.#meter.push(bytes);
      if (this.#room < TURN_BYTES_MAX / 2) {
        this.#isLong = true;
        this.#planTurn();
      }
      if (this.#isLong && this.#hasRoom()) this.#leaveLarge();
      return;
    }
    this.#isLong = true;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.giveUp();
    else if (this.#hasRoom()) this.#planTurn();
  }

  /** Calls `done` once everything that was pushed is read; nothing more comes. */
  finish(done: () => void): void {
    this.#hasEnded = true;
    this.#whenRead = done;
    if (this.#gaveUp || this.#waiting.length === 0) this.#goOn();
  }

  giveUp(): void {
    if (this.#gaveUp) return;
    this.#gaveUp = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#meter.giveUp();
    this.#share.leave();
    this.#goOn();
  }

  /** To be called once it is read. */
  end(): MeterReading {
    return this.#meter.end();
  }

  generatedText(): string {
    return this.#meter.generatedText();
  }

  /** There is something large, or the end has come. */
  #goOn(): void {
    if (this.#isParsing) return;
    if (!this.#gaveUp) {
      if (this.#waiting.length > 0) {
        this.#planTurn();
        return;
      }
      if (this.#leaveLarge()) return;
    }
    if (!this.#hasEnded) return;
    this.#share.leave();
    const whenRead = this.#whenRead;
    this.#whenRead = null;
    whenRead?.();
  }

  /** Gives up where it has none. What another thread has is counted until it is back. */
  #hasRoom(): boolean {
    const heldBytes = this.#meter.heldBytes + this.#waitingBytes;
    if (this.#isParsing && heldBytes < this.#share.bytes) return true;
    if (this.#share.holds(heldBytes)) return true;
    this.giveUp();
    return false;
  }

  /** True where the meter waits for something large. */
  #leaveLarge(): boolean {
    const isAtEnd = this.#hasEnded && this.#waiting.length === 0;
    const large = this.#meter.large(isAtEnd);
    if (large === null) return false;
    this.#isParsing = true;
    const { guarded, parser } = this.#options;
    const take = guard(guarded, (parsed: ParsedDocument | null) => {
      this.#isParsing = false;
      if (!this.#gaveUp) {
        large.take(parsed);
        this.#hasRoom();
      }
      this.#goOn();
    });
    parser.parse(large, take);
    return true;
  }

  #planTurn(): void {
    if (this.#isTurnPlanned || this.#isParsing) return;
    this.#isTurnPlanned = true;
    setImmediate(guard(this.#options.guarded, () => this.#turn()));
  }

  #turn(): void {
    this.#isTurnPlanned = false;
    this.#room = TURN_BYTES_MAX;
    if (this.#gaveUp || this.#isParsing || this.#waiting.length === 0) return;
    const beganMs = performance.now();
    for (let spentMs = 0; ; ) {
      this.#readTurn();
      spentMs = performance.now() - beganMs;
      const isFarBehind = this.#waitingBytes > BEHIND_BYTES && spentMs < BEHIND_MS;
      if (this.#isParsing || this.#waiting.length === 0 || !isFarBehind) break;
      this.#room = TURN_BYTES_MAX;
    }
    this.#readingMs += performance.now() - beganMs;
    if (this.#readingMs > READING_MS_MAX) this.giveUp();
    else if (this.#hasRoom()) this.#goOn();
  }

  /** As much as there is room for. */
  #readTurn(): void {
    let taken = 0;
    while (taken < this.#waiting.length && this.#room > 0 && !this.#isParsing) {
      const bytes = this.#waiting[taken]!;
      const part = bytes.subarray(0, this.#room);
      this.#room -= part.length;
      this.#waitingBytes -= part.length;
      if (part.length === bytes.length) taken += 1;
      else this.#waiting[taken] = bytes.subarray(part.length);
      this.#meter.push(part);
      this.#leaveLarge();
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
  }
}
