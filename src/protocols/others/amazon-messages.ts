// Amazon's own framing of streams (application/vnd.amazon.eventstream), as Bedrock sends it: messages of a length, headers
// and a payload. The payload is an event as JSON, or holds one in `bytes`, in base64.

import { crc32 } from 'node:zlib';
import { asObject, asText, parseJson } from '../json/json-value.ts';

/** Total length, length of the headers, and a checksum of the two. */
export const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024;
/** A header's name of one length byte, its type 7 (text), its value of two length bytes. */
const TEXT_HEADER = 7;

/** Whether a message begins here: its first two lengths have the checksum that follows them. */
export function beginsMessage(bytes: Uint8Array): boolean {
  if (bytes.length < PRELUDE_BYTES) return false;
  const prelude = Buffer.from(bytes.buffer, bytes.byteOffset, PRELUDE_BYTES);
  const lengths = prelude.subarray(0, PRELUDE_BYTES - CHECKSUM_BYTES);
  return prelude.readUInt32BE(lengths.length) === crc32(lengths);
}

/** Called when the message has a payload of interest, not before. */
type TypeOf = () => string | null;

export class AmazonMessages {
  readonly #onPayload: (payload: Buffer, typeOf: TypeOf) => void;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Of the message that has begun: nothing is looked at before it is there. */
  #neededBytes = PRELUDE_BYTES;

  constructor(onPayload: (payload: Buffer, typeOf: TypeOf) => void) {
    this.#onPayload = onPayload;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Throws on what is no such framing. The bytes must stay as they are until their last message has ended. */
  push(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes < this.#neededBytes) return;
    const [first] = this.#held;
    const held =
      this.#held.length === 1 && first !== undefined
        ? Buffer.from(first.buffer, first.byteOffset, first.length)
        : Buffer.concat(this.#held);
    const read = this.#readMessages(held);
    this.#heldBytes -= read;
    this.#held = this.#heldBytes === 0 ? [] : [held.subarray(read)];
  }

  /** Throws away what waits. */
  drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#neededBytes = PRELUDE_BYTES;
  }

  /** Returns how many bytes the whole ones among them have. */
  #readMessages(held: Buffer): number {
    let at = 0;
    this.#neededBytes = PRELUDE_BYTES;
    while (held.length - at >= PRELUDE_BYTES) {
      const length = held.readUInt32BE(at);
      const payloadStart = PRELUDE_BYTES + held.readUInt32BE(at + 4);
      if (length > MESSAGE_BYTES_MAX || length < payloadStart + CHECKSUM_BYTES)
        throw new RangeError('not the framing that it says it is');
      this.#neededBytes = length;
      if (held.length - at < length) break;
      const message = held.subarray(at, at + length);
      const payload = message.subarray(payloadStart, length - CHECKSUM_BYTES);
      this.#onPayload(payload, () => eventType(message.subarray(PRELUDE_BYTES, payloadStart)));
      this.#neededBytes = PRELUDE_BYTES;
      at += length;
    }
    return at;
  }
}

/** The event in a payload that was parsed; null for none. */
export function eventIn(parsed: unknown, typeOf: TypeOf): unknown {
  const document = asObject(parsed);
  if (document === null) return null;
  const inner = asText(document.bytes);
  if (inner !== null) return parseJson(Buffer.from(inner, 'base64').toString('utf8'));
  const type = typeOf();
  if (type?.endsWith('Exception')) return { type: 'error', error: { type } };
  // Converse names its events in a header.
  return type === null ? document : { [type]: document };
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

/** The message with which such a stream says that it failed. */
export function exceptionMessage(type: string, message: string): Buffer {
  const headers = Buffer.concat([
    textHeader(':exception-type', type),
    textHeader(':content-type', 'application/json'),
    textHeader(':message-type', 'exception'),
  ]);
  const payload = Buffer.from(JSON.stringify({ message }));
  const lengths = Buffer.alloc(PRELUDE_BYTES - CHECKSUM_BYTES);
  lengths.writeUInt32BE(PRELUDE_BYTES + headers.length + payload.length + CHECKSUM_BYTES, 0);
  lengths.writeUInt32BE(headers.length, 4);
  const whole = Buffer.concat([lengths, checksum(lengths), headers, payload]);
  return Buffer.concat([whole, checksum(whole)]);
}

function textHeader(name: string, value: string): Buffer {
  const header = Buffer.alloc(1 + name.length + 3 + value.length);
  header[0] = name.length;
  header.write(name, 1, 'latin1');
  header[1 + name.length] = TEXT_HEADER;
  header.writeUInt16BE(value.length, 2 + name.length);
  header.write(value, 4 + name.length, 'latin1');
  return header;
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
