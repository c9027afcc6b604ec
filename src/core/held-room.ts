// What all answers that are being read hold together. One may hold a document of megabytes until it is whole, and a few
// bytes may become as much: a thousand of them at once would be more than the machine has.

/** As much as the thread that parses large documents takes in. */
const BYTES_MAX = 256 * 1024 * 1024;

export class HeldRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** One answer holds so much now, in the place of what it held before. Returns whether there is room for all. */
  hold(nowBytes: number, beforeBytes: number): boolean {
    this.#bytes += nowBytes - beforeBytes;
    return this.#bytes <= this.#bytesMax;
  }
}
