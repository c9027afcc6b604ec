// One model's prices from one source: by date, by hour, and by the length of the request.

import type { Rates } from './rates.ts';

/** `update`: a list that the user fetched. `tokenwatch`: the table that mends the catalogue. */
export type PriceSource = 'user' | 'update' | 'spec' | 'tokenwatch' | 'catalogue';

export interface PriceTier {
  /** The tier prices the whole request once its input, cached or not, is longer than this. */
  readonly aboveInputTokens: number;
  readonly rates: Rates;
}

export interface PricePeriod {
  /** In force from here on; -Infinity for the first. Epoch milliseconds. */
  readonly startMs: number;
  /** Hours of the day (UTC, milliseconds since midnight, may wrap) that alone it covers; null for all day. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
  /** Shortest first; the first starts at 0. */
  readonly tiers: readonly PriceTier[];
}

export interface PriceEntry {
  /** The name in its list. */
  readonly model: string;
  /** The catalogue's id of the seller, or null where the row is for the model wherever it runs. */
  readonly provider: string | null;
  readonly source: PriceSource;
  /** Where the seller publishes it; null where the row does not say. */
  readonly page: string | null;
  /** When the list was made (ISO day). */
  readonly listDate: string;
  /** A later period goes before an earlier one. Never empty. */
  readonly periods: readonly PricePeriod[];
}

const DAY_MS = 86_400_000;

/** The first period stands in for the time before its own start: older prices are not known better. */
export function periodAt(entry: PriceEntry, atMs: number): PricePeriod {
  for (let index = entry.periods.length - 1; index > 0; index -= 1) {
    const period = entry.periods[index]!;
    if (atMs >= period.startMs && (period.window === null || isWithin(period.window, atMs))) return period;
  }
  return entry.periods[0]!;
}

function isWithin(window: { fromMs: number; toMs: number }, atMs: number): boolean {
  const timeOfDay = ((atMs % DAY_MS) + DAY_MS) % DAY_MS;
  return window.toMs < window.fromMs
    ? timeOfDay >= window.fromMs || timeOfDay < window.toMs
    : timeOfDay >= window.fromMs && timeOfDay < window.toMs;
}

export function tierFor(period: PricePeriod, inputTokens: number): PriceTier {
  let chosen = period.tiers[0]!;
  for (const tier of period.tiers) {
    if (inputTokens > tier.aboveInputTokens) chosen = tier;
  }
  return chosen;
}

/** A price that is the same at all times and lengths. */
export function flatPeriods(rates: Rates): readonly PricePeriod[] {
  return [{ startMs: Number.NEGATIVE_INFINITY, window: null, tiers: [{ aboveInputTokens: 0, rates }] }];
}
