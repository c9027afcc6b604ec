// Parses server-sent events incrementally, whatever the cuts, as the HTML standard's event stream says:
// CR, LF or CRLF, comments, several data lines, a byte order mark, and here a last event without its blank line.

import { LARGE_BYTES } from '../json/large-document.ts';
import { textOf } from '../json/text-of.ts';

/** Bytes of one unfinished line, or of one event's data, that are kept. A larger event is skipped. */
const EVENT_BYTES_MAX = 12 * 1024 * 1024;
/** No document has so many lines: each is an event by itself, of a server that leaves the blank lines out. */
const EVENT_LINES_MAX = 10_000;
/** What comes in one piece is read in smaller ones, so that a large line is known as one. */
const PIECE_BYTES = 128 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const LINE_END = Uint8Array.of(LF);
/** What is left of a line that is too long: a comment. */
const COMMENT = Uint8Array.of(0x3a);
/** How a line of data begins, behind the byte order mark that the first may have. */
const DATA_NAME = /^(?:\xef\xbb\xbf)?data: ?/;
const DATA_NAME_BYTES = 16;
const ERROR_NAME = /^event: ?error$/;
const ERROR_NAME_CHARACTERS = 12;
/** A comment, or a field of an event. */
const KNOWN_LINE = /^(?::|(?:data|event|id|retry)\s*(?::|$))/;
const KNOWN_CHARACTERS = 16;

type OnData = (data: string, isError: boolean) => void;
type OnLarge = (pieces: readonly Uint8Array[], isError: boolean) => void;
type OnSkipped = (bytes: number) => void;

/** Whoever knows events as they stand in the stream. */
export interface EventFollower {
  /** Where the event at `start` ends, if it was taken; -1 where it is to be read. */
  follow(text: string, start: number): number;
  /** The event from `start` to `end` was read. */
  wasRead(text: string, start: number, end: number): void;
}

export class SseDecoder {
  readonly #onData: OnData;
  readonly #onLarge: OnLarge | null;
  readonly #onSkipped: OnSkipped | null;
  /** The line that has not ended. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  /** The lines of the event that has not ended. */
  #data: string[] = [];
  #dataCharacters = 0;
  /** The lines of the event that has not ended, where one of them is large. */
  #large: Uint8Array[] | null = null;
  /** The event that has not ended has so many lines that each is one. */
  #isLoose = false;
  #skipping = false;
  /** Of lines that were too long to be kept. */
  #skippedBytes = 0;
  /** The event that has not ended is named `error`. */
  #isError = false;
  /** It was when its data began. */
  #beganAsError = false;
  #hasData = false;
  /** A line came that is neither a field nor a comment, before any data. */
  #sawOther = false;
  #afterCr = false;
  /** In the text that is read: the next line end of each kind; -1 where there is none. */
  #nextCr = -1;
  #nextLf = -1;
  #atStart = true;
  readonly #follower: EventFollower | null;
  /** No event is open. */
  #isBetween = true;
  /** Where the open event begins in the text that is read; -1 where it began before. */
  #eventStart = -1;

  /**
   * `onData` gets each event's data, its lines joined by a line feed, and whether the event is named `error`. Events
   * without data are left out. `onLarge` gets the data of those that take long to be read, as it came; without it they
   * are like any other. `onSkipped` is told how long an event was that is skipped. `follower` is asked for each event
   * first.
   */
  constructor(
    onData: OnData,
    onLarge: OnLarge | null = null,
    onSkipped: OnSkipped | null = null,
    follower: EventFollower | null = null,
  ) {
    this.#onData = onData;
    this.#onLarge = onLarge;
    this.#onSkipped = onSkipped;
    this.#follower = follower;
  }

  /** Bytes came, and none of them were an event's data: it is no event stream. */
  get isUnread(): boolean {
    return this.#sawOther && !this.#hasData;
  }

