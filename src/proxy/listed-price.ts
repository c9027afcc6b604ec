// What a request cost by the list. A fault in the price book costs this request's price, not the process.

import type { NanoUsd } from '../core/money.ts';
import { type PriceAnswer, type PriceQuestion, type Prices, promptCacheSaving } from '../core/price.ts';

export const UNKNOWN_PRICE: PriceAnswer = Object.freeze({ costNanoUsd: null, source: null, doubt: null });

export function listedPrice(prices: Prices, question: PriceQuestion): PriceAnswer {
  try {
    return prices.cost(question);
  } catch {
    // An unknown price is an honest answer.
    return UNKNOWN_PRICE;
  }
}

/** `listed` is what it cost by the list. */
export function savedByPromptCache(
  prices: Prices,
  question: PriceQuestion,
  listed: PriceAnswer,
): NanoUsd | null {
  try {
    return promptCacheSaving(prices, question, listed.costNanoUsd);
  } catch {
    // As above.
    return null;
  }
}
