// What the readers of answers share: what they are given, what they tell, and a bound on the text that they keep.

import type { MeterReading } from '../../core/protocol.ts';

/** Generated text that is kept for an estimate. */
const TEXT_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Counts the documents of one body. May throw on what it does not expect; the meters around it see to that. */
export interface DocumentReader {
  /** One JSON document: the whole body, one event's data, or one line. */
  read(document: unknown): void;
  /** The data of an event that is no JSON (`[DONE]`). */
  readText?(text: string): void;
  /**
   * The member whose text is all that a document adds to what was read, if it comes again with another text there; null
   * where it tells more.
   */
  addsOnly?(document: unknown): string | null;
  /** The document of which that was said came again, with this text. */
  addAgain?(text: string): void;
  /** True where nothing but usage and a few plain members is asked of a document. */
  readonly needsOutlineOnly?: boolean;
  /** Whether the stream has not come to its protocol's last event; left out where that is not known. */
  lacksLastWord?(): boolean;
  reading(): MeterReading;
  generatedText(): string;
}

export const EMPTY_READING: MeterReading = Object.freeze({
  model: null,
  responseId: null,
  runs: [],
  usageIsFinal: false,
  reportedCostNanoUsd: null,
  reportedIsCharge: false,
  hasUnpricedParts: false,
  isDeferred: false,
  wasGivenAtOnce: false,
  isCutShort: false,
  finishReason: null,
  errorCode: null,
  complete: false,
  billingKey: null,
  lines: null,
});

/** Text in parts, up to a bound. */
export class BoundedText {
  #parts: string[] = [];
  #characters = 0;

  /** Of all that was added, kept or not. */
  get characters(): number {
    return this.#characters;
  }

  add(text: unknown): void {
    if (typeof text !== 'string') return;
    const room = TEXT_CHARACTERS_MAX - this.#characters;
    if (room > 0) this.#parts.push(text.length > room ? text.slice(0, room) : text);
    this.#characters += text.length;
  }

  toString(): string {
    return this.#parts.join('');
  }
}
