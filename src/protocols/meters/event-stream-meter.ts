// Counts an answer that is a stream of server-sent events.

import type { MeterReading } from '../../core/protocol.ts';
import { parseAnswer } from '../json/answer-json.ts';
import { asObject } from '../json/json-value.ts';
import { RepeatedEvent } from '../streams/repeated-event.ts';
import { SseDecoder } from '../streams/sse-decoder.ts';
import { ReaderMeter } from './reader-meter.ts';

/**
 * Events that are read together: they cost a fraction then, and most leave for the client without being looked at.
 * Few, so that little is left to be read while the client waits for its last word on a busy machine.
 */
const UNREAD_BYTES_MAX = 2 * 1024;

/** Some gateways put the field's name before an event that has it already. */
const NAMED_AGAIN = /^(?:data:\s*)+/;

export class EventStreamMeter extends ReaderMeter {
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #hasEnded = false;
  readonly #repeated = new RepeatedEvent();
  /** Of the event that was just read: the member that is another one's text, if it comes again. */
  #member: string | null = null;
  readonly #decoder = new SseDecoder(
    (data, isError) => this.#take(data, isError),
    (pieces, isError) => this.#takeLarge(pieces, isError),
    null,
    {
      follow: (text, start) => this.#followRepeated(text, start),
      wasRead: (text, start, end) => {
        if (this.#member !== null) this.#repeated.remember(text.slice(start, end), this.#member);
        this.#member = null;
      },
    },
  );

  get heldBytes(): number {
    return this.#unreadBytes + this.#decoder.heldBytes;
  }

  push(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes >= UNREAD_BYTES_MAX) this.#read();
  }

  override generatedText(): string {
    this.#read();
    return super.generatedText();
  }

  protected finish(): void {
    this.#read();
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#decoder.flush();
  }

  protected drop(): void {
    this.#unread = [];
    this.#unreadBytes = 0;
    this.#decoder.drop();
    this.#hasEnded = true;
  }

  #followRepeated(text: string, start: number): number {
    if (this.isWaiting) return -1;
    const end = this.#repeated.endIn(text, start);
    if (end !== -1) this.reader.addAgain?.(this.#repeated.text);
    return end;
  }

  #take(text: string, isError: boolean): void {
    this.#member = null;
    if (this.isWaiting) {
      this.later(() => this.#take(text, isError));
      return;
    }
    this.#member = this.#readEvent(text, isError);
    if (this.#member === null) this.#repeated.forget();
  }

  /** Returns the member whose text is all that it adds; null where it says more. */
  #readEvent(text: string, isError: boolean): string | null {
    // Blanks behind the first belong to the data, and JSON allows them.
    const data = isDocument(text) ? text : text.trimStart().replace(NAMED_AGAIN, '');
    const document = isDocument(data) ? parseAnswer(data) : null;
    if (isError) this.reader.read(errorOf(document ?? data));
    else if (document !== null) {
      this.reader.read(document);
      return data === text ? (this.reader.addsOnly?.(document) ?? null) : null;
    }
    // Servers that leave the blank lines out: each line is an event.
    else if (data.includes('\n')) for (const line of data.split('\n')) this.#readEvent(line, false);
    else this.reader.readText?.(data);
    return null;
  }

  #takeLarge(pieces: readonly Uint8Array[], isError: boolean): void {
    if (this.isWaiting) {
      this.later(() => this.#takeLarge(pieces, isError));
      return;
    }
    this.#repeated.forget();
    this.leave(pieces, ({ documents, isWhole }) => {
      if (isError) this.reader.read(errorOf(documents[0] ?? ''));
      else if (isWhole) for (const document of documents) this.reader.read(document);
    });
  }

  protected override reading(): MeterReading {
    const reading = super.reading();
    const isCutShort = this.reader.lacksLastWord?.() ?? false;
    return { ...reading, isCutShort, hasUnpricedParts: reading.hasUnpricedParts || this.#decoder.isUnread };
  }

  #read(): void {
    const unread = this.#unread;
    if (unread.length === 0) return;
    this.#unread = [];
    this.#unreadBytes = 0;
    this.parseHere();
    this.guard(() => this.#decoder.push(unread.length === 1 ? unread[0]! : Buffer.concat(unread)));
  }
}

const isDocument = (data: string): boolean => data.startsWith('{') || data.startsWith('[');

/** What an event of the name `error` says, in the form in which others say it. */
function errorOf(said: unknown): unknown {
  const document = asObject(said);
  return document !== null && (document.error !== undefined || document.type === 'error')
    ? document
    : { error: said };
}
