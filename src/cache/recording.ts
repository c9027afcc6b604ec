// Keeps a copy of one answer while it passes, for those who follow it, and gives it to the cache when it proved whole
// and good.

import type { Clock } from '../core/clock.ts';
import type { HeldRoom } from '../core/held-room.ts';
import type { Meter, MeterReading, ProtocolName } from '../core/protocol.ts';
import type { RequestEnd } from '../core/record.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { CacheKey } from './cache-key.ts';
import { isGoodEnd } from './eligibility.ts';
import type { Flight } from './flights.ts';
import type { CachedAnswer } from './ports.ts';
import { Tape } from './tape.ts';

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
  /** Where identical requests may follow it. */
  readonly flight: Flight | null;
  /** Hears of the answer once it is kept. */
  readonly onKept: (answer: CachedAnswer) => void;
}

export interface RecordedHead {
  readonly status: number;
  readonly contentType: string | null;
  /** Whether what is metered is what the upstream sends, at that moment: a decoder comes later. */
  readonly isPlain: boolean;
  /** Whether a stream will end with its usage. */
  readonly carriesUsage: boolean;
  /** For what all copies of answers hold. */
  readonly room: HeldRoom;
}

export class Recording {
  readonly #options: RecordingOptions;
  #tape: Tape | null = null;
  #form: CachedAnswer['form'] = 'document';

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  get isFollowed(): boolean {
    return this.#options.flight?.isFollowed ?? false;
  }

  /** Whether the answer should keep flowing with so many bytes waiting for the leader's own client. */
  keepsFlowing(waitingBytes: number): boolean {
    return this.isFollowed && waitingBytes < (this.#tape?.bytesMax ?? ANSWER_BYTES_MAX);
  }

  /** Tells of followers from now on. */
  lead(followed: () => void, deserted: () => void): void {
    if (this.#options.flight !== null) this.#options.flight.leader = { followed, deserted };
  }

  /** Stands before the meter, which sees the same decoded bytes. */
  watch({ status, contentType, isPlain, carriesUsage, room }: RecordedHead, meter: Meter): Meter {
    const isStream = contentType === 'text/event-stream';
    if (status !== 200 || !(isStream || contentType === 'application/json')) return meter;
    this.#form = isStream ? 'stream' : 'document';
    const tape = new Tape(ANSWER_BYTES_MAX, room.share());
    this.#tape?.release();
    this.#tape = tape;
    let isOpen = false;
    return {
      push: (bytes) => {
        this.#told(tape, () => tape.push(bytes));
        meter.push(bytes);
        // Only now: a failure before the first byte concerns nobody else.
        if (isOpen || !isStream || !isPlain) return;
        isOpen = true;
        this.#options.flight?.open({ tape, carriesUsage });
      },
      giveUp: () => {
        this.#told(tape, () => tape.shrink());
        meter.giveUp();
      },
      end: () => meter.end(),
      generatedText: () => meter.generatedText(),
    };
  }

  /** The upstream's part is over. */
  ended(how: 'whole' | 'broken'): void {
    this.#tape?.close(how);
  }

  /** It has ended so, and what it used is counted for a while: what is not kept is not given to newcomers meanwhile. */
  ending(outcome: RequestEnd['outcome'], reading: MeterReading): void {
    if (!this.#isGood(outcome, reading)) this.#options.flight?.close();
  }

  /** The request has ended, however it did. To be called once. */
  settled(end: RequestEnd, reading: MeterReading): void {
    const { cache, flight, onKept } = this.#options;
    this.#tape?.close('broken');
    let answer: CachedAnswer | null = null;
    try {
      answer = this.#answer(end, reading);
      if (answer !== null) {
        cache.put(answer);
        onKept(answer);
      }
    } finally {
      // Those who follow must hear of the end, whatever it was.
      flight?.land({ answer, end, reading });
      this.#tape?.release();
    }
  }

  #answer(end: RequestEnd, reading: MeterReading): CachedAnswer | null {
    const { clock, key, protocol, endpoint, model, ttlMs } = this.#options;
    const body = this.#isGood(end.outcome, reading) ? this.#tape?.joined() : null;
    if (body === null || body === undefined) return null;
    const nowMs = clock.now();
    return {
      key: key.id,
      parts: key.parts,
      protocol,
      endpoint,
      model,
      form: this.#form,
      body,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + ttlMs,
      modelUsed: reading.model,
      responseId: reading.responseId,
      finishReason: reading.finishReason,
      costNanoUsd: end.costNanoUsd,
    };
  }

  #isGood(outcome: RequestEnd['outcome'], reading: MeterReading): boolean {
    // An answer that became whole after its client had left, for those who followed it, is as good as any.
    const ended = outcome === 'completed' || outcome === 'client_gone';
    const isWhole = ended && reading.complete && reading.errorCode === null;
    return isWhole && isGoodEnd(this.#options.endpoint, reading.finishReason);
  }

  /** Tells the flight where `act` makes it outgrow its tape. */
  #told(tape: Tape, act: () => void): void {
    const heldAll = tape.holdsAll;
    act();
    if (heldAll && !tape.holdsAll) this.#options.flight?.outgrow();
  }
}
