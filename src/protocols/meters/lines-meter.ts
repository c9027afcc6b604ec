// Counts an answer of one JSON document a line, as batch results are.

import type { MeterReading } from '../../core/protocol.ts';
import { parseAnswer } from '../json/answer-json.ts';
import { LARGE_BYTES } from '../json/large-document.ts';
import { textOf } from '../json/text-of.ts';
import { ReaderMeter } from './reader-meter.ts';

/** A line that is longer than this is not read. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;

export class LinesMeter extends ReaderMeter {
  #tail: Uint8Array[] = [];
  #tailBytes = 0;

  get heldBytes(): number {
    return this.#tail.length === 0 ? 0 : this.#tailBytes;
  }

  push(bytes: Uint8Array): void {
    this.parseHere();
    this.guard(() => {
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
        this.#line(bytes.subarray(start, end), true);
        start = end + 1;
      }
      this.#tailBytes += bytes.length - start;
      if (this.#tailBytes > LINE_BYTES_MAX) this.#tail = [];
      else if (start < bytes.length) this.#tail.push(Uint8Array.from(bytes.subarray(start)));
    });
  }

  protected override reading(): MeterReading {
    return { ...super.reading(), isCutShort: this.reader.lacksLastWord?.() ?? false };
  }

  protected finish(): void {
    this.#line(new Uint8Array(0), false);
  }

  protected drop(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  #line(rest: Uint8Array, isWhole: boolean): void {
    const pieces = rest.length === 0 ? this.#tail : [...this.#tail, rest];
    const bytes = this.#tailBytes + rest.length;
    this.#tail = [];
    this.#tailBytes = 0;
    if (this.isWaiting) this.later(() => this.#read(pieces, bytes, isWhole));
    else this.#read(pieces, bytes, isWhole);
  }

  /** One that has not ended is known to be cut; of one that has, and cannot be read, the reader is told. */
  #read(pieces: readonly Uint8Array[], bytes: number, isWhole: boolean): void {
    if (bytes > LARGE_BYTES && bytes <= LINE_BYTES_MAX) {
      this.leave(pieces, ({ documents: [document], isWhole: isDocument }) => {
        if (isDocument && document !== undefined) this.reader.read(document);
        else if (isWhole) this.reader.readText?.('');
      });
      return;
    }
    const text = bytes > LINE_BYTES_MAX ? '' : textOf(pieces);
    const document = parseAnswer(text);
    if (document !== null) this.reader.read(document);
    else if (bytes > LINE_BYTES_MAX || (isWhole && text.trim() !== '')) this.reader.readText?.(text);
  }
}
