// A copy of what passes, for the archive of prompts.

import type { ArchiveQueue } from '../../archive/archive-queue.ts';
import { capturedFacts } from '../../archive/captured-facts.ts';
import type { HeldShare } from '../../core/held-room.ts';
import type { Meter, MeterReading, ProtocolName, StoredAnswer } from '../../core/protocol.ts';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import type { Transcript, TranscriptHead } from '../../core/transcript.ts';

interface Copy {
  /** Of the room that all copies have; null for what is held anyway. */
  readonly share: HeldShare | null;
  /** Not all of it could be held. */
  isLost: boolean;
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

  watch({ contentType, protocol, path, room }: TranscriptHead, meter: Meter): Meter {
    const form = contentType === 'text/event-stream' ? 'stream' : 'document';
    const share = room.share();
    const copy: Copy = { protocol, path, form, chunks: [], share, isLost: false };
    this.#copy?.share?.leave();
    this.#copy = copy;
    return new CopyingMeter(meter, copy, share, this.#queue.itemBytesMax);
  }

  replayed({ form, body }: StoredAnswer): void {
    const { protocol, path } = this.#own;
    this.#copy?.share?.leave();
    this.#copy = { protocol, path, form, chunks: [body], share: null, isLost: false };
  }

  settled(start: RequestStart, end: RequestEnd): void {
    this.#copy?.share?.leave();
    // What was refused never became a prompt.
    if (end.outcome === 'refused') return;
    if (this.#copy?.isLost) {
      this.#queue.skip();
      return;
    }
    const { headers } = this.#own;
    const facts = headers === null ? capturedFacts(start, end) : { ...capturedFacts(start, end), headers };
    this.#queue.keep({ facts, request: this.#request, answer: this.#copy });
  }
}

class CopyingMeter implements Meter {
  readonly #meter: Meter;
  readonly #copy: Copy;
  readonly #share: HeldShare;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(meter: Meter, copy: Copy, share: HeldShare, bytesMax: number) {
    this.#meter = meter;
    this.#copy = copy;
    this.#share = share;
    this.#bytesMax = bytesMax;
  }

  push(bytes: Uint8Array): void {
    // The piece that goes beyond is held too: the archive sees then that it is too long.
    if (this.#bytes <= this.#bytesMax && !this.#copy.isLost) {
      this.#copy.chunks.push(bytes);
      this.#bytes += bytes.length;
      if (!this.#share.holds(this.#bytes)) this.#lose();
    }
    this.#meter.push(bytes);
  }

  /** What came until then is kept. */
  giveUp(): void {
    this.#meter.giveUp();
  }

  #lose(): void {
    this.#copy.isLost = true;
    this.#copy.chunks.length = 0;
    this.#share.leave();
  }

  end(): MeterReading {
    return this.#meter.end();
  }

  generatedText(): string {
    return this.#meter.generatedText();
  }
}
