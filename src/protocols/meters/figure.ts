// A provider's figure, read as leniently as servers write it, and not at all where it cannot be right.

/** No single run reads or writes so much: what is larger is a counter that ran over, or a -1 without its sign. */
const FIGURE_MAX = 1_000_000_000;

/** Digits in a string count as a number, fractions are rounded up. Null for what is absent or cannot be a count. */
export function asFigure(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*\d/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0 && number <= FIGURE_MAX)) return null;
  return Math.ceil(number);
}

/** A code that is a number, as text; null for what is none. */
export function figureText(value: unknown): string | null {
  const figure = asFigure(value);
  return figure === null ? null : String(figure);
}

/** The largest of several spellings of one figure: servers fill those that they do not use with zeros. */
export function largestFigure(...values: readonly unknown[]): number | null {
  let largest: number | null = null;
  for (const value of values) {
    const figure = value === undefined ? null : asFigure(value);
    if (figure !== null && (largest === null || figure > largest)) largest = figure;
  }
  return largest;
}
