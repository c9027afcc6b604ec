// Counts an answer that is one JSON document, read when it is whole.

import type { MeterReading, ParsedDocument } from '../core/protocol.ts';
import { documentsIn, LARGE_BYTES } from './large-document.ts';
import { asUtf8, withoutByteOrderMark } from './lenient-json.ts';
import { ReaderMeter } from './reader-meter.ts';
import { joined } from './text-of.ts';

/** One that is larger than this is not read. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

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
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    if (this.#size > LARGE_BYTES) this.leave(chunks, (parsed) => this.#read(parsed));
    else this.#read(documentsIn(withoutByteOrderMark(asUtf8(joined(chunks)).toString('utf8'))));
  }

  protected drop(): void {
    this.#chunks = [];
    this.#size = DOCUMENT_BYTES_MAX;
  }

  /** Some servers stream an array of what others send as events. */
  #read({ documents, isWhole }: Pick<ParsedDocument, 'documents' | 'isWhole'>): void {
    for (const document of documents) {
      this.#isWhole ||= isWhole;
      for (const part of Array.isArray(document) ? document : [document]) this.reader.read(part);
    }
  }

  /** Nothing can follow the figures of a whole document, whatever else it leaves out. */
  protected override reading(): MeterReading {
    const reading = super.reading();
    return this.#isWhole && reading.runs.length > 0 ? { ...reading, usageIsFinal: true } : reading;
  }
}
