// What the nearest stored questions are worth: the one rule, for the proxy and for `cache why`.

import { judge, type Verdict } from '../guards/judge.ts';
import type { Standing } from './ports.ts';
import type { IndexedQuestion, Neighbour } from './vector-index.ts';

/** Guards often refuse the nearest of all. */
export const NEIGHBOURS = 5;

export interface Judged {
  readonly question: IndexedQuestion;
  readonly similarity: number;
  readonly verdict: Verdict;
}

/** `distanceMax` is what the trust in the partition leaves of the setting. */
export function judged(text: string, neighbours: readonly Neighbour[], distanceMax: number): Judged[] {
  return neighbours.map(({ question, similarity }) => ({
    question,
    similarity,
    verdict:
      refusalOf(question.standing, similarity, distanceMax) ??
      // Two vectors may be the same and their dot product a little over 1.
      judge(text, question.text, Math.min(1, similarity), distanceMax),
  }));
}

function refusalOf(standing: Standing, similarity: number, distanceMax: number): Verdict | null {
  if (distanceMax <= 0)
    return { accepted: false, guard: 'off', reason: 'too many checked answers were wrong' };
  const { distanceBelow } = standing;
  if (distanceBelow === 0)
    return { accepted: false, guard: 'stopped', reason: 'this answer was wrong for similar prompts' };
  if (distanceBelow !== null && 1 - similarity >= distanceBelow)
    return {
      accepted: false,
      guard: 'tightened',
      reason: `this answer was wrong for a prompt at a distance of ${distanceBelow.toFixed(4)}`,
    };
  return null;
}
