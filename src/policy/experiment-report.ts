// What an A/B test has shown: each variant's figures with 95 % intervals, and whether they differ.

import type { VariantRow } from '../core/analytics.ts';
import type { ExperimentDefinition } from './rules.ts';

/** The two-sided 95 % quantile of the normal distribution. */
const Z = 1.96;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface VariantReport extends VariantRow {
  readonly failureRate: Interval | null;
  readonly meanCost: Interval | null;
  readonly meanLatency: Interval | null;
}

export interface Difference {
  /** B minus A, in the figure's own unit. */
  readonly difference: Interval;
  /** True where the interval leaves out 0. */
  readonly isSignificant: boolean;
}

export interface ExperimentReport {
  /** Each variant with a request, `a` first. */
  readonly variants: readonly VariantReport[];
  /** Whether every variant has the requests that the test asks for. */
  readonly enough: boolean;
  /** Of a request, B minus A; null without two priced requests each. */
  readonly cost: Difference | null;
  readonly latency: Difference | null;
}

export function experimentReport(
  { minSamples }: Pick<ExperimentDefinition, 'minSamples'>,
  rows: readonly VariantRow[],
): ExperimentReport {
  const [a, b] = ['a', 'b'].map((variant) => rows.find((row) => row.variant === variant));
  return {
    variants: rows.map(reportOf),
    enough: [a, b].every((row) => (row?.requests ?? 0) >= minSamples),
    cost: differenceOf(costOf(a), costOf(b)),
    latency: differenceOf(latencyOf(a), latencyOf(b)),
  };
}

const costOf = (row: VariantRow | undefined) => ({
  mean: row?.meanCostNanoUsd ?? null,
  variance: row?.varianceCost ?? null,
  count: (row?.requests ?? 0) - (row?.unpricedRequests ?? 0),
});
const latencyOf = (row: VariantRow | undefined) => ({
  mean: row?.meanLatencyMs ?? null,
  variance: row?.varianceLatency ?? null,
  count: row?.requests ?? 0,
});

/** Wilson's score interval (E. B. Wilson, 1927), which holds for small counts and for 0 as well. */
export function wilson(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const scale = 1 + Z ** 2 / trials;
  const center = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

function reportOf(row: VariantRow): VariantReport {
  const priced = row.requests - row.unpricedRequests;
  return {
    ...row,
    failureRate: wilson(row.failedRequests, row.requests),
    meanCost: meanInterval(row.meanCostNanoUsd, row.varianceCost, priced),
    meanLatency: meanInterval(row.meanLatencyMs, row.varianceLatency, row.requests),
  };
}

/** Of the means' difference, by Welch: the variances need not be equal. Null without two values each. */
export function differenceOf(
  a: { readonly mean: number | null; readonly variance: number | null; readonly count: number },
  b: { readonly mean: number | null; readonly variance: number | null; readonly count: number },
): Difference | null {
  if (a.mean === null || b.mean === null || a.count < 2 || b.count < 2) return null;
  const error = Math.sqrt((a.variance ?? 0) / (a.count - 1) + (b.variance ?? 0) / (b.count - 1));
  const difference = { low: b.mean - a.mean - Z * error, high: b.mean - a.mean + Z * error };
  return { difference, isSignificant: difference.low > 0 || difference.high < 0 };
}

/** The variance is the mean square around the mean; over `count - 1` it is the square of the mean's standard error. */
function meanInterval(mean: number | null, variance: number | null, count: number): Interval | null {
  if (mean === null || variance === null || count < 2) return null;
  const half = Z * Math.sqrt(variance / (count - 1));
  return { low: Math.max(0, mean - half), high: mean + half };
}
