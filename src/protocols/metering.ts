// What the meters of both protocols share: how a body becomes JSON documents, and bounds on what is kept.

import type { Meter, MeterReading } from '../core/protocol.ts';
import { documentLines, parseAnswer, wholeElements } from './answer-json.ts';
import { asObject } from './json-value.ts';
import { asUtf8, withoutByteOrderMark } from './lenient-json.ts';
import { hasManyValues, outlineOf } from './outline.ts';
import { SseDecoder } from './sse-decoder.ts';
import { joined, textOf } from './text-of.ts';

/** A whole JSON answer that is larger than this is not read. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
/** A line of a batch's results that is longer than this is not read. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
/** Longer texts are looked at before they are parsed. */
const LARGE_CHARACTERS = 256 * 1024;
/** Generated text that is kept for an estimate. */
const TEXT_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Counts the documents of one body. May throw on what it does not expect; the meters around it see to that. */
export interface DocumentReader {
  /** One JSON document: the whole body, one event's data, or one line. */
  read(document: unknown): void;
  /** The data of an event that is no JSON (`[DONE]`). */
  readText?(text: string): void;
  /** True where nothing but usage and a few plain members is asked of a document. */
  readonly needsOutlineOnly?: boolean;
  /** Whether the stream has not come to its protocol's last event; left out where that is not known. */
  lacksLastWord?(): boolean;
  reading(): MeterReading;
  generatedText(): string;
}

export const EMPTY_READING: MeterReading = Object.freeze({
  model: null,
  responseId: null,
  runs: [],
  usageIsFinal: false,
  reportedCostNanoUsd: null,
  reportedIsCharge: false,
  hasUnpricedParts: false,
  isDeferred: false,
  isCutShort: false,
  finishReason: null,
  errorCode: null,
  complete: false,
  billingKey: null,
  lines: null,
});

/** Text in parts, up to a bound. */
export class BoundedText {
  #parts: string[] = [];
  #room = TEXT_CHARACTERS_MAX;

  add(text: unknown): void {
    if (typeof text !== 'string' || this.#room <= 0) return;
    this.#parts.push(text.length > this.#room ? text.slice(0, this.#room) : text);
    this.#room -= text.length;
  }

  toString(): string {
    return this.#parts.join('');
  }
}

abstract class ReaderMeter implements Meter {
  protected readonly reader: DocumentReader;
  #faulty = false;
  #isOutlined = false;

  constructor(reader: DocumentReader) {
    this.reader = reader;
  }

  abstract push(bytes: Uint8Array): void;
  protected abstract finish(): void;

  end(): MeterReading {
    let reading = EMPTY_READING;
    this.guard(() => {
      this.finish();
      reading = this.reading();
    });
    return reading;
  }

  protected reading(): MeterReading {
    const reading = this.reader.reading();
    return this.#isOutlined ? { ...reading, hasUnpricedParts: true } : reading;
  }

  /** What is too much to be parsed is read in outline: what else it holds may be charged, too. */
  protected parse(text: string): unknown {
    if (text.length < LARGE_CHARACTERS) return parseAnswer(text);
    const { needsOutlineOnly = false } = this.reader;
    const bytes = Buffer.from(text);
    if (!needsOutlineOnly && !hasManyValues(bytes)) return parseAnswer(text);
    this.#isOutlined ||= !needsOutlineOnly;
    return outlineOf(bytes);
  }

  generatedText(): string {
    return this.reader.generatedText();
  }

  /** A fault in reading costs this request's figures, and nothing else. */
  protected guard(work: () => void): void {
    if (this.#faulty) return;
    try {
      work();
    } catch {
      this.#faulty = true;
    }
  }
}

/**
 * Events that are read together: they cost a fraction then, and most leave for the client without being looked at.
 * Few, so that little is left to be read while the client waits for its last word on a busy machine.
 */
const UNREAD_BYTES_MAX = 2 * 1024;

export class EventStreamMeter extends ReaderMeter {
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  readonly #decoder = new SseDecoder((data, isError) => this.#take(data, isError));

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
    this.#decoder.flush();
  }

  #take(text: string, isError: boolean): void {
    // Blanks behind the first belong to the data, and JSON allows them.
    const data = text.trimStart();
    const document = isDocument(data) ? this.parse(data) : null;
    if (isError) this.reader.read(errorOf(document ?? data));
    else if (document !== null) this.reader.read(document);
    // Servers that leave the blank lines out: each line is an event.
    else if (data.includes('\n')) for (const line of data.split('\n')) this.#take(line, false);
    else this.reader.readText?.(data);
  }

  protected override reading(): MeterReading {
    return { ...super.reading(), isCutShort: this.reader.lacksLastWord?.() ?? false };
  }

  #read(): void {
    const unread = this.#unread;
    if (unread.length === 0) return;
    this.#unread = [];
    this.#unreadBytes = 0;
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

export class DocumentMeter extends ReaderMeter {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isWhole = false;

  push(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > DOCUMENT_BYTES_MAX) this.#chunks = [];
    else this.#chunks.push(bytes);
  }

  protected finish(): void {
    if (this.#size === 0 || this.#chunks.length === 0) return;
    const text = withoutByteOrderMark(asUtf8(joined(this.#chunks)).toString('utf8'));
    this.#chunks = [];
    const document = this.parse(text);
    if (document !== null) this.#read(document);
    // A stream in the form of a list, as Gemini's, that broke off.
    else if (text.trimStart().startsWith('['))
      for (const element of wholeElements(text)) this.reader.read(parseAnswer(element));
    else if (text.trimStart().startsWith('{'))
      for (const line of documentLines(text)) this.#read(parseAnswer(line));
  }

  /** Some servers stream an array of what others send as events. */
  #read(value: unknown): void {
    if (value === null) return;
    this.#isWhole = true;
    for (const document of Array.isArray(value) ? value : [value]) this.reader.read(document);
  }

  /** Nothing can follow the figures of a whole document, whatever else it leaves out. */
  protected override reading(): MeterReading {
    const reading = super.reading();
    return this.#isWhole && reading.runs.length > 0 ? { ...reading, usageIsFinal: true } : reading;
  }
}

/** One JSON document a line, as batch results are. */
export class LinesMeter extends ReaderMeter {
  #tail: Uint8Array[] = [];
  #tailBytes = 0;

  push(bytes: Uint8Array): void {
    this.guard(() => {
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
        this.#line(bytes.subarray(start, end), true);
        start = end + 1;
      }
      this.#tailBytes += bytes.length - start;
      if (this.#tailBytes <= LINE_BYTES_MAX) this.#tail.push(Uint8Array.from(bytes.subarray(start)));
      else this.#tail = [];
    });
  }

  protected finish(): void {
    this.#line(new Uint8Array(0), false);
  }

  /** One that has not ended is known to be cut; of one that has, and cannot be read, the reader is told. */
  #line(rest: Uint8Array, isWhole: boolean): void {
    const isTooLong = this.#tailBytes > LINE_BYTES_MAX;
    const text = isTooLong ? '' : textOf([...this.#tail, rest]);
    const document = parseAnswer(text);
    this.#tail = [];
    this.#tailBytes = 0;
    if (document !== null) this.reader.read(document);
    else if (isTooLong || (isWhole && text.trim() !== '')) this.reader.readText?.(text);
  }
}
