import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExperimentRecords, VariantFigures } from '../core/experiment-figures.ts';
import { ExperimentHistory, momentsOf } from './experiment-history.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 25, 12, 34);

test('moments lie on a grid, few of them, the last one now', () => {
  for (const lengthMs of [0, 1, 59_000, HOUR_MS, 30 * HOUR_MS, 300 * 24 * HOUR_MS, 9000 * 24 * HOUR_MS]) {
    const moments = momentsOf(NOW_MS - lengthMs, NOW_MS);
    assert.ok(moments.length <= 26, `${moments.length} for ${lengthMs}`);
    assert.equal(moments.at(-1), NOW_MS);
    assert.deepEqual(
      moments,
      [...new Set(moments)].toSorted((a, b) => a - b),
    );
    assert.ok((moments[0] ?? 0) >= NOW_MS - lengthMs);
    const later = momentsOf(NOW_MS - lengthMs, NOW_MS + 1000);
    if (lengthMs < 9000 * 24 * HOUR_MS)
      assert.deepEqual(later.slice(0, moments.length - 1), moments.slice(0, -1), 'the grid stays');
  }
});

const sums = (units: number, mean: number) => ({
  units,
  sum: units * mean,
  count: units,
  sumSquare: units * mean * mean * 1.1,
  countSquare: units,
  product: units * mean,
});

test('the interval draws together, and a moment that has passed is asked once', async () => {
  const asked: number[] = [];
  const figures = (variant: string, units: number): VariantFigures => ({
    variant,
    units,
    requests: units,
    inputTokens: 0,
    outputTokens: 0,
    cost: sums(units, variant === 'a' ? 1000 : 700),
    failures: sums(units, 0.1),
    tokens: sums(units, 50),
    ratings: sums(0, 0),
    grades: sums(0, 0),
    judges: [],
    latencyCount: 0,
  });
  const history = new ExperimentHistory({
    clock: { now: () => NOW_MS, monotonicMs: () => 0 },
    analytics: {
      variantFigures: async ({ untilMs = 0 }: ExperimentRecords) => {
        asked.push(untilMs);
        const units = Math.round((untilMs - (NOW_MS - 20 * HOUR_MS)) / 30_000);
        return [figures('a', units), figures('b', units)];
      },
    },
  });
  const entry = {
    kind: 'experiment',
    name: 'x',
    createdAtMs: NOW_MS - 20 * HOUR_MS,
    definition: { modelA: 'a', modelB: 'b', split: 50, sticky: 'request', minSamples: 100 },
  } as const;
  const points = await history.points(entry);
  const widths = points.flatMap(({ comparisons }) => {
    const { ratio } = comparisons.cost;
    return ratio === null ? [] : [ratio.high - ratio.low];
  });
  assert.ok(widths.length > 15);
  assert.ok(widths.every((width, index) => index === 0 || width < (widths[index - 1] ?? 0)));
  assert.equal(points.at(-1)?.comparisons.cost.finding, 'different');
  assert.equal(points.at(-1)?.comparisons.rating.finding, 'too_early');
  const first = asked.length;
  await history.points(entry);
  assert.ok(asked.length - first <= 2, `${asked.length - first} were asked again`);
});
