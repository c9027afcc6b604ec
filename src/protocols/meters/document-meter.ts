// Counts an answer that is one JSON document, read when it is whole.

import type { MeterReading, ParsedDocument } from '../../core/protocol.ts';
import { documentsIn, LARGE_BYTES } from '../json/large-document.ts';
import { asUtf8, withoutByteOrderMark } from '../json/lenient-json.ts';
import { joined, textOf } from '../json/text-of.ts';
import { ReaderMeter } from './reader-meter.ts';

/** One that is larger than this is not read. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

export class DocumentMeter extends ReaderMeter {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isWhole = false;

  get heldBytes(): number {
    return this.#chunks.length === 0 ? 0 : this.#size;
  }

  push(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > DOCUMENT_BYTES_MAX) this.#chunks = [];
    else this.#chunks.push(bytes);
  }

  protected finish(): void {
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    if (this.#size > LARGE_BYTES) {
      this.leave(chunks, (parsed) => this.#read(parsed, () => beginningOf(chunks)));
      return;
    }
    const text = withoutByteOrderMark(asUtf8(joined(chunks)).toString('utf8'));
    this.#read(documentsIn(text), () => text);
  }

  protected drop(): void {
    this.#chunks = [];
    this.#size = DOCUMENT_BYTES_MAX;
  }

  /** Some servers stream an array of what others send as events. */
  #read({ documents, isWhole }: Pick<ParsedDocument, 'documents' | 'isWhole'>, text: () => string): void {
    if (documents.length === 0) this.reader.readText?.(text());
    for (const document of documents) {
      this.#isWhole ||= isWhole;
      for (const part of Array.isArray(document) ? document : [document]) this.reader.read(part);
    }
  }

  /** Nothing can follow the figures of a whole document, whatever else it leaves out; unless it goes on elsewhere. */
  protected override reading(): MeterReading {
    const reading = super.reading();
    const isFinal = this.#isWhole && reading.runs.length > 0 && !reading.isDeferred;
    return isFinal ? { ...reading, usageIsFinal: true } : reading;
  }
}

/** As much of a large text that is no document as an estimate of its tokens looks at. */
function beginningOf(chunks: readonly Uint8Array[]): string {
  const kept: Uint8Array[] = [];
  let room = TEXT_BYTES_MAX;
  for (const chunk of chunks) {
    if (room <= 0) break;
    kept.push(chunk.subarray(0, room));
    room -= chunk.length;
  }
  return textOf(kept);
}
