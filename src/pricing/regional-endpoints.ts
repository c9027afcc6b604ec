// Endpoints that keep a request in one region, and take more for it. The upstream's origin tells which they are; sources
// are in docs/pricing.md.

import type { PriceEntry } from './price-entry.ts';
import { scaleRates } from './rates.ts';

interface Region {
  readonly seller: string;
  readonly origin: RegExp;
  /** Models of before there was a price for it, by a folded name: these cost the same everywhere. */
  readonly same: RegExp;
}

const MORE = { numerator: 11, denominator: 10 };

const REGIONS: readonly Region[] = [
  {
    // Residency of data: models from 2026-03-05 on.
    seller: 'openai',
    origin: /^https:\/\/[\w-]+\.api\.openai\.com(?:[:/]|$)/,
    same: new RegExp(
      '^(?:ft:)?(?:(?:gpt-[34]|chatgpt-4o|o[134]\\b|codex-mini|computer-use|davinci|babbage|text-|whisper|tts|dall-e)' +
        '|gpt-5(?:-[123])?(?:-(?:mini|nano|pro|codex|chat|search-api|20\\d\\d).*)?$' +
        '|gpt-(?:audio|realtime|image-1)(?:-mini)?(?:-20.*)?$)',
    ),
  },
  {
    // Vertex AI, in one place or in a continent: Claude from 4.5 on, and Gemini from 3.5 on with two before it.
    seller: 'google',
    origin: /^https:\/\/(?:[\w-]+-aiplatform|aiplatform\.[\w-]+\.rep)\.googleapis\.com(?:[:/]|$)/,
    same: new RegExp(
      '^(?!claude|gemini)|^claude-(?:[23]|instant|(?:opus|sonnet)-4(?:-[01])?(?:[-@]20.*)?$)' +
        '|^gemini-(?:embedding|[12]\\b|3-(?!\\d)|3-1-(?!flash-(?:lite|image)))',
    ),
  },
];

/** Neither the maker's global nor a reseller's price holds there. `spellings` are the model's, folded. */
export function atRegion(entry: PriceEntry, upstream: string, spellings: readonly string[]): PriceEntry {
  const region = REGIONS.find(({ origin }) => origin.test(upstream));
  // With its maker before it, a name says nothing more.
  const names = spellings.filter((name) => !name.includes('/'));
  if (region === undefined || names.some((name) => region.same.test(name))) return entry;
  const periods = entry.periods.map((period) => ({
    ...period,
    tiers: period.tiers.map((tier) => ({ ...tier, rates: scaleRates(tier.rates, MORE) })),
  }));
  return { ...entry, periods };
}

/** Whose the endpoint is; null for one that no region has to itself. */
export function sellerAtRegion(upstream: string): string | null {
  return REGIONS.find(({ origin }) => origin.test(upstream))?.seller ?? null;
}
