// What requests cost, and what they can cost at most.

import type { PriceFacts } from '../dashboard/contract.ts';
import { priceHandlers } from '../dashboard/handlers/price-handlers.ts';
import { costBoundOf } from '../decisions.ts';
import type { CostBound } from '../ledger/bounds/cost-bound.ts';
import { PriceBook } from '../pricing/price-book.ts';
import { priceFilesOf } from '../pricing/price-files.ts';
import { PriceWatch } from '../pricing/price-watch.ts';
import { TokenCounter } from '../protocols/tokens/token-counter.ts';
import type { Settings } from '../settings.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

export interface Pricing {
  readonly prices: PriceBook;
  /** Counts tokens where no provider does. */
  readonly estimator: TokenCounter;
  readonly costs: CostBound;
}

export function startPricing({ settings, reloads, opened, warn }: Ground): Pricing {
  const filesOf = ({ TOKENWATCH_PRICES: named }: Settings) =>
    priceFilesOf(named, settings.TOKENWATCH_DATA_DIR);
  const watch = new PriceWatch({ files: filesOf(settings), warn });
  opened.defer(() => watch.close());
  const prices = new PriceBook(watch.read());
  watch.start((lists) => prices.replace(lists));
  reloads.add(['TOKENWATCH_PRICES'], (fresh) => prices.replace(watch.move(filesOf(fresh))));
  const estimator = new TokenCounter();
  opened.defer(() => estimator.close());
  return { prices, estimator, costs: costBoundOf(settings, prices, estimator) };
}

export function pricesApi({ clock }: Ground, { store }: Records, { prices }: Pricing) {
  const priceOf = (model: string): PriceFacts | null => {
    const found = prices.describe(model, { atMs: clock.now() });
    const [row] = found?.rows ?? [];
    if (found === null || row === undefined) return null;
    const { input, output, cacheRead, cacheWrite5m } = row;
    return { source: found.source, priceDate: found.priceDate, input, output, cacheRead, cacheWrite5m };
  };
  return priceHandlers({ clock, analytics: store.analytics, priceOf });
}
