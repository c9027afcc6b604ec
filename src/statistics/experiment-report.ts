// What an A/B test has shown so far. It may be watched: every interval holds at every look, and all of them together
// with the stated chance (Bonferroni), so that looking often, or at many figures, makes no difference out of nothing.

import type { ExperimentFigures, ExperimentRecords, VariantFigures } from '../core/experiment-figures.ts';
import {
  type Comparison,
  compareMeans,
  compareQuantiles,
  type Terms,
  UNITS_MIN,
  type Within,
} from './comparison.ts';
import { type LatencyFigure, readLatencies } from './latency-figures.ts';
import { type Estimate, type Interval, sequenceReach } from './mean-sequence.ts';
import { ratioEstimate, shareEstimate } from './ratio-metric.ts';
import { isSampleRatioWrong, SAMPLE_RATIO_ALPHA } from './sample-ratio.ts';

export const COMPARED = [
  'cost',
  'failures',
  'latencyP50',
  'latencyP95',
  'tokens',
  'rating',
  'grade',
] as const;
export type Compared = (typeof COMPARED)[number];

/** The chance that any interval of the report misses the truth at any look. */
const ALPHA = 0.05;

export interface Figure {
  readonly value: number;
  /** Of this variant alone; null where there is not enough yet. */
  readonly interval: Interval | null;
}

export interface VariantReport {
  readonly variant: string;
  readonly units: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  /** Requests of unknown cost: in no figure of cost. */
  readonly unpricedRequests: number;
  readonly failedRequests: number;
  readonly failureRate: Figure | null;
  /** Of a request, in nano-dollars. */
  readonly meanCost: Figure | null;
  readonly meanTokens: Figure | null;
  readonly latencyP50: Figure | null;
  readonly latencyP95: Figure | null;
  readonly rating: Figure | null;
  readonly ratedRequests: number;
  /** What a judge gave its answers. */
  readonly grade: Figure | null;
  readonly gradedRequests: number;
  readonly judges: readonly string[];
}

export interface ExperimentReport {
  /** Of all intervals together. */
  readonly confidence: number;
  /** What was drawn, and is counted as one. */
  readonly unit: ExperimentRecords['unit'];
  /** Each variant with an ended request, `a` first. */
  readonly variants: readonly VariantReport[];
  /** Whether every variant has the requests and the units that it takes to conclude. */
  readonly enough: boolean;
  /** Percent that two figures may lie apart and still be called the same; null: nothing is. */
  readonly marginPercent: number | null;
  /** B against A. */
  readonly comparisons: Readonly<Record<Compared, Comparison>>;
  /** Whether the variants got their shares: a wrong one says that something is lost on the way to the records. */
  readonly sampleRatio: {
    readonly expectedShareOfB: number;
    readonly shareOfB: number | null;
    readonly isWrong: boolean;
    readonly alpha: number;
  };
}

export interface ReportTerms {
  readonly split: number;
  readonly minSamples: number;
  readonly marginPercent: number | null;
}

interface Measured {
  readonly figures: VariantFigures;
  readonly latencies: readonly LatencyFigure[];
  readonly cost: Estimate | null;
  readonly failures: Estimate | null;
  readonly tokens: Estimate | null;
  readonly rating: Estimate | null;
  readonly grade: Estimate | null;
}

function isEnough(variants: readonly (Measured | null | undefined)[], { minSamples }: ReportTerms): boolean {
  return variants.every(
    (one) => one != null && one.figures.requests >= minSamples && one.figures.units >= UNITS_MIN,
  );
}

export async function reportExperiment(
  source: ExperimentFigures,
  records: ExperimentRecords,
  terms: ReportTerms,
): Promise<ExperimentReport> {
  const alpha = ALPHA / COMPARED.length;
  const measured: Measured[] = [];
  for (const figures of await source.variantFigures(records))
    measured.push(measure(figures, await readLatencies(source, records, figures, alpha)));
  const [a, b] = ['a', 'b'].map((name) => measured.find(({ figures }) => figures.variant === name) ?? null);
  const enough = isEnough([a, b], terms);
  return {
    confidence: 1 - ALPHA,
    unit: records.unit,
    variants: measured.map((one) => variantReport(one, alpha)),
    enough,
    marginPercent: terms.marginPercent,
    comparisons: comparisonsOf(a ?? null, b ?? null, { alpha, mayConclude: enough }, terms.marginPercent),
    sampleRatio: sampleRatioOf(a?.figures.units ?? 0, b?.figures.units ?? 0, terms.split / 100),
  };
}

