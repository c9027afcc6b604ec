// By what costs are told, under the names that the command line and the API share.

import type { BreakdownDimension } from './analytics.ts';

/** Sessions are told with more: their begin and end, turns, and what caches saved. */
const COST_DIMENSIONS = ['tag', 'app', 'session', 'model', 'upstream'] as const;
export type CostDimension = (typeof COST_DIMENSIONS)[number];

/** `facet`: the values of one part of the tags instead, `team` of `team=growth`. */
export function breakdownOf(by: Exclude<CostDimension, 'session'>, facet: string | null): BreakdownDimension {
  return by === 'tag' && facet !== null ? `tag:${facet}` : by;
}
