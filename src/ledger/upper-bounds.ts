// Remembers of any number of names an upper bound of an amount each, in a table of fixed size.

const CELLS = 2 ** 16;
const CELLS_EACH = 4;

/** For any text an upper bound of the largest amount that it was raised to; exact as long as few share their cells. */
export class UpperBounds {
  readonly #cells = new Float64Array(CELLS);

  raise(name: string, amount: number): void {
    for (const cell of cellsOf(name)) this.#cells[cell] = Math.max(this.#cells[cell] ?? 0, amount);
  }

  of(name: string): number {
    return Math.min(...cellsOf(name).map((cell) => this.#cells[cell] ?? 0));
  }
}

/** By double hashing of two FNV-1a hashes. */
function cellsOf(name: string): readonly number[] {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other + code, 0x85ebca6b) ^ (other >>> 13);
  }
  const step = (other | 1) >>> 0;
  return Array.from({ length: CELLS_EACH }, (_, index) => ((one >>> 0) + index * step) % CELLS);
}