  /** Of the event that has not ended. */
  get heldBytes(): number {
    return (this.#lineBytes > EVENT_BYTES_MAX ? 0 : this.#lineBytes) + this.#dataCharacters;
  }

  /** Throws away what waits; nothing more comes. */
  drop(): void {
    this.#line = [];
    this.#lineBytes = 0;
    this.#data = [];
    this.#dataCharacters = 0;
    this.#large = null;
  }

  /** The bytes must stay as they are until their last line has ended. */
  push(bytes: Uint8Array): void {
    if (bytes.length > PIECE_BYTES && this.#onLarge !== null)
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#push(bytes.subarray(at, at + PIECE_BYTES));
    else this.#push(bytes);
  }

  #push(bytes: Uint8Array): void {
    const end = endOfLines(bytes);
    if (this.#skippedBytes > 0) this.#skippedBytes += end;
    const begin = end > 0 && this.#lineBytes > LARGE_BYTES ? this.#endLargeLine(bytes) : 0;
    if (end > begin) this.#read(this.#withLine(bytes.subarray(begin, end)));
    if (end < bytes.length) this.#keep(bytes.subarray(end));
  }

  /** Returns where the next line begins; 0 where the one that ends here is not to be left as it came. */
  #endLargeLine(bytes: Uint8Array): number {
    const [first] = this.#line;
    if (this.#onLarge === null || this.#skipping || this.#isLoose || first === undefined) return 0;
    const name = DATA_NAME.exec(Buffer.from(first.subarray(0, DATA_NAME_BYTES)).toString('latin1'))?.[0];
    if (name === undefined) return 0;
    let end = 0;
    while (bytes[end] !== LF && bytes[end] !== CR) end += 1;
    this.#dataCharacters += this.#lineBytes;
    if (this.#dataCharacters > EVENT_BYTES_MAX) this.#skipping = true;
    const before: Uint8Array[] = this.#large ?? this.#data.map((line) => Buffer.from(`${line}\n`));
    if (this.#large !== null) before.push(LINE_END);
    this.#large = [...before, first.subarray(name.length), ...this.#line.slice(1), bytes.subarray(0, end)];
    this.#data = [];
    this.#line = [];
    this.#lineBytes = 0;
    this.#atStart = false;
    this.#afterCr = bytes[end] === CR;
    const next = end + 1;
    // Of a pair, where both have come.
    if (!this.#afterCr || bytes[next] !== LF) return next;
    this.#afterCr = false;
    return next + 1;
  }

  /** The stream ended: what stands there counts as a whole event. */
  flush(): void {
    if (this.#lineBytes > 0) this.#push(LINE_END);
    this.#dispatch();
  }

  #keep(part: Uint8Array): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes <= EVENT_BYTES_MAX) this.#line.push(part);
    else {
      this.#skippedBytes += this.#skippedBytes === 0 ? this.#lineBytes : part.length;
      this.#line = [COMMENT];
      this.#skipping = true;
    }
  }

  /** The text of the line that waited and of what comes after it. */
  #withLine(bytes: Uint8Array): string {
    const waited = this.#line;
    if (waited.length === 0) return textOf([bytes]);
    this.#line = [];
    this.#lineBytes = 0;
    return textOf([...waited, bytes]);
  }

  /** Whole lines. */
  #read(text: string): void {
    let start = this.#afterCr && text[0] === '\n' ? 1 : 0;
    if (this.#atStart && text[0] === '\uFEFF') start = 1;
    this.#atStart = false;
    this.#afterCr = text.endsWith('\r');
    // Each kind of line end is looked for once, however many there are of the other.
    this.#nextCr = text.indexOf('\r', start);
    this.#nextLf = text.indexOf('\n', start);
    this.#eventStart = -1;
    while (start < text.length) start = this.#readEvent(text, start) ?? this.#readLine(text, start);
  }

  /** Returns where the next line begins, where an event was taken as a whole. */
  #readEvent(text: string, start: number): number | null {
    if (!this.#isBetween || this.#follower === null) return null;
    const next = this.#follower.follow(text, start);
    if (next === -1) return null;
    this.#lookBehind(text, next);
    return next;
  }

  /** The next line ends, behind what was read. */
  #lookBehind(text: string, next: number): void {
    if (this.#nextCr !== -1 && this.#nextCr < next) this.#nextCr = text.indexOf('\r', next);
    if (this.#nextLf !== -1 && this.#nextLf < next) this.#nextLf = text.indexOf('\n', next);
  }

  /**
   * Returns where the next line begins. A function of its own: V8 compiles it by how often it is called, and a long
   * loop in one function was seen to stay uncompiled for good, at 40 ms for 64 KB of short lines.
   */
  #readLine(text: string, start: number): number {
    let end = this.#nextLf;
    let next = end + 1;
    if (this.#nextCr !== -1 && (end === -1 || this.#nextCr < end)) {
      end = this.#nextCr;
      next = end + 1 === this.#nextLf ? end + 2 : end + 1;
      this.#nextCr = text.indexOf('\r', next);
    }
    if (end === start) {
      if (this.#data.length > 0 || this.#skipping || this.#large !== null || this.#isLoose) this.#dispatch();
      else this.#isError = false;
      this.#endEvent(text, next);
      next = endOfBlankLines(text, next);
      this.#lookBehind(text, next);
      return next;
    }
    if (this.#isBetween) this.#eventStart = start;
    this.#isBetween = false;
    if (!this.#hasData)
      this.#sawOther ||= !KNOWN_LINE.test(text.slice(start, Math.min(end, start + KNOWN_CHARACTERS)));
    if (!this.#skipping && text.startsWith('data', start)) this.#add(text.slice(start, end));
    else if (end - start <= ERROR_NAME_CHARACTERS && text.startsWith('event', start))
      this.#isError = ERROR_NAME.test(text.slice(start, end));
    if (this.#nextLf !== -1 && this.#nextLf < next) this.#nextLf = text.indexOf('\n', next);
    return next;
  }

  #endEvent(text: string, end: number): void {
    const start = this.#eventStart;
    if (!this.#isBetween && start !== -1) this.#follower?.wasRead(text, start, end);
    this.#isBetween = true;
    this.#eventStart = -1;
  }

  #add(line: string): void {
    this.#dataCharacters += line.length;
    const isBare = line.length === 4;
    if (!isBare && line[4] !== ':') return;
    this.#hasData = true;
    const data = isBare ? '' : line.slice(line[5] === ' ' ? 6 : 5);
    if (this.#large !== null) {
      this.#large.push(LINE_END, Buffer.from(data));
      if (this.#dataCharacters > EVENT_BYTES_MAX) this.#skipping = true;
      return;
    }
    if (this.#data.length === 1 && isNextEvent(this.#data[0] as string, data))
      this.#part(this.#data[0] as string);
    if (this.#data.length === 0) this.#beganAsError = this.#isError;
    this.#data.push(data);
    if (this.#isLoose || this.#data.length > EVENT_LINES_MAX) this.#loosen();
    else if (this.#dataCharacters > EVENT_BYTES_MAX) this.#skipping = true;
  }

  /** Its server leaves the blank lines out. */
  #part(event: string): void {
    this.#data = [];
    this.#dataCharacters = 0;
    // More than one event stands there: none to be known again.
    this.#eventStart = -1;
    this.#onData(event, this.#beganAsError);
  }

  /** Each line by itself, from here to the end of the event: joined, they would be a text without end. */
  #loosen(): void {
    const lines = this.#data;
    this.#data = [];
    this.#isLoose = true;
    for (const line of lines) this.#onData(line, this.#isError);
  }

  #dispatch(): void {
    const data = this.#data;
    const skipped = this.#skipping;
    const isError = this.#isError;
    const large = this.#large;
    const skippedBytes = this.#dataCharacters + this.#skippedBytes;
    this.#skippedBytes = 0;
    this.#isError = false;
    if (data.length > 0) this.#data = [];
    this.#dataCharacters = 0;
    this.#skipping = false;
    this.#isLoose = false;
    this.#large = null;
    if (skipped) this.#onSkipped?.(skippedBytes);
    else if (large !== null) this.#onLarge?.(large, isError);
    else if (data.length > 0)
      this.#onData(data.length === 1 ? (data[0] as string) : data.join('\n'), isError);
  }
}

/** A document has one beginning: what begins behind a whole one is another event's. */
function isNextEvent(data: string, next: string): boolean {
  return data.startsWith('{') && data.endsWith('}') && (next.startsWith('{') || next.startsWith('[DONE]'));
}

const LINE_ENDS = /[\r\n]*/y;

/** Blank lines come by the million where somebody means ill: the expression skips them without a step of ours for each. */
function endOfBlankLines(text: string, start: number): number {
  const isBlank = start < text.length && (text.charCodeAt(start) === LF || text.charCodeAt(start) === CR);
  if (!isBlank) return start;
  LINE_ENDS.lastIndex = start;
  LINE_ENDS.test(text);
  return LINE_ENDS.lastIndex;
}

/** Where the last whole line ends; 0 where none does. */
function endOfLines(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] !== LF && bytes[end - 1] !== CR) end -= 1;
  return end;
}
