import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExperimentFigures, VariantFigures } from '../../core/experiment-figures.ts';
import { momentsOf } from '../../core/experiment-moments.ts';
import { ExperimentHistory } from './experiment-history.ts';

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
  latencyCount: units,
});

/** A request every thirty seconds since the test began; B answers in half the time. */
function records(onAsked: (untilMs: number) => Promise<void> | undefined): ExperimentFigures {
  const unitsBy = (untilMs: number): number => Math.round((untilMs - ENTRY.createdAtMs) / 30_000);
  return {
    variantFigures: async ({ untilMs = NOW_MS }) => {
      await onAsked(untilMs);
      return [figures('a', unitsBy(untilMs)), figures('b', unitsBy(untilMs))];
    },
    latencyQuantiles: async (_, variant, shares) =>
      shares.map((share) => (variant === 'a' ? 1000 : 500) * (1 + share)),
    latenciesUpTo: async ({ untilMs = NOW_MS }, _, latenciesMs) =>
      latenciesMs.map(() => sums(unitsBy(untilMs), 0.5)),
    figuresAreWhole: async () => true,
  };
}

const clock = { now: () => NOW_MS, monotonicMs: () => 0 };
const ENTRY = {
  kind: 'experiment',
  name: 'x',
  createdAtMs: NOW_MS - 20 * HOUR_MS,
  definition: { modelA: 'a', modelB: 'b', split: 50, sticky: 'request', minSamples: 100 },
} as const;

test('the intervals draw together, latencies’ too, and a moment that has passed is asked once', async () => {
  const asked: number[] = [];
  const analytics = records((untilMs) => void asked.push(untilMs));
  let nowMs = NOW_MS;
  const history = new ExperimentHistory({ clock: { ...clock, now: () => nowMs }, analytics });
  const { points, isWhole } = await history.points(ENTRY);
  assert.ok(isWhole);
  const widths = points.flatMap(({ comparisons }) => {
    const { ratio } = comparisons.cost;
    return ratio === null ? [] : [ratio.high - ratio.low];
  });
  assert.ok(widths.length > 15);
  assert.ok(widths.every((width, index) => index === 0 || width < (widths[index - 1] ?? 0)));
  const last = points.at(-1)?.comparisons;
  assert.deepEqual([last?.cost.finding, last?.rating.finding], ['different', 'too_early']);
  assert.equal(last?.latencyP50.finding, 'different');
  assert.ok(points.filter(({ comparisons }) => comparisons.latencyP50.difference !== null).length > 10);
  const first = asked.length;
  await history.points(ENTRY);
  assert.equal(asked.length, first, 'what was just found was asked again');
  nowMs += 60_000;
  await history.points(ENTRY);
  assert.ok(asked.length - first <= 2, `${asked.length - first} were asked again`);
});

test('what takes long is in a later answer, and is looked for once', async () => {
  const open = Promise.withResolvers<void>();
  const asked: number[] = [];
  const analytics = records((untilMs) => {
    asked.push(untilMs);
    return untilMs < NOW_MS ? open.promise : undefined;
  });
  const history = new ExperimentHistory({ clock, analytics });
  const [one, other] = await Promise.all([history.points(ENTRY), history.points(ENTRY)]);
  assert.deepEqual([one, one.isWhole, one.points.map(({ atMs }) => atMs)], [other, false, [NOW_MS]]);
  open.resolve();
  let answer = await history.points(ENTRY);
  while (!answer.isWhole) answer = await history.points(ENTRY);
  assert.ok(answer.points.length > 15);
  assert.equal(new Set(asked).size, asked.length, 'a moment was looked for twice');
});

test('records that cannot be asked are told of, and asked anew', async () => {
  let isAway = true;
  const analytics = records(() => (isAway ? Promise.reject(new Error('the store is away')) : undefined));
  const history = new ExperimentHistory({ clock, analytics });
  await assert.rejects(history.points(ENTRY), /the store is away/);
  isAway = false;
  assert.ok((await history.points(ENTRY)).isWhole);
});
