// Whether the answer to one prompt answers another. Similar is not the same: cosine similarity finds candidates, and
// what it finds must pass every guard. Doubt is a refusal, and costs a miss.

import { GUARDS, pairOf } from './guards.ts';

export type Verdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly guard: string; readonly reason: string };

const ACCEPTED: Verdict = { accepted: true };

/**
 * `asked` and `stored` are the prompts as their users wrote them; `similarity` is the cosine of their vectors as the
 * embedder of the cache makes them, and `distanceMax` the greatest cosine distance that is let through.
 */
export function judge(asked: string, stored: string, similarity: number, distanceMax: number): Verdict {
  const distance = 1 - similarity;
  if (!(distance <= distanceMax)) {
    const reason = `the distance ${distance.toFixed(4)} is over ${distanceMax}`;
    return { accepted: false, guard: 'distance', reason };
  }
  const pair = pairOf(asked, stored, similarity);
  for (const { name, refuses } of GUARDS) {
    const reason = refuses(pair);
    if (reason !== null) return { accepted: false, guard: name, reason };
  }
  return ACCEPTED;
}
