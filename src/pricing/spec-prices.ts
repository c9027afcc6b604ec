// The built-in list `spec`: input and output as given. Anthropic's cache prices are its published multiples of the
// input price (read 0.1, five-minute write 1.25, one-hour write 2); GLM's cached input costs the plain input price.

import type { Rates } from './rates.ts';

function claude(input: number, output: number): Rates {
  return {
    input,
    output,
    cacheRead: round(input * 0.1),
    cacheWrite5m: round(input * 1.25),
    cacheWrite1h: round(input * 2),
    webSearch: 10,
  };
}

function round(price: number): number {
  return Math.round(price * 1e7) / 1e7;
}

/** Dollars per million tokens, by canonical name. */
export const SPEC_PRICES: Readonly<Record<string, Rates>> = {
  'claude-opus-4-6': claude(15, 75),
  'claude-sonnet-4-5': claude(3, 15),
  'claude-haiku-4-5': claude(0.8, 4),
  'glm-4-7': { input: 0.6, output: 0.6 },
  'glm-4-7-flash': { input: 0.06, output: 0.06 },
};
