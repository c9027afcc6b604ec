// Intervals for a difference of means that hold at every look, not only at one: asymptotic confidence sequences, after
// Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
// sequences" (Annals of Statistics, 2024).

/** Units at which an interval is tightest. */
const TIGHTEST_AT = 500;

/** A mean's estimate: what a unit varies by, and how many units there are. */
export interface Estimate {
  readonly mean: number;
  /** Of one unit, not of the mean. */
  readonly variance: number;
  readonly units: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * How many standard errors the interval reaches to each side after `units` in all: about 2.9 at its tightest for 95 %,
 * where an interval for one look has 1.96.
 */
export function sequenceReach(units: number, alpha: number, tightestAt = TIGHTEST_AT): number {
  if (!(units > 0 && alpha > 0 && alpha < 1)) throw new RangeError(`no reach for ${units} units at ${alpha}`);
  const logs = -2 * Math.log(alpha);
  // The paper's ρ²·t, with ρ² chosen for `tightestAt`.
  const scaled = (units / tightestAt) * (logs + Math.log(1 + logs));
  return Math.sqrt(2 * (1 + 1 / scaled) * (0.5 * Math.log1p(scaled) - Math.log(alpha)));
}

/** The squared standard error of B's mean less A's. */
export function varianceOfDifference(a: Estimate, b: Estimate): number {
  return a.variance / a.units + b.variance / b.units;
}

/** B's mean less A's. */
export function differenceInterval(a: Estimate, b: Estimate, alpha: number): Interval {
  const half = sequenceReach(a.units + b.units, alpha) * Math.sqrt(varianceOfDifference(a, b));
  const difference = b.mean - a.mean;
  return { low: difference - half, high: difference + half };
}

/**
 * B's mean over A's, for figures that are never negative, after Fieller: every ratio r for which the interval of
 * `B - r·A` has 0 in it. It leaves out 1 exactly where the interval of the difference leaves out 0. Null where A's mean
 * may be 0, so that any ratio may be.
 */
export function ratioInterval(a: Estimate, b: Estimate, alpha: number): Interval | null {
  const square = sequenceReach(a.units + b.units, alpha) ** 2;
  const leading = a.mean ** 2 - (square * a.variance) / a.units;
  if (leading <= 0) return null;
  const constant = b.mean ** 2 - (square * b.variance) / b.units;
  const product = a.mean * b.mean;
  const root = Math.sqrt(Math.max(0, product ** 2 - leading * constant));
  return { low: Math.max(0, (product - root) / leading), high: (product + root) / leading };
}
