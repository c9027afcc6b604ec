// Intervals for quantiles that hold at every look: Howard and Ramdas, "Sequential estimation of quantiles with
// applications to A/B testing and best-arm identification" (Bernoulli, 2022), by the stitched boundary of their
// Theorem 1 itself, which is narrower than its closed form.

import type { Interval } from './mean-sequence.ts';

/** Counts below it are given its interval: nobody asks there. */
const FIRST_LOOK = 50;
/** How the looks are put into epochs, each longer by this factor … */
const EPOCH_GROWTH = 2.04;
/** … and given their parts of the chance of an error, falling with this power of their number. */
const EPOCH_POWER = 1.4;
/** Riemann's zeta function at that power. */
const ZETA = 3.1055472779775815;
const EPOCH_COST = Math.log(ZETA / Math.log(EPOCH_GROWTH) ** EPOCH_POWER);
const SPREAD_FACTOR = (EPOCH_GROWTH ** 0.25 + EPOCH_GROWTH ** -0.25) / Math.SQRT2;
const TAIL_FACTOR = (Math.sqrt(EPOCH_GROWTH) + 1) / 2;

/**
 * How far the interval of the `share` quantile reaches in shares, after `count` independent values: it goes from the
 * `share - reach` quantile of what was seen to the `share + reach` quantile.
 */
export function quantileReach(count: number, share: number, alpha: number): number {
  if (!(count > 0)) return Number.POSITIVE_INFINITY;
  const looks = Math.max(1, count / FIRST_LOOK);
  const level = EPOCH_POWER * Math.log(Math.log(EPOCH_GROWTH * looks)) + EPOCH_COST - Math.log(alpha / 2);
  const spread = share * (1 - share) * Math.max(count, FIRST_LOOK);
  const tail = (TAIL_FACTOR * level * Math.abs(1 - 2 * share)) / 3;
  return (Math.sqrt(SPREAD_FACTOR ** 2 * spread * level + tail ** 2) + tail) / count;
}

/** The shares whose quantiles bound it; null where one of them lies outside what was seen: not enough yet. */
export function quantileShares(count: number, share: number, alpha: number): Interval | null {
  const reach = quantileReach(count, share, alpha);
  const [low, high] = [share - reach, share + reach];
  return low <= 0 || high >= 1 ? null : { low, high };
}
