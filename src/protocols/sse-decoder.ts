// Parses server-sent events incrementally, whatever the cuts, as the HTML standard's event stream says:
// CR, LF or CRLF, comments, several data lines, a byte order mark, and here a last event without its blank line.

import { textOf } from './text-of.ts';

/** Bytes of one unfinished line, or of one event's data, that are kept. A larger event is skipped. */
const EVENT_BYTES_MAX = 12 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
/** What is left of a line that is too long: a comment. */
const COMMENT = Uint8Array.of(0x3a);
const ERROR_NAME = /^event: ?error$/;
const ERROR_NAME_CHARACTERS = 12;

export class SseDecoder {
  readonly #onData: (data: string, isError: boolean) => void;
  /** The line that has not ended. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  /** The lines of the event that has not ended. */
  #data: string[] = [];
  #dataCharacters = 0;
  #skipping = false;
  /** The event that has not ended is named `error`. */
  #isError = false;
  #afterCr = false;
  /** In the text that is read: the next line end of each kind; -1 where there is none. */
  #nextCr = -1;
  #nextLf = -1;
  #atStart = true;

  /**
   * `onData` gets each event's data, its lines joined by a line feed, and whether the event is named `error`. Events
   * without data are left out.
   */
  constructor(onData: (data: string, isError: boolean) => void) {
    this.#onData = onData;
  }

  /** The bytes must stay as they are until their last line has ended. */
  push(bytes: Uint8Array): void {
    const end = endOfLines(bytes);
    if (end > 0) this.#read(this.#withLine(bytes.subarray(0, end)));
    if (end < bytes.length) this.#keep(bytes.subarray(end));
  }

  /** The stream ended: what stands there counts as a whole event. */
  flush(): void {
    if (this.#lineBytes > 0) this.#read(`${this.#withLine(new Uint8Array(0))}\n`);
    this.#dispatch();
  }

  #keep(part: Uint8Array): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes <= EVENT_BYTES_MAX) this.#line.push(part);
    else {
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
    while (start < text.length) start = this.#readLine(text, start);
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
      if (this.#data.length > 0 || this.#skipping) this.#dispatch();
      else this.#isError = false;
      next = endOfBlankLines(text, next);
      if (this.#nextCr !== -1 && this.#nextCr < next) this.#nextCr = text.indexOf('\r', next);
    } else if (!this.#skipping && text.startsWith('data', start)) this.#add(text.slice(start, end));
    else if (end - start <= ERROR_NAME_CHARACTERS && text.startsWith('event', start))
      this.#isError = ERROR_NAME.test(text.slice(start, end));
    if (this.#nextLf !== -1 && this.#nextLf < next) this.#nextLf = text.indexOf('\n', next);
    return next;
  }

  #add(line: string): void {
    if (line.length === 4) this.#data.push('');
    else if (line[4] === ':') this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
    this.#dataCharacters += line.length;
    if (this.#dataCharacters > EVENT_BYTES_MAX) this.#skipping = true;
  }

  #dispatch(): void {
    const data = this.#data;
    const skipped = this.#skipping;
    const isError = this.#isError;
    this.#isError = false;
    if (data.length > 0) this.#data = [];
    this.#dataCharacters = 0;
    this.#skipping = false;
    if (data.length > 0 && !skipped)
      this.#onData(data.length === 1 ? (data[0] as string) : data.join('\n'), isError);
  }
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
