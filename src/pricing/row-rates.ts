// A row that a person wrote: input and output, and the rest as far as they cared to say.

import { foldName } from '../core/model-name.ts';
import {
  type RateClass,
  type Rates,
  rateFromUsdEach,
  rateFromUsdPerMillion,
  rateFromUsdPerMinute,
  rateFromUsdPerThousand,
  UNKNOWN_RATES,
} from './rates.ts';

/** $ per million tokens, and per what the name says. */
export interface PriceRowInput {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  readonly inputAudio?: number;
  readonly cacheReadAudio?: number;
  readonly outputAudio?: number;
  readonly inputImage?: number;
  readonly cacheReadImage?: number;
  readonly outputImage?: number;
  /** $ per 1,000 searches. */
  readonly webSearch?: number;
  /** $ per 1,000 searches of OpenAI's `web_search_preview`. */
  readonly previewSearch?: number;
  /** $ per 1,000 searches in files. */
  readonly fileSearch?: number;
  /** $ per 1,000 requests. */
  readonly request?: number;
  /** $ per minute of sound, where its length is charged. */
  readonly audioMinute?: number;
  /** $ per million characters, where speech is charged by its text. */
  readonly characters?: number;
  /** $ per picture. */
  readonly image?: number;
}

interface Field {
  readonly name: RateClass;
  readonly rate: (usd: number) => number;
}

/** What a row may say, and the rate that it sets. */
export const ROW_FIELDS: Readonly<Record<keyof PriceRowInput, Field>> = {
  input: { name: 'input', rate: rateFromUsdPerMillion },
  output: { name: 'output', rate: rateFromUsdPerMillion },
  cacheRead: { name: 'cacheRead', rate: rateFromUsdPerMillion },
  cacheWrite5m: { name: 'cacheWrite5m', rate: rateFromUsdPerMillion },
  cacheWrite1h: { name: 'cacheWrite1h', rate: rateFromUsdPerMillion },
  reasoning: { name: 'reasoning', rate: rateFromUsdPerMillion },
  inputAudio: { name: 'inputAudio', rate: rateFromUsdPerMillion },
  cacheReadAudio: { name: 'cacheReadAudio', rate: rateFromUsdPerMillion },
  outputAudio: { name: 'outputAudio', rate: rateFromUsdPerMillion },
  inputImage: { name: 'inputImage', rate: rateFromUsdPerMillion },
  cacheReadImage: { name: 'cacheReadImage', rate: rateFromUsdPerMillion },
  outputImage: { name: 'outputImage', rate: rateFromUsdPerMillion },
  webSearch: { name: 'webSearch', rate: rateFromUsdPerThousand },
  previewSearch: { name: 'previewSearch', rate: rateFromUsdPerThousand },
  fileSearch: { name: 'fileSearch', rate: rateFromUsdPerThousand },
  request: { name: 'request', rate: rateFromUsdPerThousand },
  audioMinute: { name: 'audioTime', rate: rateFromUsdPerMinute },
  characters: { name: 'characters', rate: rateFromUsdPerMillion },
  image: { name: 'image', rate: rateFromUsdEach },
};

/** Prices that stand alone: a row with one of them needs none for tokens. */
export const UNIT_FIELDS = [
  'audioMinute',
  'characters',
  'image',
] as const satisfies readonly (keyof PriceRowInput)[];

/** Anthropic's published multiples of the input price; other providers' writes and reads count as input. */
const CLAUDE_CACHE = { read: [1, 10], write5m: [5, 4], write1h: [2, 1] } as const;
const PLAIN_CACHE = { read: [1, 1], write5m: [1, 1], write1h: [1, 1] } as const;

export function rowRates(model: string, row: PriceRowInput): Rates {
  const told = toldRates(row);
  const { input = null } = told;
  const cache = /(?:^|[/.])claude\b/.test(foldName(model)) ? CLAUDE_CACHE : PLAIN_CACHE;
  const derived = ([numerator, denominator]: readonly [number, number]) =>
    input === null ? null : Math.round((input * numerator) / denominator);
  return {
    ...UNKNOWN_RATES,
    cacheRead: derived(cache.read),
    cacheWrite5m: derived(cache.write5m),
    // Whoever asks more for writes asks more again for those that live longer, which nobody told.
    cacheWrite1h: cache === PLAIN_CACHE && told.cacheWrite5m !== undefined ? null : derived(cache.write1h),
    reasoning: told.output ?? null,
    ...told,
  };
}

/** Only what the row says. */
export function toldRates(row: PriceRowInput): Partial<Record<RateClass, number>> {
  const rates: Partial<Record<RateClass, number>> = {};
  for (const [key, usd] of Object.entries(row) as [keyof PriceRowInput, number | undefined][]) {
    if (usd !== undefined) rates[ROW_FIELDS[key].name] = ROW_FIELDS[key].rate(usd);
  }
  return rates;
}
