// A copy of what passes, for the archive of prompts.

import type { ArchiveQueue } from '../../archive/archive-queue.ts';
import { capturedFacts } from '../../archive/captured-facts.ts';
import type { Meter, MeterReading, ProtocolName, StoredAnswer } from '../../core/protocol.ts';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import type { Transcript, TranscriptHead } from '../../core/transcript.ts';

interface Copy {
  readonly protocol: ProtocolName;
  readonly path: string;
  readonly form: StoredAnswer['form'];
  readonly chunks: Uint8Array[];
}

interface Own {
  readonly protocol: ProtocolName;
  readonly path: string;
  /** Null for none. */
  readonly headers: Readonly<Record<string, string>> | null;
}

/** Holds on to the bytes of an answer while they pass, up to what the archive takes. */
export class CopyingTranscript implements Transcript {
  readonly #queue: ArchiveQueue;
  readonly #request: Buffer;
  readonly #own: Own;
  #copy: Copy | null = null;

  /** `own` is what the client speaks. */
  constructor(queue: ArchiveQueue, request: Buffer, own: Own) {
    this.#queue = queue;
    this.#request = request;
    this.#own = own;
  }

  watch({ contentType, protocol, path }: TranscriptHead, meter: Meter): Meter {
    const form = contentType === 'text/event-stream' ? 'stream' : 'document';
    const copy: Copy = { protocol, path, form, chunks: [] };
    this.#copy = copy;
    return new CopyingMeter(meter, copy.chunks, this.#queue.itemBytesMax);
  }

  replayed({ form, body }: StoredAnswer): void {
    const { protocol, path } = this.#own;
    this.#copy = { protocol, path, form, chunks: [body] };
  }

  settled(start: RequestStart, end: RequestEnd): void {
    // What was refused never became a prompt.
    if (end.outcome === 'refused') return;
    const { headers } = this.#own;
    const facts = headers === null ? capturedFacts(start, end) : { ...capturedFacts(start, end), headers };
    this.#queue.keep({ facts, request: this.#request, answer: this.#copy });
  }
}

class CopyingMeter implements Meter {
  readonly #meter: Meter;
  readonly #chunks: Uint8Array[];
  #bytesLeft: number;

  constructor(meter: Meter, chunks: Uint8Array[], bytesMax: number) {
    this.#meter = meter;
    this.#chunks = chunks;
    this.#bytesLeft = bytesMax;
  }

  push(bytes: Uint8Array): void {
    // The piece that goes beyond is held too: the archive sees then that it is too long.
    if (this.#bytesLeft >= 0) this.#chunks.push(bytes);
    this.#bytesLeft -= bytes.length;
    this.#meter.push(bytes);
  }

  end(): MeterReading {
    return this.#meter.end();
  }

  generatedText(): string {
    return this.#meter.generatedText();
  }
}
