// Counts a stream in Amazon's own framing (application/vnd.amazon.eventstream), as Bedrock sends it: messages of a length,
// headers and a payload. The payload is an event as JSON, or holds one in `bytes`, in base64.

import type { Meter, MeterReading } from '../../core/protocol.ts';
import { asObject, asText, parseJson } from '../json-value.ts';
import { type DocumentReader, EMPTY_READING } from '../metering.ts';

/** Total length, length of the headers, and a checksum of the two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024;
/** A header's name of one length byte, its type 7 (text), its value of two length bytes. */
const TEXT_HEADER = 7;

export class AwsEventMeter implements Meter {
  readonly #reader: DocumentReader;
  #held: Buffer = Buffer.alloc(0);
  #isFaulty = false;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  push(bytes: Uint8Array): void {
    if (this.#isFaulty) return;
    try {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#readMessages();
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

  #readMessages(): void {
    let at = 0;
    while (this.#held.length - at >= PRELUDE_BYTES) {
      const length = this.#held.readUInt32BE(at);
      const headers = this.#held.readUInt32BE(at + 4);
      const payloadStart = PRELUDE_BYTES + headers;
      if (length > MESSAGE_BYTES_MAX || length < payloadStart + CHECKSUM_BYTES)
        throw new RangeError('not the framing that it says it is');
      if (this.#held.length - at < length) break;
      const message = this.#held.subarray(at, at + length);
      const payload = message.subarray(payloadStart, length - CHECKSUM_BYTES);
      this.#readPayload(payload, eventType(message.subarray(PRELUDE_BYTES, payloadStart)));
      at += length;
    }
    this.#held = Buffer.from(this.#held.subarray(at));
  }

  #readPayload(payload: Buffer, type: string | null): void {
    const document = asObject(parseJson(payload.toString('utf8')));
    if (document === null) return;
    const inner = asText(document.bytes);
    if (inner !== null) this.#reader.read(parseJson(Buffer.from(inner, 'base64').toString('utf8')));
    else if (type?.endsWith('Exception')) this.#reader.read({ type: 'error', error: { type } });
    // Converse names its events in a header.
    else this.#reader.read(type === null ? document : { [type]: document });
  }
}

/** `:event-type`, or `:exception-type` of a failure. */
function eventType(headers: Buffer): string | null {
  let at = 0;
  while (at + 2 <= headers.length) {
    const nameEnd = at + 1 + (headers[at] ?? 0);
    const name = headers.toString('utf8', at + 1, nameEnd);
    if (headers[nameEnd] !== TEXT_HEADER) return null;
    const valueStart = nameEnd + 3;
    const valueEnd = valueStart + headers.readUInt16BE(nameEnd + 1);
    if (name === ':event-type' || name === ':exception-type')
      return headers.toString('utf8', valueStart, valueEnd);
    at = valueEnd;
  }
  return null;
}
