// Follows the text of one JSON object as it comes in pieces, to know where it ends. It does not check it, but for two
// habits of servers: an empty object before the real one (`{}{"x":1}`), and line breaks inside of texts as they are.

export class ObjectScanner {
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  #hasBegun = false;
  #hasContent = false;
  /** Of an object that has nothing in it so far: another one may take its place. */
  #held = '';

  /** Whether the object was closed. */
  get isWhole(): boolean {
    return this.#hasBegun && this.#depth === 0;
  }

  /** What was kept back; asked when nothing else comes. */
  get held(): string {
    return this.#held;
  }

  /** As much of the piece as belongs to the object, and can be told now. */
  take(piece: string): string {
    let at = 0;
    while (at < piece.length && !this.#hasContent) {
      this.#open(piece[at] as string);
      at += 1;
    }
    const told = this.#hasContent ? this.#held + this.#rest(piece, at) : '';
    if (this.#hasContent) this.#held = '';
    return told;
  }

  /** Before anything is in it. */
  #open(character: string): void {
    const isBegin = character === '{';
    const isNothing = isBegin
      ? this.#depth === 0
      : isBlank(character) || (character === '}' && !this.isWhole);
    // What follows an empty object is no part of it, unless it is another object.
    if (this.isWhole && !isBegin) return;
    if (this.isWhole) this.#held = '';
    this.#step(character);
    this.#held += character;
    if (!isNothing) this.#hasContent = true;
  }

  #rest(piece: string, begin: number): string {
    let told = '';
    let from = begin;
    let at = begin;
    for (; at < piece.length && !this.isWhole; at += 1) {
      const character = piece[at] as string;
      if (this.#inText && !this.#isEscaped && character < ' ') {
        told += piece.slice(from, at) + JSON.stringify(character).slice(1, -1);
        from = at + 1;
      }
      this.#step(character);
    }
    return told + piece.slice(from, at);
  }

  #step(character: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#inText) {
      if (character === '\\') this.#isEscaped = true;
      else if (character === '"') this.#inText = false;
    } else if (character === '"') this.#inText = true;
    else if (character === '{' || character === '[') {
      this.#depth += 1;
      this.#hasBegun = true;
    } else if (character === '}' || character === ']') this.#depth = Math.max(0, this.#depth - 1);
  }
}

const isBlank = (character: string): boolean => character.trim() === '';
