// What requests cost, and what they can cost at most.

import { costBoundOf } from '../decisions.ts';
import type { CostBound } from '../ledger/cost-bound.ts';
import { loadPriceBook, type PriceBook } from '../pricing/price-book.ts';
import { TokenCounter } from '../protocols/token-counter.ts';
import type { Ground } from './ground.ts';

export interface Pricing {
  readonly prices: PriceBook;
  /** Counts tokens where no provider does. */
  readonly estimator: TokenCounter;
  readonly costs: CostBound;
}

export function startPricing({ settings, opened }: Ground): Pricing {
  const prices = loadPriceBook(settings.TOKENWATCH_PRICES);
  const estimator = new TokenCounter();
  opened.defer(() => estimator.close());
  return { prices, estimator, costs: costBoundOf(settings, prices, estimator) };
}
