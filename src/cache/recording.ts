// Keeps a copy of one answer while it passes, and gives it to the cache when it proved whole and good.

import type { Clock } from '../core/clock.ts';
import type { Meter, MeterReading, ProtocolName } from '../core/protocol.ts';
import type { RequestEnd } from '../core/record.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { CacheKey } from './cache-key.ts';
import { isGoodEnd } from './eligibility.ts';
import type { CachedAnswer } from './ports.ts';

/** A larger answer is not kept. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface RecordingOptions {
  readonly cache: AnswerCache;
  readonly clock: Clock;
  readonly key: CacheKey;
  readonly protocol: ProtocolName;
  readonly endpoint: string;
  readonly model: string | null;
  readonly ttlMs: number;
  /** Whether others wait for it. */
  readonly leads: boolean;
  /** Hears of the answer once it is kept. */
  readonly onKept: (answer: CachedAnswer) => void;
}

export class Recording {
  readonly #options: RecordingOptions;
  #chunks: Uint8Array[] | null = null;
  #bytes = 0;
  #form: CachedAnswer['form'] = 'document';

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Stands before the meter, which sees the same decoded bytes. */
  watch(status: number, contentType: string | null, meter: Meter): Meter {
    const isStream = contentType === 'text/event-stream';
    if (status !== 200 || !(isStream || contentType === 'application/json')) return meter;
    this.#form = isStream ? 'stream' : 'document';
    this.#chunks = [];
    return {
      push: (bytes) => {
        this.#keep(bytes);
        meter.push(bytes);
      },
      end: () => meter.end(),
      generatedText: () => meter.generatedText(),
    };
  }

  /** The request has ended, however it did. To be called once. */
  settled(end: RequestEnd, reading: MeterReading): void {
    const { cache, key, leads, onKept } = this.#options;
    const answer = this.#answer(end, reading);
    if (answer !== null) {
      cache.put(answer);
      onKept(answer);
    }
    if (leads) cache.land(key.id, answer ?? (end.outcome === 'client_gone' ? 'abandoned' : 'failed'));
  }

  #answer(end: RequestEnd, reading: MeterReading): CachedAnswer | null {
    const { clock, key, protocol, endpoint, model, ttlMs } = this.#options;
    const isWhole = end.outcome === 'completed' && reading.complete && reading.errorCode === null;
    if (!isWhole || this.#chunks === null || !isGoodEnd(endpoint, reading.finishReason)) return null;
    const nowMs = clock.now();
    return {
      key: key.id,
      parts: key.parts,
      protocol,
      endpoint,
      model,
      form: this.#form,
      body: joined(this.#chunks, this.#bytes),
      createdAtMs: nowMs,
      expiresAtMs: nowMs + ttlMs,
      modelUsed: reading.model,
      responseId: reading.responseId,
      finishReason: reading.finishReason,
      costNanoUsd: end.costNanoUsd,
    };
  }

  #keep(bytes: Uint8Array): void {
    if (this.#chunks === null) return;
    this.#bytes += bytes.length;
    if (this.#bytes > ANSWER_BYTES_MAX) this.#chunks = null;
    else this.#chunks.push(bytes);
  }
}

/** Memory of its own: an answer that is kept must not hold, nor share, the pool that buffers come from. */
function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
