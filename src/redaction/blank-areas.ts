// Parts of a text that hold bytes, not words: long runs of base64, and data URLs. No secret is looked for inside.

import type { Span } from './span.ts';

export type Area = Pick<Span, 'start' | 'end'>;

const RUN_MIN = 256;
const RUN = new RegExp(`[A-Za-z0-9+/]{${RUN_MIN},}={0,2}`, 'g');

/** In order. */
export function blankAreas(text: string): readonly Area[] {
  if (text.length < RUN_MIN) return [];
  return [...text.matchAll(RUN)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

/** The areas filled with blanks, so that nothing is found in them. */
export function blanked(text: string, areas: readonly Area[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of areas) {
    parts.push(text.slice(from, start), ' '.repeat(end - start));
    from = end;
  }
  return parts.join('') + text.slice(from);
}

/** Whether a place lies inside one. Its beginning does not: a key of known form may begin there. */
export function isInside(areas: readonly Area[], at: number): boolean {
  let low = 0;
  let high = areas.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const area = areas[middle] as Area;
    if (at <= area.start + 16) high = middle - 1;
    else if (at >= area.end) low = middle + 1;
    else return true;
  }
  return false;
}
