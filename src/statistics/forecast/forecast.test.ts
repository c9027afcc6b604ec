// Back-tests of the forecast: known kinds of series, each foreseen again and again from its own past.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecast } from './forecast.ts';
import { METHODS, mean } from './methods.ts';

const HORIZON = 10;
const SERIES = 60;

function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Shape = (day: number) => number;

const WEEK: Shape = (day) => [1, 1.1, 1, 1.05, 0.9, 0.3, 0.25][day % 7] ?? 1;
const flat: Shape = () => 1;

function series(shape: Shape, length: number, seed: number): number[] {
  const chance = chanceFrom(seed * 7919 + 1);
  // The mean of four evens: about normal, never negative.
  const noise = (): number => 0.6 + 0.2 * (chance() + chance() + chance() + chance());
  return Array.from({ length }, (_, day) => 100 * shape(day) * noise());
}

/** Mean error of the sum of the next days, and how often it lies within its interval. */
function backTest(shape: Shape, days: number): { readonly error: number; readonly covered: number } {
  const outcomes = Array.from({ length: SERIES }, (_, seed) => {
    const all = series(shape, days + HORIZON, seed);
    const { sum } = forecast(all.slice(0, days), HORIZON);
    const actual = all.slice(days).reduce((total, value) => total + value, 0);
    return {
      error: Math.abs(sum.cost / actual - 1),
      isCovered: actual >= sum.low && actual <= sum.high,
    };
  });
  return {
    error: mean(outcomes.map(({ error }) => error)),
    covered: outcomes.filter(({ isCovered }) => isCovered).length / SERIES,
  };
}

for (const [title, shape, errorMax, coveredMin] of [
  ['a weekday pattern', WEEK, 0.08, 0.8],
  ['no pattern', flat, 0.08, 0.8],
  ['a weekday pattern that grows by 1 % a day', (day: number) => WEEK(day) * 1.01 ** day, 0.15, 0.7],
  ['a level three times as high since ten days', (day: number) => WEEK(day) * (day >= 26 ? 3 : 1), 0.3, 0.5],
] as const)
  test(`the next ten days are foreseen from 36: ${title}`, () => {
    const { error, covered } = backTest(shape, 36);
    assert.ok(error <= errorMax, `${(100 * error).toFixed(1)} % off`);
    assert.ok(covered >= coveredMin, `${(100 * covered).toFixed(0)} % covered`);
  });

test('what is chosen by the past is nowhere far behind the method that is best there', () => {
  const shapes: readonly Shape[] = [
    WEEK,
    flat,
    (day) => WEEK(day) * 1.01 ** day,
    (day) => WEEK(day) * 1.02 ** day,
    (day) => WEEK(day) * (day >= 26 ? 3 : 1),
  ];
  for (const [kind, shape] of shapes.entries()) {
    const alone = METHODS.map((method) => errorOf(method, shape));
    const chosen = backTest(shape, 36).error;
    assert.ok(chosen < Math.min(...alone) + 0.05, `kind ${kind}: ${chosen}, the methods alone: ${alone}`);
  }
});

function errorOf({ day }: (typeof METHODS)[number], shape: Shape): number {
  const errors = Array.from({ length: SERIES }, (_, seed) => {
    const all = series(shape, 36 + HORIZON, seed);
    const seen = all.slice(0, 36);
    const foreseen = Array.from({ length: HORIZON }, (_, index) => day(seen, index + 1) ?? 0);
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    return Math.abs(total(foreseen) / total(all.slice(36)) - 1);
  });
  return mean(errors);
}

test('a change of level is noticed, and steady growth and a weekend are none', () => {
  const shifted = series((day) => WEEK(day) * (day >= 28 ? 3 : 1), 42, 1);
  const found = forecast(shifted, 5).levelShift;
  assert.equal(found?.daysAgo, 14);
  assert.ok(Math.abs((found?.factor ?? 0) - 3) < 0.5);
  assert.match(forecast(shifted, 5).rough ?? '', /level changed/);
  for (let days = 20; days < 45; days += 1) {
    assert.equal(forecast(series(WEEK, days, days), 5).levelShift, null);
    assert.equal(
      forecast(
        series((day) => WEEK(day) * 1.015 ** day, days, days),
        5,
      ).levelShift,
      null,
    );
  }
});

test('a few days make a rough forecast, and none makes none', () => {
  const few = forecast([10, 20, 30], 2);
  assert.equal(few.sum.cost, 40);
  assert.ok(few.sum.low < 40 && few.sum.high > 40);
  assert.match(few.rough ?? '', /3 whole days/);
  const none = forecast([null, null], 3);
  assert.deepEqual([none.sum.cost, none.sum.high], [0, 0]);
  assert.match(none.rough ?? '', /no whole day/);
});

test('days of which nothing is known are not taken for free', () => {
  const days: (number | null)[] = series(WEEK, 35, 3);
  const whole = forecast(days, 7).sum.cost;
  for (const missing of [30, 31, 20]) days[missing] = null;
  const gaps = forecast(days, 7).sum.cost;
  assert.ok(Math.abs(gaps / whole - 1) < 0.15, `${gaps} against ${whole}`);
});

test('a service that is free for weeks stays free', () => {
  const none = forecast(
    Array.from({ length: 30 }, () => 0),
    5,
  );
  assert.deepEqual([none.sum.cost, none.sum.low, none.sum.high], [0, 0, 0]);
});

test('days that cost nothing are not few, however they are counted', () => {
  const { sum, rough } = forecast(Array<number>(56).fill(0), HORIZON);
  assert.deepEqual([sum.cost, rough], [0, 'nothing was spent on any of the days to go by']);
});
