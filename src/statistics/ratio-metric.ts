// Figures "per request" of a split that keeps whole sessions together: a session's requests are alike, so the session
// is what was drawn, and what counts as one observation. A ratio of sums becomes a mean over sessions by the delta
// method (Deng, Knoblich and Lu, KDD 2018): each session stands for `(its sum - ratio · its requests) / mean requests`.

import type { UnitSums } from '../core/experiment-figures.ts';
import type { Estimate } from './mean-sequence.ts';

/** Null without a request that has the figure. */
export function ratioEstimate(sums: UnitSums): Estimate | null {
  const { units, sum, count, sumSquare, countSquare, product } = sums;
  if (units === 0 || count === 0) return null;
  const ratio = sum / count;
  const perUnit = count / units;
  // Rounding can leave a little less than nothing.
  const square = Math.max(0, sumSquare - 2 * ratio * product + ratio ** 2 * countSquare);
  const variance = units < 2 ? Number.POSITIVE_INFINITY : square / (units - 1) / perUnit ** 2;
  return { mean: ratio, variance, units };
}

/**
 * A share of requests. Where hardly any, or nearly all, are of the kind, the units seen vary less than they could: the
 * variance is at least that of the share with one more of each (Laplace's rule).
 */
export function shareEstimate(sums: UnitSums): Estimate | null {
  const estimate = ratioEstimate(sums);
  if (estimate === null) return null;
  const share = (sums.sum + 1) / (sums.count + 2);
  const least = (share * (1 - share) * sums.units) / sums.count;
  return { ...estimate, variance: Math.max(estimate.variance, least) };
}

/**
 * By how much more the sessions' shares vary than those of as many lone requests would; at least 1. So many requests
 * tell as much as one.
 */
export function designEffect(sums: UnitSums): number {
  const estimate = ratioEstimate(sums);
  if (estimate === null || !Number.isFinite(estimate.variance)) return 1;
  const alone = estimate.mean * (1 - estimate.mean);
  if (alone <= 0) return Math.max(1, sums.countSquare / sums.count);
  return Math.max(1, (estimate.variance / estimate.units / alone) * sums.count);
}
