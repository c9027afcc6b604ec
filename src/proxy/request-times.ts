// When the steps of a request happened, in milliseconds from its arrival. The first time of each counts.

import type { ChunkGaps } from '../core/chunk-gaps.ts';
import type { Clock } from '../core/clock.ts';

export type NewChunkGaps = (() => ChunkGaps) | null;

export class RequestTimes {
  readonly #clock: Clock;
  readonly #newChunkGaps: NewChunkGaps;
  readonly #arrivedMs: number;
  begunAfterMs: number | null = null;
  sentAfterMs: number | null = null;
  firstByteAfterMs: number | null = null;
  overAfterMs: number | null = null;
  /** Of its stream; null before there is one, or where nobody asks. */
  chunkGaps: ChunkGaps | null = null;

  constructor(clock: Clock, newChunkGaps: NewChunkGaps) {
    this.#clock = clock;
    this.#newChunkGaps = newChunkGaps;
    this.#arrivedMs = clock.monotonicMs();
  }

  /** To the microsecond. */
  now(): number {
    return Math.round((this.#clock.monotonicMs() - this.#arrivedMs) * 1000) / 1000;
  }

  markBegun(): void {
    this.begunAfterMs ??= this.now();
  }

  markSent(): void {
    this.sentAfterMs ??= this.now();
  }

  markFirstByte(): void {
    this.firstByteAfterMs ??= this.now();
  }

  /** A stream begins, whose parts are timed where somebody asks. */
  timeChunks(): ChunkGaps | null {
    this.chunkGaps = this.#newChunkGaps?.() ?? null;
    return this.chunkGaps;
  }

  /** Its client has its answer, or has left; what was begun for it may still go on. */
  markOver(): void {
    this.overAfterMs ??= this.now();
  }
}
