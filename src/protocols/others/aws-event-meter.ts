// Counts a stream in Amazon's own framing.

import type { Meter, MeterReading } from '../../core/protocol.ts';
import { type DocumentReader, EMPTY_READING } from '../metering.ts';
import { AmazonMessages } from './amazon-messages.ts';

export class AwsEventMeter implements Meter {
  readonly #reader: DocumentReader;
  readonly #messages: AmazonMessages;
  #isFaulty = false;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
    this.#messages = new AmazonMessages((document) => reader.read(document));
  }

  push(bytes: Uint8Array): void {
    if (this.#isFaulty) return;
    try {
      this.#messages.push(bytes);
    } catch {
      // What is no such framing costs this answer's figures, and nothing else.
      this.#isFaulty = true;
    }
  }

  end(): MeterReading {
    if (this.#isFaulty) return EMPTY_READING;
    return { ...this.#reader.reading(), isCutShort: this.#reader.lacksLastWord?.() ?? false };
  }

  generatedText(): string {
    return this.#reader.generatedText();
  }
}
