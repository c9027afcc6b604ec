// How many more units it takes until an interval is narrow enough, with the spread seen so far held.

import { sequenceReach } from './mean-sequence.ts';
import { quantileReach } from './quantile-sequence.ts';

/** More than this is no plan. */
const UNITS_MAX = 10_000_000;

/** A range of further units; `high` is null where no number of them is sure to do. */
export interface Outlook {
  readonly low: number;
  readonly high: number | null;
}

/** Units in all until the interval of a mean reaches `half`; `unitVariance` is the difference's, times the units. */
export function unitsForMean(unitVariance: number, half: number, alpha: number): number | null {
  return leastUnits((units) => sequenceReach(units, alpha) * Math.sqrt(unitVariance / units) <= half);
}

/**
 * Until each variant's interval of a quantile has shrunk to `factor` of what it is at `count` values: as the shares
 * that bound it draw together, so do the values, nearly. How many times as many values that takes.
 */
export function growthForQuantile(
  count: number,
  share: number,
  factor: number,
  alpha: number,
): number | null {
  const wanted = quantileReach(count, share, alpha) * factor;
  const found = leastUnits((units) => quantileReach(units, share, alpha) <= wanted);
  return found === null ? null : Math.max(1, found / count);
}

/** The smallest number for which it is enough; it stays enough for every larger one. */
function leastUnits(isEnough: (units: number) => boolean): number | null {
  if (!isEnough(UNITS_MAX)) return null;
  let [low, high] = [0, UNITS_MAX];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** To two digits, as one says such a number. */
export function roundedUnits(units: number): number {
  if (units < 10) return Math.ceil(units);
  const step = 10 ** (Math.floor(Math.log10(units)) - 1);
  return Math.ceil(units / step) * step;
}
