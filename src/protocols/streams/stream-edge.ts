// Where a stream may be ended with an event of ours: behind its last whole event, in whatever framing.

import type { Framing } from '../../core/protocol.ts';
import { BOUNDARY_BYTES, endOfEvent, endsEvent } from './event-boundary.ts';
import { ListScanner } from './list-scanner.ts';

export interface StreamEdge {
  readonly framing: Framing;
  /** Takes what was sent. */
  sent(bytes: Uint8Array): void;
  /** True where no event is open. */
  readonly isWhole: boolean;
  /** The index behind the end of the open event in what is about to be sent, or -1. */
  endIn(bytes: Uint8Array): number;
  /** What ends the stream with this event. */
  lastWord(event: string | Uint8Array): string | Uint8Array;
}

export function edgeOf(framing: Framing): StreamEdge {
  if (framing === 'events') return new EventEdge();
  if (framing === 'lines') return new LineEdge();
  return framing === 'list' ? new ListEdge() : new MessageEdge();
}

class EventEdge implements StreamEdge {
  readonly framing = 'events';
  #last: Uint8Array | null = null;

  sent(bytes: Uint8Array): void {
    const isShort = this.#last !== null && bytes.length < BOUNDARY_BYTES;
    this.#last = isShort ? Buffer.concat([this.#last!.subarray(-BOUNDARY_BYTES), bytes]) : bytes;
  }

  get isWhole(): boolean {
    return endsEvent(this.#last);
  }

  endIn(bytes: Uint8Array): number {
    return endOfEvent(this.#last, bytes);
  }

  lastWord(event: string | Uint8Array): string | Uint8Array {
    return event;
  }
}

const LINE_FEED = 0x0a;

/** A document a line. */
class LineEdge implements StreamEdge {
  readonly framing = 'lines';
  #last: number = LINE_FEED;

  sent(bytes: Uint8Array): void {
    this.#last = bytes.at(-1) ?? this.#last;
  }

  get isWhole(): boolean {
    return this.#last === LINE_FEED;
  }

  endIn(bytes: Uint8Array): number {
    const at = bytes.indexOf(LINE_FEED);
    return at === -1 ? -1 : at + 1;
  }

  lastWord(event: string | Uint8Array): string | Uint8Array {
    return event;
  }
}

/** An event for each element of one JSON list. */
class ListEdge implements StreamEdge {
  readonly framing = 'list';
  readonly #scanner = new ListScanner();
  /** Bytes that were read already, to find an end in them. */
  #readAhead = 0;

  sent(bytes: Uint8Array): void {
    for (let at = this.#readAhead; at !== -1 && at < bytes.length; ) at = this.#scanner.next(bytes, at);
    this.#readAhead = 0;
  }

  get isWhole(): boolean {
    return this.#scanner.isBetween;
  }

  endIn(bytes: Uint8Array): number {
    const end = this.#scanner.next(bytes, 0);
    this.#readAhead = end === -1 ? bytes.length : end;
    return end;
  }

  lastWord(event: string | Uint8Array): string | Uint8Array {
    const closing = this.#scanner.closing();
    return closing === null ? '' : `${closing[0]}${event}${closing[1]}`;
  }
}

const LENGTH_BYTES = 4;

/** Amazon's messages begin with their length. */
class MessageEdge implements StreamEdge {
  readonly framing = 'messages';
  #head: number[] = [];
  #left = 0;

  sent(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at = this.#step(bytes, at);
  }

  get isWhole(): boolean {
    return this.#left === 0 && this.#head.length === 0;
  }

  endIn(bytes: Uint8Array): number {
    const ahead = new MessageEdge();
    ahead.#head = [...this.#head];
    ahead.#left = this.#left;
    for (let at = 0; at < bytes.length; ) {
      at = ahead.#step(bytes, at);
      if (ahead.isWhole) return at;
    }
    return -1;
  }

  lastWord(event: string | Uint8Array): string | Uint8Array {
    return event;
  }

  /** Up to the end of a length, or of a message. Returns where it came to. */
  #step(bytes: Uint8Array, at: number): number {
    if (this.#left > 0) {
      const taken = Math.min(this.#left, bytes.length - at);
      this.#left -= taken;
      return at + taken;
    }
    this.#head.push(bytes[at]!);
    if (this.#head.length === LENGTH_BYTES) {
      const length = this.#head.reduce((sum, byte) => sum * 256 + byte, 0);
      this.#left = Math.max(0, length - LENGTH_BYTES);
      this.#head = [];
    }
    return at + 1;
  }
}
