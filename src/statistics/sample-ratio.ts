// Whether the units fell on the variants as the split says, checked at every look: the sequential multinomial test of
// Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022).

import { logGamma } from './log-gamma.ts';

/** How strongly the alternative is held to be near the split. */
const CONCENTRATION = 100;
/** The chance of a false alarm, however often one looks. */
export const SAMPLE_RATIO_ALPHA = 0.01;

/** The logarithm of the evidence (a Bayes factor) against the split. */
export function sampleRatioEvidence(counts: readonly number[], shares: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const parts = counts.map((count, index) => {
    const share = shares[index] ?? 0;
    // A share of nothing that got something is proof enough.
    if (share === 0) return count === 0 ? 0 : Number.POSITIVE_INFINITY;
    const prior = CONCENTRATION * share;
    return logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  });
  return parts.reduce((sum, part) => sum + part, logGamma(CONCENTRATION) - logGamma(CONCENTRATION + all));
}

export function isSampleRatioWrong(counts: readonly number[], shares: readonly number[]): boolean {
  return sampleRatioEvidence(counts, shares) > -Math.log(SAMPLE_RATIO_ALPHA);
}