function measure(figures: VariantFigures, latencies: readonly LatencyFigure[]): Measured {
  return {
    figures,
    latencies,
    cost: ratioEstimate(figures.cost),
    failures: shareEstimate(figures.failures),
    tokens: ratioEstimate(figures.tokens),
    rating: ratioEstimate(figures.ratings),
    grade: ratioEstimate(figures.grades),
  };
}

function comparisonsOf(
  a: Measured | null,
  b: Measured | null,
  terms: Terms,
  marginPercent: number | null,
): Readonly<Record<Compared, Comparison>> {
  const margin = marginPercent === null ? null : marginPercent / 100;
  const relative: Within = (_, ratio) =>
    margin !== null && ratio !== null && ratio.low >= 1 - margin && ratio.high <= 1 + margin;
  // A rate is told in points, and so is its margin.
  const points: Within = ({ low, high }) => margin !== null && low >= -margin && high <= margin;
  const units = (a?.figures.units ?? 0) + (b?.figures.units ?? 0);
  const quantile = (index: number): Comparison =>
    compareQuantiles(a?.latencies[index] ?? null, b?.latencies[index] ?? null, terms, units, relative);
  return {
    cost: compareMeans(a?.cost ?? null, b?.cost ?? null, terms, relative),
    failures: compareMeans(a?.failures ?? null, b?.failures ?? null, terms, points, 'share'),
    latencyP50: quantile(0),
    latencyP95: quantile(1),
    tokens: compareMeans(a?.tokens ?? null, b?.tokens ?? null, terms, relative),
    rating: compareMeans(a?.rating ?? null, b?.rating ?? null, terms, relative),
    grade: compareMeans(a?.grade ?? null, b?.grade ?? null, terms, relative),
  };
}

function variantReport({ figures, latencies, ...estimates }: Measured, alpha: number): VariantReport {
  const { variant, units, requests, inputTokens, outputTokens, cost, failures, ratings, grades, judges } =
    figures;
  const mean = (estimate: Estimate | null): Figure | null => figureOf(estimate, alpha);
  const latency = (one: LatencyFigure | undefined): Figure | null =>
    one === undefined ? null : { value: one.latencyMs, interval: one.interval };
  return {
    variant,
    units,
    requests,
    inputTokens,
    outputTokens,
    costNanoUsd: cost.sum,
    unpricedRequests: requests - cost.count,
    failedRequests: failures.sum,
    failureRate: boundedAt(mean(estimates.failures), 1),
    meanCost: mean(estimates.cost),
    meanTokens: mean(estimates.tokens),
    latencyP50: latency(latencies[0]),
    latencyP95: latency(latencies[1]),
    rating: boundedAt(mean(estimates.rating), 5),
    ratedRequests: ratings.count,
    grade: boundedAt(mean(estimates.grade), 5),
    gradedRequests: grades.count,
    judges,
  };
}

/** None of the figures is ever negative. */
function figureOf(estimate: Estimate | null, alpha: number): Figure | null {
  if (estimate === null) return null;
  const { mean, variance, units } = estimate;
  if (units < UNITS_MIN) return { value: mean, interval: null };
  const half = sequenceReach(units, alpha) * Math.sqrt(variance / units);
  return { value: mean, interval: { low: Math.max(0, mean - half), high: mean + half } };
}

function boundedAt(figure: Figure | null, most: number): Figure | null {
  if (figure?.interval == null) return figure;
  const { low, high } = figure.interval;
  return { ...figure, interval: { low, high: Math.min(most, high) } };
}

function sampleRatioOf(a: number, b: number, share: number): ExperimentReport['sampleRatio'] {
  return {
    expectedShareOfB: share,
    shareOfB: a + b === 0 ? null : b / (a + b),
    isWrong: isSampleRatioWrong([a, b], [1 - share, share]),
    alpha: SAMPLE_RATIO_ALPHA,
  };
}
