// Prices by the API: what the models of the last month cost, and which have no price, and since when.

import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { PriceFacts } from '../contract.ts';
import type { HandlersOf } from './handlers.ts';

export interface PriceOptions {
  readonly clock: Clock;
  readonly analytics: Pick<Analytics, 'breakdown' | 'unpriced'>;
  /** Null where no price is known. */
  readonly priceOf: (model: string) => PriceFacts | null;
}

const MONTH_MS = 30 * 24 * 3_600_000;
const MODELS_MAX = 200;

export function priceHandlers({ clock, analytics, priceOf }: PriceOptions): HandlersOf<'prices' | 'price'> {
  return {
    prices: async () => {
      const nowMs = clock.now();
      const range = { fromMs: nowMs - MONTH_MS, toMs: nowMs + 1 };
      const [rows, unpriced] = await Promise.all([
        analytics.breakdown(range, 'model', MODELS_MAX),
        analytics.unpriced(range, MODELS_MAX),
      ]);
      const models = rows.flatMap(({ key, requests, costNanoUsd }) =>
        key === null ? [] : [{ model: key, requests, costNanoUsd, price: priceOf(key) }],
      );
      return { models, unpriced };
    },
    price: async ({ model }) => {
      const price = priceOf(model);
      if (price !== null) return { model, price };
      throw new TokenWatchError('no_data', `No price is known for "${model}".`);
    },
  };
}
