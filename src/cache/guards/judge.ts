// Whether the answer to one prompt answers another. Similar is not the same: cosine similarity finds candidates, and
// what it finds must pass every guard. Doubt is a refusal, and costs a miss.

import { GUARDS, type PromptPair, pairOf } from './guards.ts';

export type Verdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly guard: string; readonly reason: string };

const ACCEPTED: Verdict = { accepted: true };

/**
 * How much farther apart prompts may lie that say the same words: then the vectors only confirm what the words show.
 * It is a factor, so that a stricter setting is stricter for them, too.
 */
const SAME_WORDS_REACH = 3;

/** How far beyond the greatest distance this pair may lie. */
export function reachOf({ onlyAsked, onlyStored, isSameOrder }: PromptPair): number {
  return isSameOrder && onlyAsked.length + onlyStored.length === 0 ? SAME_WORDS_REACH : 1;
}

/**
 * `asked` and `stored` are the prompts as their users wrote them; `similarity` is the cosine of their vectors as the
 * embedder of the cache makes them, and `distanceMax` the greatest cosine distance that is let through where words
 * differ.
 */
export function judge(asked: string, stored: string, similarity: number, distanceMax: number): Verdict {
  const distance = 1 - similarity;
  const tooFar = (limit: number): Verdict => ({
    accepted: false,
    guard: 'distance',
    reason: `the distance ${distance.toFixed(4)} is over ${limit}`,
  });
  // Most neighbours are out of any reach, and need no reading.
  if (!(distance <= distanceMax * SAME_WORDS_REACH)) return tooFar(distanceMax);
  const pair = pairOf(asked, stored, similarity);
  if (distance > distanceMax * reachOf(pair)) return tooFar(distanceMax);
  for (const { name, refuses } of GUARDS) {
    const reason = refuses(pair);
    if (reason !== null) return { accepted: false, guard: name, reason };
  }
  return ACCEPTED;
}
