// Headers as a flat list, a name and its value in turn: the form in which Node and undici hand them over, which alone
// keeps the order, the spelling and the repetition of names. Loops of the hot path walk the list themselves.

/** Each name with its value. A name without a value at the end of the list is left out. */
export function headerPairs(flat: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    pairs.push([flat[index] as string, flat[index + 1] as string]);
  return pairs;
}
