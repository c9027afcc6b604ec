// Follows a JSON list as it comes, to know where its elements end: objects and lists, as Gemini streams them.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

export class ListScanner {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #hasBegun = false;
  /** Whether an element must follow, or may: behind the list's bracket, and behind a comma. */
  #awaitsElement = true;

  /** True where no element is open. */
  get isBetween(): boolean {
    return this.#depth <= 1 && !this.#isInText;
  }

  /** Reads on from `from` to the end of an element. Returns the index behind it, -1 where none ends. */
  next(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) if (this.#read(bytes[at]!)) return at + 1;
    return -1;
  }

  /** What makes one more element the last one, here: what stands before it, and behind. Null behind the list's end. */
  closing(): readonly [before: string, behind: string] | null {
    if (!this.#hasBegun) return ['[', ']'];
    return this.#depth === 0 ? null : [this.#awaitsElement ? '' : ',\n', '\n]'];
  }

  /** True where this byte ends an element. */
  #read(byte: number): boolean {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInText = false;
      return false;
    }
    if (byte === QUOTE) this.#isInText = true;
    else if (OPENING.has(byte)) {
      this.#hasBegun = true;
      this.#depth += 1;
    } else if (CLOSING.has(byte)) {
      this.#depth -= 1;
      if (this.#depth === 1) this.#awaitsElement = false;
      return this.#depth === 1;
    } else if (byte === COMMA && this.#depth === 1) this.#awaitsElement = true;
    return false;
  }
}
