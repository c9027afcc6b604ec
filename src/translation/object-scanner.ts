// Follows the text of one JSON object as it comes in pieces, to know where it ends. It does not check it.

export class ObjectScanner {
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  #hasBegun = false;

  /** Whether the object was closed. */
  get isWhole(): boolean {
    return this.#hasBegun && this.#depth === 0;
  }

  /** As much of the piece as belongs to the object. */
  take(piece: string): string {
    if (this.isWhole) return '';
    for (let at = 0; at < piece.length; at += 1) {
      this.#step(piece[at] as string);
      if (this.isWhole) return piece.slice(0, at + 1);
    }
    return piece;
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
