// Turns a catalogue model into a price entry. What the catalogue does not price is either charged at
// the plain price, because the provider lists no other, or stays unknown; docs/pricing.md has the rules.

import { CATALOGUE_DATE, type CatalogueModel } from './catalogue.ts';
import type { PriceEntry, PricePeriod, PriceTier } from './price-entry.ts';
import {
  type Rates,
  rateFromUsdPerMillion,
  rateFromUsdPerMinute,
  rateFromUsdPerThousand,
  UNKNOWN_RATES,
} from './rates.ts';

type PriceTable = Record<string, CataloguePrice | undefined>;
type CataloguePrice =
  | number
  | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

/** Charged for by these providers and not counted by TokenWatch: a price without them would be too low. */
const UNCOUNTED = ['output_video_mtok', 'output_citation_mtok'];
const MINUTES_PER_HOUR = 60;

export function catalogueEntry(provider: string, model: CatalogueModel): PriceEntry | null {
  const alternatives = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  let startMs = Number.NEGATIVE_INFINITY;
  const periods: PricePeriod[] = [];
  for (const { constraint, prices } of alternatives) {
    let window: PricePeriod['window'] = null;
    if (constraint !== undefined && 'start_date' in constraint)
      startMs = Date.parse(`${constraint.start_date}T00:00:00Z`);
    // Hours belong to the prices that were in force from the latest start date before them in the list.
    else if (constraint !== undefined) {
      window = { fromMs: timeOfDayMs(constraint.start_time), toMs: timeOfDayMs(constraint.end_time) };
    }
    const tiers = tiersOf(model.id, prices);
    if (tiers === null) return null;
    periods.push({ startMs, window, tiers });
  }
  return periods.length === 0
    ? null
    : { model: model.id, provider, source: 'catalogue', page: null, listDate: CATALOGUE_DATE, periods };
}

/** Null where the catalogue's prices cannot price a count of tokens. */
function tiersOf(model: string, prices: PriceTable): readonly PriceTier[] | null {
  if (Object.keys(prices).length === 0 && model.endsWith(':free')) {
    return [{ aboveInputTokens: 0, rates: FREE_RATES }];
  }
  if (UNCOUNTED.some((key) => prices[key] !== undefined)) return null;
  if (/image/i.test(model) && prices.output_image_mtok === undefined) return null;
  if (prices.input_mtok === undefined && prices.audio_hours === undefined) return null;
  const starts = new Set([0]);
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  }
  return [...starts]
    .sort((a, b) => a - b)
    .map((start) => ({ aboveInputTokens: start, rates: ratesAbove(prices, start) }));
}

function ratesAbove(prices: PriceTable, start: number): Rates {
  const usd = (key: string): number | null => {
    const price = prices[key];
    if (price === undefined) return null;
    if (typeof price === 'number') return price;
    const reached = price.tiers.filter((tier) => start >= tier.start).sort((a, b) => b.start - a.start);
    return reached[0]?.price ?? price.base;
  };
  const perMillion = (key: string): number | null => {
    const price = usd(key);
    return price === null ? null : rateFromUsdPerMillion(price);
  };
  const perThousand = (key: string): number | null => {
    const price = usd(key);
    return price === null ? null : rateFromUsdPerThousand(price);
  };
  const input = perMillion('input_mtok');
  const output = perMillion('output_mtok');
  const cacheRead = perMillion('cache_read_mtok');
  const cacheWrite = perMillion('cache_write_mtok');
  const inputAudio = perMillion('input_audio_mtok');
  const hourOfSound = usd('audio_hours');
  return {
    ...UNKNOWN_RATES,
    input,
    output,
    // No price of its own: the provider lists none, and reads and writes count as plain input.
    cacheRead: cacheRead ?? input,
    cacheWrite5m: cacheWrite ?? input,
    // A provider with a price for writes has a longer life at another price, which we may not know.
    cacheWrite1h: perMillion('cache_write_1h_mtok') ?? (cacheWrite === null ? input : null),
    reasoning: perMillion('output_reasoning_mtok') ?? output,
    inputAudio,
    cacheReadAudio: perMillion('cache_audio_read_mtok') ?? (cacheRead === null ? inputAudio : null),
    outputAudio: perMillion('output_audio_mtok'),
    outputImage: perMillion('output_image_mtok'),
    audioTime: hourOfSound === null ? null : rateFromUsdPerMinute(hourOfSound / MINUTES_PER_HOUR),
    webSearch: perThousand('web_searches_kcount'),
    fileSearch: perThousand('storage_searches_kcount'),
    request: perThousand('requests_kcount') ?? 0,
  };
}

/** For a model that its seller gives away: all tokens, but no searches, which are charged apart. */
export const FREE_RATES: Rates = {
  ...UNKNOWN_RATES,
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  inputAudio: 0,
  cacheReadAudio: 0,
  outputAudio: 0,
};

function timeOfDayMs(text: string): number {
  return Date.parse(`1970-01-01T${text}`) % 86_400_000;
}
