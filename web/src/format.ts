// Numbers and times for people.

import { serverClock } from './data/server-clock.ts';

const NANO = 1e-9;

/** Nano-dollars: `$12.34`, four digits below a dollar, `unknown` for null. */
export function usd(nanoUsd: number | null): string {
  if (nanoUsd === null) return 'unknown';
  if (nanoUsd === 0) return '$0';
  if (nanoUsd < 0) return `−${usd(-nanoUsd)}`;
  const value = nanoUsd * NANO;
  if (value < 0.0001) return '<$0.0001';
  if (value < ONE_DOLLAR) return `$${value.toFixed(4)}`;
  return value.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

const USD_WITHOUT_CENTS = 10_000;
const USD_IN_MILLIONS = 999_999.5;

/** The same where there is little room: `$12,346` without cents, `$1.07M`. */
export function usdBrief(nanoUsd: number | null): string {
  if (nanoUsd !== null && nanoUsd < 0) return `−${usdBrief(-nanoUsd)}`;
  const value = (nanoUsd ?? 0) * NANO;
  if (value < USD_WITHOUT_CENTS) return usd(nanoUsd);
  if (value < USD_IN_MILLIONS) return `$${Math.round(value).toLocaleString('en-US')}`;
  return `$${value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 })}`;
}

/** A sum and what it lacks: `$1.20 and 3 unpriced`, or `unknown` where nothing of it is known. */
export function usdSum(nanoUsd: number, unpriced: number): string {
  if (unpriced === 0) return usd(nanoUsd);
  return nanoUsd === 0 ? 'unknown' : `${usd(nanoUsd)} and ${count(unpriced)} unpriced`;
}

/** What four digits do not round up to a dollar is less. */
const ONE_DOLLAR = 0.99995;

/** `987`, `12,345`, `1.2M`. */
export function count(value: number): string {
  if (value < 100_000) return Math.round(value).toLocaleString('en-US');
  return value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });
}

/** `1 request`, `12 requests`. */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** An exact sum that the server wrote out: no cents of a whole one, and the first digits of a small one. */
export function dollars(exact: string): string {
  const value = Number(exact);
  if (value < 0) return `−${dollars(String(-value))}`;
  const digits = Math.abs(value) < 1 ? 6 : Math.abs(value) < 1000 ? 4 : 2;
  return value.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: Number.isInteger(value) ? 0 : 2,
    maximumFractionDigits: digits,
  });
}

const CENT = 0.01;

/** An exact sum beside a limit, as other sums: its last digits would go on jumping about. Exact where the limit is small. */
export const usdOf = (exact: string, limit: string): string =>
  Number(limit) < CENT ? dollars(exact) : usd(Number(exact) / NANO);

/** `240 ms`, `3.2 s`, `2 min 5 s`, `24 h`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return twoParts(seconds, 'min', 's');
  return twoParts(Math.round(seconds / 60), 'h', 'min');
}

/** `2 min 5 s`, `2 min`: of sixty small ones each. */
function twoParts(small: number, large: string, unit: string): string {
  const rest = small % 60;
  return `${Math.floor(small / 60)} ${large}${rest === 0 ? '' : ` ${rest} ${unit}`}`;
}

/** `2.5 %`, `12 %`, `4,900 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %';
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  const figure = (100 * share).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${figure} %`;
}

/** `+12 %`, `−3.1 %`; `0 %` of what would be written as less than a tenth of a percent. */
export function signedPercent(share: number): string {
  if (Math.abs(share) < 0.0005) return '0 %';
  return `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`;
}

/** `+12 %` of `from`, or `the same`. Null where one of them is unknown, or there was nothing to compare with. */
export function changeFrom(from: number | null, to: number | null): string | null {
  if (from === null || to === null || from <= 0) return null;
  const change = signedPercent((to - from) / from);
  return change === '0 %' ? 'the same' : change;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)} KB`;
  return value < 1024 ** 3 ? `${(value / 1024 ** 2).toFixed(1)} MB` : `${(value / 1024 ** 3).toFixed(1)} GB`;
}

/** A shorter step of a money axis cannot be told from none: a millionth of a dollar. */
const NANO_STEP_MIN = 1000;

/** Longer labels than of this many dollars do not fit beside an axis. */
const USD_TICK_SHORTENED = 10_000;

/**
 * Labels of a money axis (nano-dollars): as many decimals as its step needs, the same for all, and never one. Of a
 * flat one only the zero.
 */
export function usdTicks(nanoTicks: readonly number[]): string[] {
  const [first = 0, second = NANO_STEP_MIN] = nanoTicks;
  if (second - first < NANO_STEP_MIN) return nanoTicks.map((tick) => (tick === 0 ? '$0' : ''));
  const ticks = nanoTicks.map((tick) => tick * NANO);
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
  const decimals = [0, 2, 3, 4, 5, 6].find((digits) => isWhole(step * 10 ** digits)) ?? 6;
  if ((ticks.at(-1) ?? 0) >= USD_TICK_SHORTENED) return countTicks(ticks).map((tick) => `$${tick}`);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return ticks.map((tick) => (tick === 0 ? '$0' : `$${tick.toLocaleString('en-US', digits)}`));
}

/** There is no half of what is counted: such a step has no label. */
export const countTicks = (ticks: readonly number[]): string[] =>
  ticks.map((tick) =>
    isWhole(tick) ? tick.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 2 }) : '',
  );

export const durationTicks = (ticks: readonly number[]): string[] =>
  ticks.map((tick) => (tick < 1000 ? `${tick} ms` : `${tick / 1000} s`));

const ROUNDING = 1e-6;
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < ROUNDING;

/** The time alone today, with the day before it otherwise. */
export function time(ms: number): string {
  const date = new Date(ms);
  const clock = date.toLocaleTimeString('en-GB');
  if (date.toDateString() === new Date(serverClock.now()).toDateString()) return clock;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

/** Day, time and zone; to the second, unless it is a whole minute. */
export function moment(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(ms % 60_000 !== 0 && { second: '2-digit' }),
    timeZoneName: 'short',
  });
}

export function bucketLabel(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** `28 Nov`, of a day that was written as `2026-11-28`. */
export const dayLabel = (day: string): string =>
  new Date(`${day}T00:00`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });

const DAY_S = 86_400;

/** The day at midnight and for steps of days, the time otherwise. */
export function timeTick(ms: number, stepS: number): string {
  const date = new Date(ms);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  if (stepS >= DAY_S || isMidnight)
    return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** `3 min ago`, `in 2 h`; never `60 min` or `24 h`. */
export function ago(ms: number, nowMs: number = serverClock.now()): string {
  const seconds = Math.round((nowMs - ms) / 1000);
  const past = Math.abs(seconds);
  const minutes = Math.round(past / 60);
  const hours = Math.round(past / 3600);
  const days = Math.round(past / DAY_S);
  const words =
    past < 60 ? `${past} s` : minutes < 60 ? `${minutes} min` : hours < 24 ? `${hours} h` : `${days} d`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}
