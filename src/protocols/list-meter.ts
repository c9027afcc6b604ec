// Counts a stream that comes as the elements of one JSON list, as Gemini's does: one by one, so that no length of it is too
// much. A document that comes in its place is read as one.

import type { BodyMeter, LargeDocument, MeterReading } from '../core/protocol.ts';
import { parseAnswer } from './answer-json.ts';
import { FramedEvents } from './framed-events.ts';
import { type DocumentReader, EMPTY_READING } from './metering.ts';
import { textOf } from './text-of.ts';

const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BRACKET = 0x5b;
/** What may stand before an element. */
const BEFORE = /^[\s,]*\[?/;

export class ListMeter implements BodyMeter {
  readonly #reader: DocumentReader;
  readonly #document: (reader: DocumentReader) => BodyMeter;
  #meter: BodyMeter | null = null;

  /** `document` opens the meter of what is no list. */
  constructor(reader: DocumentReader, document: (reader: DocumentReader) => BodyMeter) {
    this.#reader = reader;
    this.#document = document;
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

class ElementsMeter implements BodyMeter {
  readonly #reader: DocumentReader;
  readonly #elements = new FramedEvents({
    data: (text) => this.#read(parseAnswer(text)),
    document: (document) => this.#read(document),
    large: (pieces) => this.#read(parseAnswer(textOf(pieces).replace(BEFORE, ''))),
    raw: () => {
      this.#lostSome = true;
    },
  });
  #isFaulty = false;
  #hasGivenUp = false;
  /** An element was too long to be read. */
  #lostSome = false;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
    this.#elements.framing = 'list';
  }

  push(bytes: Uint8Array): void {
    if (!this.#hasGivenUp) this.#elements.push(bytes);
  }

  large(): null {
    return null;
  }

  giveUp(): void {
    this.#hasGivenUp = true;
  }

  end(): MeterReading {
    if (this.#isFaulty) return EMPTY_READING;
    const reading = this.#reader.reading();
    const isCutShort = this.#reader.lacksLastWord?.() ?? false;
    return { ...reading, isCutShort, hasUnpricedParts: reading.hasUnpricedParts || this.#lostSome };
  }

  generatedText(): string {
    return this.#reader.generatedText();
  }

  /** A fault in reading costs this answer's figures, and nothing else. */
  #read(document: unknown): void {
    if (this.#isFaulty) return;
    try {
      this.#reader.read(document);
    } catch {
      this.#isFaulty = true;
    }
  }
}
