// The bytes of one answer while it arrives, for several readers, each at its own pace: none waits for another.
//
// States: open → whole | broken. As long as everything fits into the bound, a reader may begin at the start; past it
// the tape holds what its readers have yet to read, and lets go of those who are further behind than the bound. That
// becomes small where there is no room for all tapes and copies together.

import { FREE_BYTES, type HeldShare } from '../core/held-room.ts';

export class Tape {
  readonly #share: HeldShare;
  #bytesMax: number;
  readonly #readers = new Set<TapeReader>();
  #chunks: Uint8Array[] = [];
  /** How many chunks were dropped from the start. */
  #dropped = 0;
  #bytes = 0;
  #end: 'open' | 'whole' | 'broken' = 'open';
  #holdsAll = true;
  /** Nobody begins to read it any more. */
  #isReleased = false;

  constructor(bytesMax: number, share: HeldShare) {
    this.#bytesMax = bytesMax;
    this.#share = share;
  }

  /** How far its readers may be behind. */
  get bytesMax(): number {
    return this.#bytesMax;
  }

  get end(): 'open' | 'whole' | 'broken' {
    return this.#end;
  }

  /** Whether the start is still there. */
  get holdsAll(): boolean {
    return this.#holdsAll;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#wake();
    if (this.#holdsAll && this.#bytes > this.#bytesMax) this.#holdsAll = false;
    if (!this.#holdsAll) this.#trim();
    if (!this.#share.holds(this.#bytes)) this.shrink();
  }

  /** It holds no more than its readers need just now. */
  shrink(): void {
    this.#share.leave();
    this.#holdsAll = false;
    this.#bytesMax = Math.min(this.#bytesMax, FREE_BYTES);
    this.#trim();
  }

  /** Who reads it reads on, and nobody else begins to. */
  release(): void {
    this.#isReleased = true;
    this.#leaveOnceRead();
  }

  /** Nothing more comes. A second call does nothing. */
  close(end: 'whole' | 'broken'): void {
    if (this.#end !== 'open') return;
    this.#end = end;
    this.#wake();
  }

  /** A reader at the start. `wake` tells of more bytes or the end, `lost` of bytes that it will never get. */
  read(wake: () => void, lost: () => void): TapeReader {
    if (!this.#holdsAll) throw new Error('the start of the tape is gone');
    const reader = new TapeReader(
      (at) => this.#chunks[at - this.#dropped],
      wake,
      lost,
      () => {
        this.#readers.delete(reader);
        this.#leaveOnceRead();
      },
    );
    this.#readers.add(reader);
    return reader;
  }

  /** Everything that arrived, in memory of its own; null where it no longer holds all. */
  joined(): Uint8Array | null {
    if (!this.#holdsAll) return null;
    // An answer that is kept must not hold, nor share, the pool that buffers come from.
    const body = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }

  #leaveOnceRead(): void {
    if (this.#isReleased && this.#readers.size === 0) this.#share.leave();
  }

  #wake(): void {
    for (const reader of [...this.#readers]) reader.wake();
  }

  #trim(): void {
    for (const reader of [...this.#readers].sort((a, b) => a.at - b.at)) {
      this.#dropBefore(reader.at);
      if (this.#bytes <= this.#bytesMax) return;
      this.#readers.delete(reader);
      reader.lost();
    }
    this.#dropBefore(this.#dropped + this.#chunks.length);
  }

  #dropBefore(at: number): void {
    for (const chunk of this.#chunks.splice(0, at - this.#dropped)) {
      this.#bytes -= chunk.length;
      this.#dropped += 1;
    }
  }
}

export class TapeReader {
  readonly wake: () => void;
  readonly lost: () => void;
  readonly #chunkAt: (at: number) => Uint8Array | undefined;
  readonly #leave: () => void;
  #at = 0;

  constructor(
    chunkAt: (at: number) => Uint8Array | undefined,
    wake: () => void,
    lost: () => void,
    leave: () => void,
  ) {
    this.#chunkAt = chunkAt;
    this.wake = wake;
    this.lost = lost;
    this.#leave = leave;
  }

  /** How many chunks it has read. */
  get at(): number {
    return this.#at;
  }

  /** The next bytes; null where there are none yet. */
  next(): Uint8Array | null {
    const chunk = this.#chunkAt(this.#at);
    if (chunk === undefined) return null;
    this.#at += 1;
    return chunk;
  }

  stop(): void {
    this.#leave();
  }
}
