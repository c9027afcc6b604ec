// Parts a stream into its events, in whatever framing it comes. What cannot be parted is told by its bytes.

import type { Framing } from '../../core/protocol.ts';
import { asObject, type JsonObject, parseJson } from '../json/json-value.ts';
import { LARGE_BYTES } from '../json/large-document.ts';
import { textOf } from '../json/text-of.ts';
import { AmazonMessages, eventIn } from '../others/amazon-messages.ts';
import { framingByBytes, UNCLEAR_BYTES } from './body-begin.ts';
import { ListScanner } from './list-scanner.ts';
import { SseDecoder } from './sse-decoder.ts';

export interface EventSink {
  /** The text of one event. */
  data(text: string): void;
  /** One that was parsed on the way. */
  document(document: JsonObject): void;
  /** One that takes long to be parsed, as it came. */
  large(pieces: readonly Uint8Array[]): void;
  /** So many bytes of what is no event, or too long for one. */
  raw(bytes: number): void;
}

/** Of one line, or one element of a list. */
const EVENT_BYTES_MAX = 12 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** What stands between the elements of a list, and before the first. */
const BEFORE_ELEMENT = /^[\s,]*\[?\s*/;
const BLANK = 0x20;
const BRACKET = 0x5b;
const BEFORE_BYTES = new Set([...Buffer.from(' \t\r\n,[')]);

interface Parts {
  push(bytes: Uint8Array): void;
  /** Of an event that has not ended. */
  readonly heldBytes: number;
}

export class FramedEvents {
  framing: Framing | null = 'events';
  readonly #sink: EventSink;
  #parts: Parts | null = null;
  /** Its first bytes, while they do not tell whether it is one that goes by another name. */
  #begin: Uint8Array = new Uint8Array();

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  get heldBytes(): number {
    return this.#parts?.heldBytes ?? this.#begin.length;
  }

  push(bytes: Uint8Array): void {
    if (this.#parts !== null) this.#pass(this.#parts, bytes);
    else if (bytes.length > 0) {
      const first = this.#begin.length === 0 ? bytes : Buffer.concat([this.#begin, bytes]);
      const framing = framingByBytes(this.framing, first);
      this.#begin = first.subarray(-UNCLEAR_BYTES);
      if (framing === 'unclear') return;
      this.#begin = new Uint8Array();
      this.#parts = this.#open(framing);
      this.#pass(this.#parts, first);
    }
  }

  /** Throws away what waits; nothing more comes. */
  drop(): void {
    this.#begin = new Uint8Array();
    this.#parts = this.#raw();
  }

  #pass(parts: Parts, bytes: Uint8Array): void {
    try {
      parts.push(bytes);
    } catch {
      // Not the framing that it is called.
      this.#parts = this.#raw();
      this.#parts.push(bytes);
    }
  }

  #open(framing: Framing | null): Parts {
    const sink = this.#sink;
    if (framing === null) return this.#raw();
    if (framing === 'events')
      return new SseDecoder(
        (data) => sink.data(data),
        (pieces) => sink.large(pieces),
        (bytes) => sink.raw(bytes),
      );
    if (framing === 'messages') return messagesTo(sink);
    if (framing === 'lines') return new CutParts(sink, behindLineFeed);
    const scanner = new ListScanner();
    return new CutParts(new Elements(sink), (bytes, from) => scanner.next(bytes, from));
  }

  #raw(): Parts {
    return { push: (bytes) => this.#sink.raw(bytes.length), heldBytes: 0 };
  }
}

function messagesTo(sink: EventSink): Parts {
  return new AmazonMessages((payload, typeOf) => {
    if (payload.length > LARGE_BYTES) {
      sink.large([payload]);
      return;
    }
    const event = asObject(eventIn(parseJson(payload.toString('utf8')), typeOf));
    if (event !== null) sink.document(event);
  });
}

function behindLineFeed(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(LINE_FEED, from);
  return at === -1 ? -1 : at + 1;
}

type CutSink = Omit<EventSink, 'document'>;

/** Those of a list, without what stands before them. */
class Elements implements CutSink {
  readonly #sink: EventSink;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  data(text: string): void {
    this.#sink.data(text.replace(BEFORE_ELEMENT, ''));
  }

  large(pieces: readonly Uint8Array[]): void {
    let [at, begin, brackets] = [0, 0, 0];
    while (at < pieces.length && BEFORE_BYTES.has(pieces[at]![begin] ?? BLANK)) {
      if (pieces[at]![begin] === BRACKET) brackets += 1;
      if (brackets > 1) break;
      begin += 1;
      if (begin >= pieces[at]!.length) [at, begin] = [at + 1, 0];
    }
    const [first, ...others] = pieces.slice(at);
    if (first !== undefined) this.#sink.large([first.subarray(begin), ...others]);
  }

  raw(bytes: number): void {
    this.#sink.raw(bytes);
  }
}

/** Events that end where `endIn` says: the index behind the end, -1 where there is none. */
class CutParts implements Parts {
  readonly #sink: CutSink;
  readonly #endIn: (bytes: Uint8Array, from: number) => number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(sink: CutSink, endIn: (bytes: Uint8Array, from: number) => number) {
    this.#sink = sink;
    this.#endIn = endIn;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end = this.#endIn(bytes, 0); end !== -1; end = this.#endIn(bytes, start)) {
      this.#hold(bytes.subarray(start, end));
      this.#tell();
      start = end;
    }
    this.#hold(bytes.subarray(start));
  }

  #tell(): void {
    const held = this.#held;
    const isLarge = this.#heldBytes > LARGE_BYTES;
    this.#held = [];
    this.#heldBytes = 0;
    if (isLarge) {
      this.#sink.large(held);
      return;
    }
    const text = textOf(held);
    if (text.trim() !== '') this.#sink.data(text);
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= EVENT_BYTES_MAX) return;
    this.#sink.raw(this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
  }
}
