// Counts a body by what it is, not by what its content type calls it.

import type { BodyMeter, LargeDocument, MeterReading } from '../../core/protocol.ts';
import { type BodyBegin, beginOf } from '../streams/body-begin.ts';
import { EMPTY_READING } from './metering.ts';

export interface MeterForms {
  readonly stream: () => BodyMeter;
  readonly document: () => BodyMeter;
  /** Amazon's framing. */
  readonly messages: () => BodyMeter;
  /** What the content type says, for a body that begins like none of them. */
  readonly declared: () => BodyMeter;
}

export class SniffingMeter implements BodyMeter {
  readonly #forms: MeterForms;
  #meter: BodyMeter | null = null;
  /** Its first bytes, while they do not tell what it is. */
  #begin: Uint8Array | null = null;

  constructor(forms: MeterForms) {
    this.#forms = forms;
  }

  get heldBytes(): number {
    return this.#meter?.heldBytes ?? this.#begin?.length ?? 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#meter !== null) {
      this.#meter.push(bytes);
      return;
    }
    const first = this.#begin === null ? bytes : Buffer.concat([this.#begin, bytes]);
    const begin = beginOf(first);
    // Blanks that keep a connection alive are no part of a document, nor of an event.
    if (begin === 'blank') this.#begin = null;
    else if (begin === 'unclear') this.#begin = first;
    else this.#open(begin, first);
  }

  large(hasEnded: boolean): LargeDocument | null {
    if (hasEnded) this.#decide();
    return this.#meter?.large(hasEnded) ?? null;
  }

  giveUp(): void {
    this.#begin = null;
    this.#meter?.giveUp();
  }

  end(): MeterReading {
    this.#decide();
    return this.#meter?.end() ?? { ...EMPTY_READING, isCutShort: this.#forms.declared().end().isCutShort };
  }

  generatedText(): string {
    return this.#meter?.generatedText() ?? '';
  }

  /** Nothing more comes that could tell. */
  #decide(): void {
    if (this.#meter === null && this.#begin !== null) this.#open('other', this.#begin);
  }

  #open(begin: BodyBegin, first: Uint8Array): void {
    const { stream, document, messages, declared } = this.#forms;
    const isDocument = begin === 'document' || begin === 'list';
    const open = isDocument
      ? document
      : begin === 'events'
        ? stream
        : begin === 'messages'
          ? messages
          : declared;
    this.#meter = open();
    this.#meter.push(first);
    this.#begin = null;
  }
}
