// Reads the messages of a WebSocket for its meter, in the order in which they came: small ones at once, large ones once
// another thread has parsed them, so that nobody else waits for that.

import type { LargeDocument, MessageMeter, MeterReading, ParsedDocument } from '../../core/protocol.ts';
import { parseJson } from '../../protocols/json/json-value.ts';
import { LARGE_BYTES } from '../../protocols/json/large-document.ts';
import { type Guarded, guard } from '../guard.ts';

/** Parses what is large, elsewhere. Calls `done` once, later; with null where it cannot. */
export interface LargeMessages {
  parse(
    message: Pick<LargeDocument, 'pieces' | 'needsOutlineOnly'>,
    done: (parsed: ParsedDocument | null) => void,
  ): void;
}

/** What the session has used so far, and by which key the answer that told it can be fetched. */
type OnFigures = (reading: MeterReading, answerKey: string | null) => void;

/** Of what waits behind a large one. Past it the rest is not read. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** What is copied for another thread at a time. */
const PIECE_BYTES = 1024 * 1024;

export class MessageReading {
  readonly #meter: MessageMeter;
  readonly #parser: LargeMessages;
  readonly #guarded: Guarded;
  #isParsing = false;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** One could not be read, or only in outline. */
  #missed = false;
  #gaveUp = false;
  #whenRead: (() => void) | null = null;
  readonly #onFigures: OnFigures;

  /** `onFigures` is told whenever the session has used more. */
  constructor(meter: MessageMeter, parser: LargeMessages, guarded: Guarded, onFigures: OnFigures = () => {}) {
    this.#onFigures = onFigures;
    this.#meter = meter;
    this.#parser = parser;
    this.#guarded = guarded;
  }

  read(message: Buffer): void {
    if (this.#gaveUp) return;
    if (!this.#isParsing) {
      this.#take(message);
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
    if (this.#waitingBytes <= WAITING_BYTES_MAX) return;
    this.#gaveUp = true;
    this.#missed = true;
    this.#waiting = [];
  }

  /** Calls `done` once everything that came is read. */
  finish(done: () => void): void {
    this.#whenRead = done;
    this.#tellEnd();
  }

  /** What is missing may have cost more. */
  reading(): MeterReading {
    const reading = this.#meter.reading();
    return this.#missed ? { ...reading, hasUnpricedParts: true } : reading;
  }

  #take(message: Buffer): void {
    if (message.length <= LARGE_BYTES) {
      this.#tell(parseJson(message.toString('utf8')));
      return;
    }
    this.#isParsing = true;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < message.length; at += PIECE_BYTES)
      pieces.push(message.subarray(at, at + PIECE_BYTES));
    this.#parser.parse(
      { pieces, needsOutlineOnly: false },
      guard(this.#guarded, (parsed: ParsedDocument | null) => this.#goOn(parsed)),
    );
  }

  #tell(event: unknown): void {
    const before = this.#meter.figures;
    this.#meter.read(event);
    if (this.#meter.figures !== before) this.#onFigures(this.#meter.reading(), this.#meter.answerKey);
  }

  #goOn(parsed: ParsedDocument | null): void {
    this.#isParsing = false;
    this.#missed ||= parsed === null || parsed.isOutline || !parsed.isWhole;
    for (const event of parsed?.documents ?? []) this.#tell(event);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const message of waiting) this.read(message);
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#isParsing) return;
    const done = this.#whenRead;
    this.#whenRead = null;
    done?.();
  }
}
