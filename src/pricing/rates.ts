// Prices as exact integers, and the charge for one model run. A rate is in nano-dollars per million of its
// unit ($3 per million tokens is 3e9), so a charge is a sum of integer products, divided once at the end.

import type { NanoUsd } from '../core/money.ts';
import type { TokenUsage } from '../core/usage.ts';

/** Everything that a price can name. Each count falls into exactly one class. */
export const RATE_CLASSES = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'inputAudio',
  'cacheReadAudio',
  'outputAudio',
  'webSearch',
  'request',
] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** Null where the price is unknown; `request` is 0 where a call itself costs nothing. */
export type Rates = { readonly [Class in RateClass]: number | null };

/** Classes that a discount on tokens does not touch. */
const FLAT_CLASSES: ReadonlySet<RateClass> = new Set(['webSearch', 'request']);

const NANO_PER_USD = 1_000_000_000;
const UNITS_PER_RATE = 1_000_000;

/** Nano-dollars times a million. A BigInt only where a double would lose digits. */
export type Units = number | bigint;

/** Exact for up to nine decimals, more than any list has. */
export function rateFromUsdPerMillion(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

export function rateFromUsdPerThousand(usd: number): number {
  return Math.round(usd * NANO_PER_USD * 1000);
}

export function usdPerMillion(rate: number): number {
  return rate / NANO_PER_USD;
}

export function usdPerThousand(rate: number): number {
  return rate / NANO_PER_USD / 1000;
}

function addProduct(total: Units, rate: number, count: number): Units {
  if (typeof total === 'number') {
    // A double below 2^53 has lost nothing, neither in the product nor in the sum.
    const sum = total + rate * count;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return BigInt(total) + BigInt(rate) * BigInt(count);
}

export function addUnits(a: Units, b: Units): Units {
  if (typeof a === 'number' && typeof b === 'number' && a + b <= Number.MAX_SAFE_INTEGER) return a + b;
  return BigInt(a) + BigInt(b);
}

/** Null where a class that was used has no known price. The caller leaves out runs that used nothing. */
export function chargeRun(rates: Rates, usage: TokenUsage): Units | null {
  const inputAudio = Math.min(usage.inputAudioTokens, usage.inputTokens);
  const cacheReadAudio = Math.min(usage.cacheReadAudioTokens, usage.cacheReadTokens);
  const outputAudio = Math.min(usage.outputAudioTokens, usage.outputTokens);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens - outputAudio);
  let total: Units = 0;
  let known = true;
  const charge = (rate: number | null, count: number) => {
    if (count === 0) return;
    if (rate === null) known = false;
    else total = addProduct(total, rate, count);
  };
  charge(rates.input, usage.inputTokens - inputAudio);
  charge(rates.inputAudio, inputAudio);
  charge(rates.cacheRead, usage.cacheReadTokens - cacheReadAudio);
  charge(rates.cacheReadAudio, cacheReadAudio);
  charge(rates.cacheWrite5m, usage.cacheWrite5mTokens);
  charge(rates.cacheWrite1h, usage.cacheWrite1hTokens);
  charge(rates.output, usage.outputTokens - outputAudio - reasoning);
  charge(rates.reasoning, reasoning);
  charge(rates.outputAudio, outputAudio);
  charge(rates.webSearch, usage.webSearches);
  charge(rates.request, 1);
  return known ? total : null;
}

const WRITE_CLASSES: Readonly<Record<'none' | '5m' | '1h', readonly RateClass[]>> = {
  none: [],
  '5m': ['cacheWrite5m'],
  '1h': ['cacheWrite5m', 'cacheWrite1h'],
};

/** The most that so many tokens can cost in any class with a known price. Null without a text price. */
export function chargeDearest(
  rates: Rates,
  counts: { input: number; output: number; webSearches: number },
  cacheWrites: 'none' | '5m' | '1h',
): Units | null {
  if (rates.input === null || (rates.output === null && counts.output > 0)) return null;
  if (rates.webSearch === null && counts.webSearches > 0) return null;
  const dearest = (...classes: RateClass[]) => Math.max(...classes.map((name) => rates[name] ?? 0));
  const input = dearest('input', 'cacheRead', 'inputAudio', 'cacheReadAudio', ...WRITE_CLASSES[cacheWrites]);
  const output = dearest('output', 'reasoning', 'outputAudio');
  let total: Units = addProduct(0, input, counts.input);
  total = addProduct(total, output, counts.output);
  total = addProduct(total, rates.webSearch ?? 0, counts.webSearches);
  return addProduct(total, rates.request ?? 0, 1);
}

/** Token prices times `numerator / denominator`, rounded half up where nine decimals do not hold it. */
export function scaleRates(rates: Rates, numerator: number, denominator: number): Rates {
  const scale = (rate: number | null) =>
    rate === null
      ? null
      : Number((BigInt(rate) * BigInt(2 * numerator) + BigInt(denominator)) / BigInt(2 * denominator));
  const scaled = RATE_CLASSES.map((name) => [
    name,
    FLAT_CLASSES.has(name) ? rates[name] : scale(rates[name]),
  ]);
  return Object.fromEntries(scaled) as Rates;
}

/** Whole nano-dollars, half up; null beyond what a record can hold (about nine million dollars). */
export function roundHalfUp(units: Units): NanoUsd | null {
  return wholeNanoUsd(units, UNITS_PER_RATE / 2);
}

export function roundUp(units: Units): NanoUsd | null {
  return wholeNanoUsd(units, UNITS_PER_RATE - 1);
}

function wholeNanoUsd(units: Units, lift: number): NanoUsd | null {
  if (typeof units === 'number' && units + lift <= Number.MAX_SAFE_INTEGER) {
    const lifted = units + lift;
    return (lifted - (lifted % UNITS_PER_RATE)) / UNITS_PER_RATE;
  }
  const amount = Number((BigInt(units) + BigInt(lift)) / BigInt(UNITS_PER_RATE));
  return Number.isSafeInteger(amount) ? amount : null;
}
