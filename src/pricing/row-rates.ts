// A row that a person wrote: input and output, and the rest as far as they cared to say.

import { foldName } from './model-name.ts';
import { type Rates, rateFromUsdPerMillion, rateFromUsdPerThousand } from './rates.ts';

/** $ per million tokens; `webSearch` $ per 1,000 searches. */
export interface PriceRowInput {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  readonly inputAudio?: number;
  readonly cacheReadAudio?: number;
  readonly outputAudio?: number;
  readonly webSearch?: number;
}

/** Anthropic's published multiples of the input price; other providers' writes and reads count as input. */
const CLAUDE_CACHE = { read: [1, 10], write5m: [5, 4], write1h: [2, 1] } as const;
const PLAIN_CACHE = { read: [1, 1], write5m: [1, 1], write1h: [1, 1] } as const;

export function rowRates(model: string, row: PriceRowInput): Rates {
  const input = rateFromUsdPerMillion(row.input);
  const cache = /(?:^|[/.])claude\b/.test(foldName(model)) ? CLAUDE_CACHE : PLAIN_CACHE;
  const perMillion = (usd: number | undefined) => (usd === undefined ? null : rateFromUsdPerMillion(usd));
  const derived = ([numerator, denominator]: readonly [number, number]) =>
    Math.round((input * numerator) / denominator);
  return {
    input,
    output: rateFromUsdPerMillion(row.output),
    cacheRead: perMillion(row.cacheRead) ?? derived(cache.read),
    cacheWrite5m: perMillion(row.cacheWrite5m) ?? derived(cache.write5m),
    cacheWrite1h: perMillion(row.cacheWrite1h) ?? derived(cache.write1h),
    reasoning: rateFromUsdPerMillion(row.reasoning ?? row.output),
    inputAudio: perMillion(row.inputAudio),
    cacheReadAudio: perMillion(row.cacheReadAudio),
    outputAudio: perMillion(row.outputAudio),
    webSearch: row.webSearch === undefined ? null : rateFromUsdPerThousand(row.webSearch),
    request: 0,
  };
}
