// The formulas, against what independent libraries say (scripts/statistics-golden-values.py).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { UnitSums } from '../core/experiment-figures.ts';
import golden from './fixtures/golden-values.json' with { type: 'json' };
import { logGamma } from './log-gamma.ts';
import { differenceInterval, ratioInterval, sequenceReach } from './mean-sequence.ts';
import { growthForQuantile, roundedUnits, unitsForMean } from './outlook.ts';
import { quantileReach, quantileShares } from './quantile-sequence.ts';
import { designEffect, ratioEstimate, shareEstimate } from './ratio-metric.ts';
import { isSampleRatioWrong, sampleRatioEvidence } from './sample-ratio.ts';

function assertNear(actual: number, expected: number, digits: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= 10 ** -digits * Math.max(1, Math.abs(expected)), `${what}: ${actual}, not ${expected}`);
}

/** What a store would answer for units that are lists of values. */
function sumsOf(units: readonly (readonly number[])[]): UnitSums {
  const total = (of: (sum: number, count: number) => number): number =>
    units.reduce(
      (all, unit) =>
        all +
        of(
          unit.reduce((a, b) => a + b, 0),
          unit.length,
        ),
      0,
    );
  return {
    units: units.length,
    sum: total((sum) => sum),
    count: total((_, count) => count),
    sumSquare: total((sum) => sum ** 2),
    countSquare: total((_, count) => count ** 2),
    product: total((sum, count) => sum * count),
  };
}

test('the reach of a mean is that of the two-sided normal mixture of confseq', () => {
  assert.equal(golden.reaches.length, 36);
  for (const { units, alpha, tightestAt, reach } of golden.reaches)
    assertNear(sequenceReach(units, alpha, tightestAt), reach, 9, `reach(${units}, ${alpha})`);
});

test('the reach of a quantile is that of the stitched boundary of confseq', () => {
  assert.equal(golden.quantileReaches.length, 36);
  for (const { count, share, alpha, reach } of golden.quantileReaches)
    assertNear(quantileReach(count, share, alpha), reach, 9, `reach(${count}, ${share}, ${alpha})`);
});

test('the evidence against a split is that of scipy’s Dirichlet-multinomial over its multinomial', () => {
  for (const { counts, shares, evidence } of golden.sampleRatios)
    assertNear(sampleRatioEvidence(counts, shares), evidence, 8, `evidence(${counts})`);
  assert.equal(isSampleRatioWrong([530, 470], [0.5, 0.5]), false);
  assert.equal(isSampleRatioWrong([5300, 4700], [0.5, 0.5]), true);
  assert.equal(isSampleRatioWrong([100, 0], [1, 0]), false);
  assert.equal(isSampleRatioWrong([100, 1], [1, 0]), true);
});

test('the logarithm of the gamma function is scipy’s', () => {
  for (const { value, result } of golden.logGammas) assertNear(logGamma(value), result, 12, `${value}`);
  assert.throws(() => logGamma(0), RangeError);
});

test('units of one request each have the mean and the variance of their values', () => {
  const estimate = ratioEstimate(sumsOf([[1], [2], [3], [6]]));
  assert.deepEqual([estimate?.mean, estimate?.units], [3, 4]);
  assertNear(estimate?.variance ?? 0, 14 / 3, 12, 'variance');
  assert.equal(ratioEstimate(sumsOf([])), null);
  assert.equal(ratioEstimate(sumsOf([[5]]))?.variance, Number.POSITIVE_INFINITY);
});

test('a session whose requests are all alike tells as much as one request', () => {
  const lone = sumsOf([[0], [1], [0], [0], [1]]);
  const sessions = sumsOf([
    [0, 0, 0],
    [1, 1, 1],
    [0, 0, 0],
    [0, 0, 0],
    [1, 1, 1],
  ]);
  assertNear(ratioEstimate(sessions)?.variance ?? 0, ratioEstimate(lone)?.variance ?? 1, 12, 'variance');
  assertNear(designEffect(sessions), 3 * designEffect(lone), 12, 'design effect');
  // None of the kind: all that is known is how large the units are.
  assert.equal(
    designEffect(
      sumsOf([
        [0, 0],
        [0, 0],
      ]),
    ),
    2,
  );
});

test('a share without a case is not taken for certain', () => {
  const none = shareEstimate(sumsOf(Array.from({ length: 100 }, () => [0])));
  assert.equal(none?.mean, 0);
  assert.ok((none?.variance ?? 0) > 0.009);
});

test('the interval of the ratio leaves out 1 exactly where that of the difference leaves out 0', () => {
  const estimate = fc.record({
    mean: fc.double({ min: 0, max: 100, noNaN: true }),
    variance: fc.double({ min: 0, max: 10_000, noNaN: true }),
    units: fc.integer({ min: 50, max: 10_000 }),
  });
  fc.assert(
    fc.property(estimate, estimate, (a, b) => {
      const ratio = ratioInterval(a, b, 0.05);
      if (ratio === null) return;
      const difference = differenceInterval(a, b, 0.05);
      const isNear = Math.min(Math.abs(difference.low), Math.abs(difference.high)) < 1e-6;
      if (isNear) return;
      assert.equal(ratio.low > 1 || ratio.high < 1, difference.low > 0 || difference.high < 0);
      assert.ok(ratio.low <= ratio.high);
    }),
  );
  assert.equal(
    ratioInterval({ mean: 1, variance: 900, units: 50 }, { mean: 1, variance: 1, units: 50 }, 0.05),
    null,
  );
});

test('an outlook is the number of units at which the interval has that width', () => {
  const units = unitsForMean(4, 0.1, 0.05) ?? 0;
  const halfAt = (count: number): number => sequenceReach(count, 0.05) * Math.sqrt(4 / count);
  assert.ok(halfAt(units) <= 0.1 && halfAt(units - 1) > 0.1);
  assert.equal(unitsForMean(4, 0, 0.05), null);
  const growth = growthForQuantile(1000, 0.95, 0.5, 0.05) ?? 0;
  assertNear(quantileReach(1000 * growth, 0.95, 0.05) / quantileReach(1000, 0.95, 0.05), 0.5, 2, 'half');
  assert.deepEqual([3.2, 99, 401, 1234].map(roundedUnits), [4, 99, 410, 1300]);
});

test('a high quantile has no interval before there are enough values', () => {
  assert.equal(quantileShares(300, 0.95, 0.05), null);
  const shares = quantileShares(5000, 0.95, 0.05);
  assert.ok(shares !== null && shares.low > 0.93 && shares.high < 0.97);
});
