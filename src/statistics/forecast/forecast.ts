// Foresees the cost of the next days from the days before: the method that would have been best on these very days,
// and an interval as wide as its errors have been. It says "rough" where there is too little to go by.

import { type Days, METHODS, type Method, mean, PLAIN_MEAN } from './methods.ts';

export interface DayForecast {
  readonly cost: number;
  readonly low: number;
  readonly high: number;
}

export interface Forecast {
  /** What was chosen; two methods are averaged. */
  readonly methods: readonly string[];
  /** The next days, the first one is the day behind the last that was given. */
  readonly days: readonly DayForecast[];
  /** Of all those days together. */
  readonly sum: DayForecast;
  /** Chance that the sum lies within its interval, as far as the past tells. */
  readonly coverage: number;
  /** Whether it is little more than a guess, and why. */
  readonly rough: string | null;
  /** How many days ago the level changed, and by which factor; what lies before is left out. Null: it did not. */
  readonly levelShift: { readonly daysAgo: number; readonly factor: number } | null;
  /**
   * By how much the method missed sums of as many days in the past: mean of the sizes, as a share. Null: never tried.
   */
  readonly pastError: number | null;
}

const COVERAGE = 0.9;
const WEEK = 7;
/** The last week against the two before. */
const SHIFT_FACTOR = 1.5;
/** Beside chance: as many residuals as a 90 % interval needs to mean something. */
const RESIDUALS_ENOUGH = 20;
/** Half of the width where no past error is known. */
const GUESS = 0.5;

export function forecast(history: Days, horizon: number): Forecast {
  const trimmed = withoutUnknownEnds(history);
  const levelShift = shiftOf(trimmed);
  const days = levelShift === null ? trimmed : trimmed.slice(-levelShift.daysAgo);
  const chosen = choose(days, horizon);
  const values = Array.from({ length: horizon }, (_, index) => combined(chosen, days, index + 1) ?? 0);
  const errors = relativeErrors(chosen, days, horizon);
  const reach = reachOf(errors);
  const sum = values.reduce((total, value) => total + value, 0);
  const around = (cost: number): DayForecast => ({
    cost,
    low: cost * Math.max(0, 1 + reach.low),
    high: cost * (1 + reach.high),
  });
  return {
    methods: chosen.map(({ name }) => name),
    days: values.map(around),
    sum: around(sum),
    coverage: COVERAGE,
    rough: roughness(days, errors.length, levelShift !== null),
    levelShift,
    pastError: errors.length === 0 ? null : mean(errors.map(Math.abs)),
  };
}

/** Before the first day of which something is known there is no history. */
function withoutUnknownEnds(history: Days): Days {
  const first = history.findIndex((day) => day !== null);
  return first === -1 ? [] : history.slice(first);
}

const known = (days: Days): readonly number[] => days.filter((day) => day !== null);

/**
 * A lasting change of the level: the last seven or more days all together differ from those before by half or more.
 * Whole weeks are compared, so that a weekend is no change.
 */
function shiftOf(days: Days): Forecast['levelShift'] {
  for (let weeks = 3; weeks >= 1; weeks -= 1) {
    const daysAgo = WEEK * weeks;
    const before = known(days.slice(-daysAgo - 2 * WEEK, -daysAgo));
    const after = known(days.slice(-daysAgo));
    const oldest = known(days.slice(-daysAgo, days.length - daysAgo + WEEK));
    if (before.length < WEEK || after.length < WEEK || oldest.length < 5) continue;
    const factor = mean(after) / mean(before);
    const first = mean(oldest) / mean(before);
    // A slow growth reaches the factor in the end, but not in its first week.
    if (isShift(factor) && isShift(first)) return { daysAgo, factor };
  }
  return null;
}

const isShift = (factor: number): boolean =>
  Number.isFinite(factor) && (factor >= SHIFT_FACTOR || factor <= 1 / SHIFT_FACTOR);

/** The two methods with the smallest errors of the past; one, where only one can be tried. */
function choose(days: Days, horizon: number): readonly Method[] {
  const able = METHODS.filter(({ needs }) => days.length >= needs);
  if (able.length === 0) return [PLAIN_MEAN];
  const scored = able
    .map((method) => ({ method, errors: relativeErrors([method], days, horizon) }))
    .filter(({ errors }) => errors.length > 0)
    .map(({ method, errors }) => ({ method, score: mean(errors.map(Math.abs)) }))
    .sort((a, b) => a.score - b.score);
  if (scored.length === 0) return able.slice(0, 1);
  return scored.slice(0, 2).map(({ method }) => method);
}

function combined(methods: readonly Method[], days: Days, ahead: number): number | null {
  const values = methods.map(({ day }) => day(days, ahead)).filter((value) => value !== null);
  const fallback = PLAIN_MEAN.day(days, ahead);
  return values.length === 0 ? fallback : mean(values);
}

/**
 * What the sums of as many days would have been foreseen as on earlier days, against what they were (rolling origin):
 * 0.2 where 20 % more were spent than foreseen. Days of which nothing is known are in neither.
 */
function relativeErrors(methods: readonly Method[], days: Days, horizon: number): readonly number[] {
  const least = Math.max(...methods.map(({ needs }) => needs));
  // A long horizon leaves no origin: a shorter one tells at least something.
  const length = Math.max(1, Math.min(horizon, Math.floor((days.length - least) / 2)));
  const errors: number[] = [];
  for (let origin = least; origin + length <= days.length; origin += 1) {
    const seen = days.slice(0, origin);
    let [foreseen, spent] = [0, 0];
    for (let ahead = 1; ahead <= length; ahead += 1) {
      const actual = days[origin + ahead - 1] ?? null;
      const value = combined(methods, seen, ahead);
      if (actual === null || value === null) continue;
      foreseen += value;
      spent += actual;
    }
    if (foreseen > 0) errors.push(spent / foreseen - 1);
  }
  return errors;
}

/** Split conformal: the errors' own quantiles, at the place that their number asks for. */
function reachOf(errors: readonly number[]): { readonly low: number; readonly high: number } {
  if (errors.length < 3) return { low: -GUESS, high: GUESS };
  const sizes = errors.map(Math.abs).sort((a, b) => a - b);
  const place = Math.min(sizes.length, Math.ceil(COVERAGE * (sizes.length + 1)));
  const reach = sizes[place - 1] ?? GUESS;
  return { low: -reach, high: reach };
}

function roughness(days: Days, residuals: number, isShifted: boolean): string | null {
  const count = known(days).length;
  if (count === 0) return 'there is no whole day to go by';
  if (count < WEEK) return `there ${count === 1 ? 'is 1 whole day' : `are ${count} whole days`} to go by`;
  if (isShifted) return `the level changed ${days.length} days ago, and only what came since is gone by`;
  if (known(days).every((cost) => cost === 0)) return 'nothing was spent on any of the days to go by';
  if (residuals < RESIDUALS_ENOUGH) return `${count} days are few for an interval`;
  return null;
}
