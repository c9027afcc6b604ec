// A variant's p50 and p95 latency with their intervals, by as few questions to the records as that takes.

import type { ExperimentFigures, ExperimentRecords, VariantFigures } from '../core/experiment-figures.ts';
import type { Interval } from './mean-sequence.ts';
import { quantileShares } from './quantile-sequence.ts';
import { designEffect } from './ratio-metric.ts';

const LATENCY_SHARES = [0.5, 0.95] as const;

export interface LatencyFigure {
  readonly share: number;
  readonly latencyMs: number;
  /** Of the variant alone; null where there are not enough answers yet. */
  readonly interval: Interval | null;
  /** For half the chance of an error: two of them make the interval of a difference. */
  readonly wideInterval: Interval | null;
  /** How many independent answers the answers tell as much as. */
  readonly effectiveCount: number;
}

export async function readLatencies(
  figures: ExperimentFigures,
  records: ExperimentRecords,
  { variant, latencyCount }: VariantFigures,
  alpha: number,
): Promise<readonly LatencyFigure[]> {
  if (latencyCount === 0) return [];
  const latencies = await figures.latencyQuantiles(records, variant, LATENCY_SHARES);
  const upTo = await figures.latenciesUpTo(records, variant, latencies);
  const counts = upTo.map((sums) => latencyCount / designEffect(sums));
  const bounds = LATENCY_SHARES.flatMap((share, index) =>
    [alpha, alpha / 2].map((chance) => quantileShares(counts[index] ?? 0, share, chance)),
  );
  const asked = bounds.flatMap((shares) => (shares === null ? [] : [shares.low, shares.high]));
  const values = await figures.latencyQuantiles(records, variant, asked);
  let next = 0;
  const intervals = bounds.map((shares): Interval | null => {
    if (shares === null) return null;
    next += 2;
    return { low: values[next - 2] ?? 0, high: values[next - 1] ?? 0 };
  });
  return LATENCY_SHARES.map((share, index) => ({
    share,
    latencyMs: latencies[index] ?? 0,
    interval: intervals[2 * index] ?? null,
    wideInterval: intervals[2 * index + 1] ?? null,
    effectiveCount: counts[index] ?? 0,
  }));
}
