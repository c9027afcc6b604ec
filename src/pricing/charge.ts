// The charge for one model run: a sum of integer products of rates and counts, divided once at the end.

import type { NanoUsd } from '../core/money.ts';
import type { ExtraUsage, TokenUsage } from '../core/usage.ts';
import type { RateClass, Rates } from './rates.ts';

const UNITS_PER_RATE = 1_000_000;

/** Nano-dollars times a million. A BigInt only where a double would lose digits. */
export type Units = number | bigint;

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

/**
 * Null where a class that was used has no known price, or where a part of what the model makes was not told. The caller
 * leaves out runs that used nothing.
 */
export function chargeRun(rates: Rates, usage: TokenUsage, extra: ExtraUsage = NO_EXTRA): Units | null {
  if ((extra.unpricedCalls ?? 0) > 0 || hidesPart(rates, usage, extra)) return null;
  let total: Units = 0;
  let known = true;
  const charge = (rate: number | null, count: number) => {
    if (count === 0) return;
    if (rate === null) known = false;
    else total = addProduct(total, rate, count);
  };
  chargeInput(rates, usage, extra, charge);
  const outputAudio = Math.min(usage.outputAudioTokens, usage.outputTokens);
  const outputImage = atMost(usage.outputTokens - outputAudio, extra.outputImageTokens);
  const outputText = usage.outputTokens - outputAudio - outputImage;
  const reasoning = reasoningCount(rates, usage.reasoningTokens, outputText);
  charge(rates.output, outputText - reasoning);
  charge(rates.reasoning, reasoning);
  charge(rates.outputAudio, outputAudio);
  charge(rates.outputImage, outputImage);
  const previewSearches = atMost(usage.webSearches, extra.previewSearches);
  charge(rates.webSearch, usage.webSearches - previewSearches);
  charge(rates.previewSearch, previewSearches);
  charge(rates.request, 1);
  if (extra !== NO_EXTRA) {
    charge(rates.audioTime, extra.audioMs ?? 0);
    charge(rates.characters, extra.characters ?? 0);
    charge(rates.image, extra.images ?? 0);
    charge(rates.fileSearch, extra.fileSearches ?? 0);
  }
  return known ? total : null;
}

const NO_EXTRA: ExtraUsage = Object.freeze({});

function chargeInput(
  rates: Rates,
  usage: TokenUsage,
  extra: ExtraUsage,
  charge: (rate: number | null, count: number) => void,
): void {
  const audio = Math.min(usage.inputAudioTokens, usage.inputTokens);
  const cachedAudio = Math.min(usage.cacheReadAudioTokens, usage.cacheReadTokens);
  // A picture that is read counts as text where the list has no price for pictures.
  const image = rates.inputImage === null ? 0 : atMost(usage.inputTokens - audio, extra.inputImageTokens);
  const cachedImage =
    rates.cacheReadImage === null
      ? 0
      : atMost(usage.cacheReadTokens - cachedAudio, extra.cacheReadImageTokens);
  charge(rates.input, usage.inputTokens - audio - image);
  charge(rates.inputAudio, audio);
  charge(rates.inputImage, image);
  charge(rates.cacheRead, usage.cacheReadTokens - cachedAudio - cachedImage);
  charge(rates.cacheReadAudio, cachedAudio);
  charge(rates.cacheReadImage, cachedImage);
  charge(rates.cacheWrite5m, usage.cacheWrite5mTokens);
  charge(rates.cacheWrite1h, usage.cacheWrite1hTokens);
}

function atMost(whole: number, part: number | undefined): number {
  return Math.min(part ?? 0, whole);
}

/** Sellers whose thinking is dearer (Alibaba) charge a thinking run's whole text at that price. */
function reasoningCount(rates: Rates, reasoningTokens: number, outputText: number): number {
  const isDearer = rates.reasoning !== null && rates.output !== null && rates.reasoning > rates.output;
  return isDearer && reasoningTokens > 0 ? outputText : Math.min(reasoningTokens, outputText);
}

/** Whether the model reads or makes sound or pictures at their own price, and the run does not say how much. */
function hidesPart(rates: Rates, usage: TokenUsage, extra: ExtraUsage): boolean {
  const makesPictures = rates.outputImage !== null;
  const makesOnlySound = rates.output === null && rates.outputAudio !== null;
  if ((makesPictures || makesOnlySound) && usage.outputTokens === 0) return true;
  if (makesPictures && rates.outputImage !== rates.output && extra.outputImageTokens === undefined)
    return true;
  // A model that hears tells its pictures beside its sounds, where there are any.
  const tellsThem = rates.inputImage === null || rates.inputAudio !== null;
  return !tellsThem && usage.inputTokens > 0 && extra.inputImageTokens === undefined;
}

const READ_CLASSES: readonly RateClass[] = [
  'input',
  'inputAudio',
  'inputImage',
  'cacheRead',
  'cacheReadAudio',
  'cacheReadImage',
];
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
  if (rates.webSearch === null && rates.previewSearch === null && counts.webSearches > 0) return null;
  const dearest = (...classes: RateClass[]) => Math.max(...classes.map((name) => rates[name] ?? 0));
  const input = dearest(...READ_CLASSES, ...WRITE_CLASSES[cacheWrites]);
  const output = dearest('output', 'reasoning', 'outputAudio', 'outputImage');
  let total: Units = addProduct(0, input, counts.input);
  total = addProduct(total, output, counts.output);
  total = addProduct(total, dearest('webSearch', 'previewSearch'), counts.webSearches);
  return addProduct(total, rates.request ?? 0, 1);
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
