// Counts a body by what it is, not by what its content type calls it: some servers stream as text/plain, some answer a
// whole document as an event stream.

import type { BodyMeter, LargeDocument, MeterReading } from '../core/protocol.ts';
import { EMPTY_READING } from './metering.ts';

export interface MeterForms {
  readonly stream: () => BodyMeter;
  readonly document: () => BodyMeter;
  /** What the content type says, for a body that begins like neither. */
  readonly declared: () => BodyMeter;
}

const FIELDS = ['data', 'event', 'id', 'retry'];
/** As an event stream may begin: a field, or a comment. */
const STREAM_BEGIN = /^(?::|(?:data|event|id|retry)\s*:)/;
/** So far it is looked at. */
const BEGIN_BYTES = 64;
const MARK_BYTES = Buffer.from('\ufeff').length;
/** Enough to tell a field's name. */
const BEGIN_CHARACTERS = 8;
/** As a document begins. */
const BRACE = 0x7b;
const BRACKET = 0x5b;
const BLANK_OR_MARK = /^[\s\ufeff]+/;

/** Whether these first bytes of a body are those of an event stream, whatever it is called. */
export function beginsStream(first: Uint8Array): boolean {
  return mayBeginStream(first) === 'yes';
}

/** The same; `unclear` where more of them could tell. */
export function mayBeginStream(first: Uint8Array): 'yes' | 'no' | 'unclear' {
  const begin = Buffer.from(first.subarray(0, BEGIN_BYTES)).toString('utf8').replace(BLANK_OR_MARK, '');
  if (STREAM_BEGIN.test(begin)) return 'yes';
  if (first.length >= BEGIN_BYTES) return 'no';
  const isMark = first.length < MARK_BYTES && Buffer.from('\ufeff').indexOf(first) === 0;
  return isMark || FIELDS.some((field) => field.startsWith(begin.trimEnd())) ? 'unclear' : 'no';
}

export class SniffingMeter implements BodyMeter {
  readonly #forms: MeterForms;
  #meter: BodyMeter | null = null;
  #begin = '';
  #held: Uint8Array[] = [];

  constructor(forms: MeterForms) {
    this.#forms = forms;
  }

  push(bytes: Uint8Array): void {
    if (this.#meter !== null) {
      this.#meter.push(bytes);
      return;
    }
    if (this.#held.length === 0 && (bytes[0] === BRACE || bytes[0] === BRACKET)) {
      this.#meter = this.#forms.document();
      this.#meter.push(bytes);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('utf8');
    const begin = (this.#begin + text).replace(BLANK_OR_MARK, '');
    // Blanks that keep a connection alive are no part of a document, nor of an event.
    if (begin === '' && bytes.length <= 4096) return;
    this.#held.push(bytes);
    this.#begin = begin.slice(0, BEGIN_CHARACTERS);
    if (begin.length >= BEGIN_CHARACTERS || begin.startsWith('{') || begin.startsWith('[')) this.#decide();
  }

  large(hasEnded: boolean): LargeDocument | null {
    if (hasEnded && this.#meter === null && this.#held.length > 0) this.#decide();
    return this.#meter?.large(hasEnded) ?? null;
  }

  giveUp(): void {
    this.#held = [];
    this.#meter?.giveUp();
  }

  end(): MeterReading {
    if (this.#meter === null && this.#held.length > 0) this.#decide();
    return this.#meter?.end() ?? { ...EMPTY_READING, isCutShort: this.#forms.declared().end().isCutShort };
  }

  generatedText(): string {
    return this.#meter?.generatedText() ?? '';
  }

  #decide(): void {
    const { stream, document, declared } = this.#forms;
    const isDocument = this.#begin.startsWith('{') || this.#begin.startsWith('[');
    const meter = (isDocument ? document : STREAM_BEGIN.test(this.#begin) ? stream : declared)();
    this.#meter = meter;
    for (const bytes of this.#held) meter.push(bytes);
    this.#held = [];
  }
}
