// Counts a stream in Amazon's own framing.

import type { MeterReading } from '../../core/protocol.ts';
import { parseJson } from '../json/json-value.ts';
import { LARGE_BYTES } from '../json/large-document.ts';
import { EMPTY_READING } from '../meters/metering.ts';
import { ReaderMeter } from '../meters/reader-meter.ts';
import { AmazonMessages, eventIn } from './amazon-messages.ts';

type TypeOf = () => string | null;

export class AwsEventMeter extends ReaderMeter {
  readonly #messages = new AmazonMessages((payload, typeOf) => this.#take(payload, typeOf));
  #isFaulty = false;

  get heldBytes(): number {
    return this.#messages.heldBytes;
  }

  push(bytes: Uint8Array): void {
    if (this.#isFaulty) return;
    this.parseHere();
    try {
      this.#messages.push(bytes);
    } catch {
      // What is no such framing costs this answer's figures, and nothing else.
      this.#isFaulty = true;
      this.#messages.drop();
    }
  }

  override end(): MeterReading {
    const reading = super.end();
    return this.#isFaulty ? { ...EMPTY_READING, hasUnpricedParts: true } : reading;
  }

  protected override reading(): MeterReading {
    return { ...super.reading(), isCutShort: this.reader.lacksLastWord?.() ?? false };
  }

  protected finish(): void {}

  protected drop(): void {
    this.#messages.drop();
  }

  #take(payload: Buffer, typeOf: TypeOf): void {
    if (this.isWaiting) this.later(() => this.#take(payload, typeOf));
    else if (payload.length > LARGE_BYTES)
      this.leave([payload], ({ documents: [document] }) => this.#read(document, typeOf));
    else this.guard(() => this.#read(parseJson(payload.toString('utf8')), typeOf));
  }

  #read(parsed: unknown, typeOf: TypeOf): void {
    const event = eventIn(parsed, typeOf);
    if (event !== null) this.reader.read(event);
  }
}
