// A copy of a text to look for secrets in: without characters that nobody sees, and with quotes that are escaped laid
// open. Places in the copy are led back to the text.

/** Soft hyphens, zero-width spaces and joiners, direction marks: put into a key, they hide it. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]/;

export interface PlainCopy {
  readonly text: string;
  /** From a place in the copy to the text's. */
  placeOf(at: number): number;
}

export function plainCopy(text: string): PlainCopy {
  // As long as it was: the places are the same.
  const open = text.includes('\\"') ? text.replaceAll('\\"', ' "') : text;
  if (!UNSEEN.test(open)) return { text: open, placeOf: (at) => at };
  const places: number[] = [];
  let copy = '';
  for (let at = 0; at < open.length; at += 1) {
    const character = open[at] as string;
    if (UNSEEN.test(character)) continue;
    places.push(at);
    copy += character;
  }
  return { text: copy, placeOf: (at) => places[at] ?? open.length };
}
