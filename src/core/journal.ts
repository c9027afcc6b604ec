// What the pipeline needs of the journal. All calls return at once; none ever throws for a storage fault.

import type { NanoUsd } from './money.ts';
import type { RequestEnd, RequestRecord, RequestStart } from './record.ts';

export interface Journal {
  /** Queues the start; durable (against a killed process) after a flush, or within one turn of the event loop. */
  start(start: RequestStart): JournalEntry;
  /**
   * The request holds more than its start said: what a killed process leaves behind for it. Durable like a start.
   * `paidModel`: which model has made all of it, where that is known.
   */
  raise(entry: JournalEntry, reservedNanoUsd: NanoUsd, paidModel?: string | null): void;
  /** Makes what was queued durable now, and says whether it is. For money that must not be forgotten. */
  makeDurable(): boolean;
  /** Makes every queued start durable now. Called before the first response byte of a request leaves. */
  flushStarts(): void;
  /** Makes every queued line durable now. */
  flush(): void;
  /** Ends a started request, durable within milliseconds. Exactly once for each start; throws otherwise. */
  settle(entry: JournalEntry, end: RequestEnd): void;
}

/** A request that the journal knows to be in flight. */
export interface JournalEntry {
  readonly start: RequestStart;
}

export type LiveEvent =
  | { readonly type: 'started'; readonly record: RequestRecord }
  | { readonly type: 'settled'; readonly record: RequestRecord };

/** In-process subscribers (dashboard, telemetry). A listener that throws is dropped and reported, never felt. */
export interface LiveFeed {
  publish(event: LiveEvent): void;
  /** Returns the unsubscribe function. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** Counts tokens of a text as `model` would. Off the request path; may take milliseconds. */
export interface TokenEstimator {
  /** `characters` is how many the text has where it is only a beginning, of at least a million characters. */
  count(text: string, model: string | null, characters?: number): Promise<number>;
  /** The same of all that a large body, as JSON, makes the model read. */
  countPrompt(body: Uint8Array, model: string | null): Promise<number>;
}
