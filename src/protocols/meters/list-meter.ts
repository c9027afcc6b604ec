// Counts a stream that comes as the elements of one JSON list, as Gemini's does: one by one, so that no length of it is too
// much. A document that comes in its place is read as one.

import type { BodyMeter, LargeDocument, MeterReading } from '../../core/protocol.ts';
import { parseAnswer } from '../json/answer-json.ts';
import { FramedEvents } from '../streams/framed-events.ts';
import { type DocumentReader, EMPTY_READING } from './metering.ts';
import { ReaderMeter } from './reader-meter.ts';

const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BRACKET = 0x5b;

export class ListMeter implements BodyMeter {
  readonly #reader: DocumentReader;
  readonly #document: (reader: DocumentReader) => BodyMeter;
  #meter: BodyMeter | null = null;

  /** `document` opens the meter of what is no list. */
  constructor(reader: DocumentReader, document: (reader: DocumentReader) => BodyMeter) {
    this.#reader = reader;
    this.#document = document;
  }

  get heldBytes(): number {
    return this.#meter?.heldBytes ?? 0;
  }

  push(bytes: Uint8Array): void {
    const first = this.#meter === null ? bytes.find((byte) => !BLANKS.has(byte)) : undefined;
    if (first === BRACKET) this.#meter = new ElementsMeter(this.#reader);
    else if (first !== undefined) this.#meter = this.#document(this.#reader);
    this.#meter?.push(bytes);
  }

  large(hasEnded: boolean): LargeDocument | null {
    return this.#meter?.large(hasEnded) ?? null;
  }

  giveUp(): void {
    this.#meter?.giveUp();
  }

  end(): MeterReading {
    return this.#meter?.end() ?? EMPTY_READING;
  }

  generatedText(): string {
    return this.#meter?.generatedText() ?? '';
  }
}

class ElementsMeter extends ReaderMeter {
  readonly #elements = new FramedEvents({
    data: (text) => this.#inTurn(() => this.reader.read(parseAnswer(text))),
    document: (document) => this.#inTurn(() => this.reader.read(document)),
    large: (pieces) => this.#inTurn(() => this.#leave(pieces)),
    raw: () => {
      this.#lostSome = true;
    },
  });
  #hasGivenUp = false;
  /** An element was too long to be read. */
  #lostSome = false;

  constructor(reader: DocumentReader) {
    super(reader);
    this.#elements.framing = 'list';
  }

  get heldBytes(): number {
    return this.#elements.heldBytes;
  }

  push(bytes: Uint8Array): void {
    if (this.#hasGivenUp) return;
    this.parseHere();
    this.guard(() => this.#elements.push(bytes));
  }

  /** What is no whole element by then broke off. */
  protected finish(): void {}

  protected drop(): void {
    this.#hasGivenUp = true;
    this.#elements.drop();
  }

  protected override reading(): MeterReading {
    const reading = super.reading();
    const isCutShort = this.reader.lacksLastWord?.() ?? false;
    return { ...reading, isCutShort, hasUnpricedParts: reading.hasUnpricedParts || this.#lostSome };
  }

  #inTurn(read: () => void): void {
    if (this.isWaiting) this.later(read);
    else read();
  }

  #leave(pieces: readonly Uint8Array[]): void {
    this.leave(pieces, ({ documents: [document] }) => this.reader.read(document ?? null));
  }
}
