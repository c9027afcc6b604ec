// One figure of two variants: B against A, with an interval that holds at every look, and what it shows.

import type { LatencyFigure } from './latency-figures.ts';
import {
  differenceInterval,
  type Estimate,
  type Interval,
  ratioInterval,
  sequenceReach,
  varianceOfDifference,
} from './mean-sequence.ts';
import { growthForQuantile, type Outlook, roundedUnits, unitsForMean } from './outlook.ts';

/**
 * - `too_early`: there is not enough to say anything
 * - `different`: the interval leaves out "no difference"
 * - `same`: it lies within the margin that was asked for; never concluded without one
 * - `open`: neither is shown
 */
export type Finding = 'too_early' | 'different' | 'same' | 'open';

export interface Comparison {
  readonly a: number | null;
  readonly b: number | null;
  /** B less A, in the figure's own unit. */
  readonly difference: Interval | null;
  /** B over A; null where A may be 0, and where there is no difference to tell. */
  readonly ratio: Interval | null;
  readonly finding: Finding;
  /** Further units in both variants until a difference as large as the one seen would be shown, while it is open. */
  readonly moreUnits: Outlook | null;
}

/** Fewer units in a variant than this say nothing. */
export const UNITS_MIN = 50;
/** For shares below this one, which need more. */
const RARE_SHARE = 0.01;
const RARE_UNITS_MIN = 200;

export interface Terms {
  readonly alpha: number;
  /** Whether the variants have what the test asks for before anything is concluded. */
  readonly mayConclude: boolean;
}

/** Whether an interval lies within the margin. */
export type Within = (difference: Interval, ratio: Interval | null) => boolean;

export function compareMeans(
  a: Estimate | null,
  b: Estimate | null,
  { alpha, mayConclude }: Terms,
  within: Within,
  kind: 'mean' | 'share' = 'mean',
): Comparison {
  const means = { a: a?.mean ?? null, b: b?.mean ?? null };
  if (a === null || b === null || !mayConclude || Math.min(a.units, b.units) < unitsMin(a, b, kind))
    return tooEarly(means);
  const difference = differenceInterval(a, b, alpha);
  const ratio = ratioInterval(a, b, alpha);
  const finding = findingOf(difference, ratio, within);
  const moreUnits = finding === 'open' ? meansOutlook(a, b, alpha) : null;
  return { ...means, difference, ratio, finding, moreUnits };
}

function unitsMin(a: Estimate, b: Estimate, kind: 'mean' | 'share'): number {
  const isRare = kind === 'share' && Math.max(a.mean, b.mean) < RARE_SHARE;
  return isRare ? RARE_UNITS_MIN : UNITS_MIN;
}

/** From two intervals of half the chance of an error each, so that both hold at once. */
export function compareQuantiles(
  a: LatencyFigure | null,
  b: LatencyFigure | null,
  { alpha, mayConclude }: Terms,
  units: number,
  within: Within,
): Comparison {
  const values = { a: a?.latencyMs ?? null, b: b?.latencyMs ?? null };
  if (a?.wideInterval == null || b?.wideInterval == null || !mayConclude) return tooEarly(values);
  const [ofA, ofB] = [a.wideInterval, b.wideInterval];
  const difference = { low: ofB.low - ofA.high, high: ofB.high - ofA.low };
  const ratio =
    ofA.low > 0 ? { low: ofB.low / Math.max(ofA.high, Number.MIN_VALUE), high: ofB.high / ofA.low } : null;
  const finding = findingOf(difference, ratio, within);
  const moreUnits = finding === 'open' ? quantilesOutlook(a, b, difference, alpha, units) : null;
  return { ...values, difference, ratio, finding, moreUnits };
}

const tooEarly = (values: { readonly a: number | null; readonly b: number | null }): Comparison => ({
  ...values,
  difference: null,
  ratio: null,
  finding: 'too_early',
  moreUnits: null,
});

function findingOf(difference: Interval, ratio: Interval | null, within: Within): Finding {
  // A difference may be shown, and be smaller than what matters: it is told as a difference.
  if (difference.low > 0 || difference.high < 0) return 'different';
  return within(difference, ratio) ? 'same' : 'open';
}

/** The range is that of a difference one standard error larger, or smaller, than the one seen. */
function meansOutlook(a: Estimate, b: Estimate, alpha: number): Outlook | null {
  const units = a.units + b.units;
  const seen = Math.abs(b.mean - a.mean);
  const variance = varianceOfDifference(a, b);
  const error = Math.sqrt(variance);
  const more = (difference: number): number | null => {
    const needed = difference > 0 ? unitsForMean(variance * units, difference, alpha) : null;
    return needed === null ? null : roundedUnits(Math.max(1, needed - units));
  };
  const low = more(seen + error);
  return low === null ? null : { low, high: more(seen - error) };
}

function quantilesOutlook(
  a: LatencyFigure,
  b: LatencyFigure,
  difference: Interval,
  alpha: number,
  units: number,
): Outlook | null {
  const seen = b.latencyMs - a.latencyMs;
  const reach = seen > 0 ? seen - difference.low : difference.high - seen;
  const count = Math.min(a.effectiveCount, b.effectiveCount);
  const more = (size: number): number | null => {
    if (size <= 0) return null;
    const growth = growthForQuantile(count, a.share, Math.min(1, size / reach), alpha / 2);
    return growth === null ? null : roundedUnits(Math.max(1, (growth - 1) * units));
  };
  // The standard error of an interval that reaches about so many of them.
  const error = reach / sequenceReach(Math.max(1, count), alpha);
  const low = more(Math.abs(seen) + error);
  return low === null ? null : { low, high: more(Math.abs(seen) - error) };
}
