// The built-in list `spec`: five models at a price for input and one for output, whatever else a provider asks.

import { foldName } from '../core/model-name.ts';
import { flatPeriods, type PriceEntry } from './price-entry.ts';
import { rowRates } from './row-rates.ts';

const SPEC_DATE = '2026-11-23';

/** Model and $ per million tokens: input, output. */
const SPEC_ROWS = [
  ['claude-opus-4.6', 15, 75],
  ['claude-sonnet-4.5', 3, 15],
  ['claude-haiku-4.5', 0.8, 4],
  ['glm-4.7', 0.6, 0.6],
  ['glm-4.7-flash', 0.06, 0.06],
] as const;

export function specPrices(): ReadonlyMap<string, PriceEntry> {
  return new Map(
    SPEC_ROWS.map(([model, input, output]) => [
      foldName(model),
      {
        model,
        provider: null,
        source: 'spec',
        page: null,
        listDate: SPEC_DATE,
        periods: flatPeriods(rowRates(model, { input, output })),
      },
    ]),
  );
}
