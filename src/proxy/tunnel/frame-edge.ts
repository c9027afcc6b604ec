// Knows where in a stream of WebSocket frames one ends, so that a frame of ours can stand behind it. RFC 6455, 5.2.

const LONG = 126;
const VERY_LONG = 127;
const MASKED = 0x80;
const CLOSE = 0x88;
const REASON_BYTES_MAX = 123;

export class FrameEdge {
  /** The head of the frame that is on its way, as far as it is here. */
  #head: number[] = [];
  /** Bytes of its payload that are still to come; null while its head is not whole. */
  #left: bigint | null = null;

  /** True where the next byte would begin a frame. */
  get isBetweenFrames(): boolean {
    return this.#head.length === 0;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left === null) {
        this.#head.push(bytes[at] ?? 0);
        at += 1;
        this.#left = payloadLength(this.#head);
      } else {
        const step = this.#left < BigInt(bytes.length - at) ? Number(this.#left) : bytes.length - at;
        this.#left -= BigInt(step);
        at += step;
      }
      if (this.#left === 0n) {
        this.#head = [];
        this.#left = null;
      }
    }
  }
}

/** Null while more of the head is to come. A mask counts as a part of the head. */
function payloadLength(head: readonly number[]): bigint | null {
  const second = head[1];
  if (second === undefined) return null;
  const short = second & ~MASKED;
  const lengthBytes = short === LONG ? 2 : short === VERY_LONG ? 8 : 0;
  const maskBytes = second >= MASKED ? 4 : 0;
  if (head.length < 2 + lengthBytes + maskBytes) return null;
  if (lengthBytes === 0) return BigInt(short);
  return head.slice(2, 2 + lengthBytes).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** A server's frame that ends a session, with a status of RFC 6455, 7.4, and why. */
export function closeFrame(status: number, reason: string): Buffer {
  let text = Buffer.from(reason);
  // The bound is in bytes, and must not fall into a character.
  for (let end = reason.length; text.length > REASON_BYTES_MAX; end -= 1)
    text = Buffer.from(reason.slice(0, end).toWellFormed());
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = CLOSE;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(status, 2);
  text.copy(frame, 4);
  return frame;
}
