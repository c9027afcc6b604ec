// What a request cost by the list. A fault in the price book costs this request's price, not the process.

import type { NanoUsd } from '../core/money.ts';
import {
  type PriceAnswer,
  type PriceQuestion,
  type Prices,
  pricedModel,
  promptCacheSaving,
} from '../core/price.ts';
import type { UsageRun } from '../core/usage.ts';
import { inAskedTier } from '../protocols/asked-tier.ts';

export const UNKNOWN_PRICE: PriceAnswer = Object.freeze({ costNanoUsd: null, source: null, doubt: null });

interface Asked {
  readonly facts: { readonly serviceTier: string | null };
  /** As the upstream was asked for it. */
  readonly modelThere: string | null;
  readonly base: { readonly origin: string };
  readonly startedAtMs: number;
}

/** Of what a request has used; `model`: the one that answered. */
export function priceQuestion(
  { facts, modelThere, base, startedAtMs }: Asked,
  runs: readonly UsageRun[],
  model: string | null,
): PriceQuestion {
  return {
    runs: inAskedTier(runs, facts.serviceTier),
    model: pricedModel(modelThere, model),
    upstream: base.origin,
    atMs: startedAtMs,
  };
}

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
