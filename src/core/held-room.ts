// What all answers hold together while they pass. One may hold a document of megabytes until it is whole, and a few bytes
// may become as much: a thousand of them at once would be more than the machine has.

const MEBIBYTE = 1024 * 1024;
/** As much as the thread that parses large documents takes in. */
const BYTES_MAX = 256 * MEBIBYTE;
/** Every answer holds a little; less than this of each is not counted. */
export const FREE_BYTES = 256 * 1024;

export class HeldRoom {
  readonly #bytesMax: number;
  #bytes = 0;
  #refusals = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How often there was none. */
  get refusals(): number {
    return this.#refusals;
  }

  share(freeBytes = FREE_BYTES): HeldShare {
    return new HeldShare(this, freeBytes);
  }

  /** One holds so much now, in the place of what it held before. False where that is more, and too much. */
  hold(nowBytes: number, beforeBytes: number): boolean {
    this.#bytes += nowBytes - beforeBytes;
    if (this.#bytes <= this.#bytesMax || nowBytes <= beforeBytes) return true;
    this.#refusals += 1;
    return false;
  }
}

/** One answer's part of a room. */
export class HeldShare {
  readonly #room: HeldRoom;
  readonly #freeBytes: number;
  #bytes = 0;

  constructor(room: HeldRoom, freeBytes: number) {
    this.#room = room;
    this.#freeBytes = freeBytes;
  }

  /** What the room knows of. */
  get bytes(): number {
    return this.#bytes;
  }

  /** It holds so much now. False where there is no room for it: then it must let go, and `leave`. */
  holds(bytes: number): boolean {
    const before = this.#bytes;
    this.#bytes = bytes <= this.#freeBytes ? 0 : bytes;
    return this.#bytes === before || this.#room.hold(this.#bytes, before);
  }

  leave(): void {
    this.holds(0);
  }
}
