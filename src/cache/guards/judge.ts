// Whether the answer to one prompt answers another. Similar is not the same: cosine similarity finds candidates, and
// what it finds must pass every guard here. Doubt is a refusal, and costs a miss.

import { numbersIn, readWords } from './words.ts';

export type Verdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly guard: string; readonly reason: string };

const ACCEPTED: Verdict = { accepted: true };
const refused = (guard: string, reason: string): Verdict => ({ accepted: false, guard, reason });

/**
 * `asked` and `stored` are the prompts as their users wrote them; `similarity` is the cosine of their vectors as the
 * embedder of the cache makes them, and `distanceMax` the greatest cosine distance that is let through.
 */
export function judge(asked: string, stored: string, similarity: number, distanceMax: number): Verdict {
  const distance = 1 - similarity;
  if (!(distance <= distanceMax)) {
    return refused('distance', `the distance ${distance.toFixed(4)} is over ${distanceMax}`);
  }
  const [one, other] = [numbersIn(asked), numbersIn(stored)];
  if (one.join(' ') !== other.join(' ')) return refused('numbers', `${one.join(' ')} or ${other.join(' ')}`);
  const [ours, theirs] = [readWords(asked), readWords(stored)];
  const odd = ours.find((word) => !theirs.includes(word)) ?? theirs.find((word) => !ours.includes(word));
  return odd === undefined ? ACCEPTED : refused('words', `only one of them says "${odd}"`);
}
