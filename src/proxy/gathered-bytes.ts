// Puts bytes together while they come: large ones in memory that other threads can read as well, since copying all of
// them at their end would hold up others.

/** Fewer are put together at the end. */
const LARGE_BYTES = 256 * 1024;
/** Room is untouched memory until it is filled, and what moves to a larger one is a quarter of it. */
const GROWTH = 4;

export class GatheredBytes {
  readonly #declaredBytes: number;
  #chunks: Buffer[] = [];
  #room: Buffer | null = null;
  #size = 0;

  /** `declaredBytes` is how many are expected; 0 where nothing says. */
  constructor(declaredBytes = 0) {
    this.#declaredBytes = declaredBytes;
  }

  get size(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    const needed = this.#size + chunk.length;
    if (this.#room === null && needed <= LARGE_BYTES) this.#chunks.push(chunk);
    else {
      if (this.#room === null || this.#room.length < needed) this.#room = this.#grown(needed);
      chunk.copy(this.#room, this.#size);
    }
    this.#size = needed;
  }

  /** All of them; nothing more may come. */
  take(): Buffer {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (this.#room !== null) return this.#room.subarray(0, this.#size);
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.#size);
  }

  #grown(neededBytes: number): Buffer {
    const room = Buffer.from(new SharedArrayBuffer(Math.max(this.#declaredBytes, GROWTH * neededBytes)));
    if (this.#room === null) {
      let at = 0;
      for (const chunk of this.#chunks) at += chunk.copy(room, at);
      this.#chunks = [];
    } else this.#room.copy(room, 0, 0, this.#size);
    return room;
  }
}
