// Prices as exact integers: a rate is in nano-dollars per million of its unit ($3 per million tokens is 3e9).

/** Everything that a price can name. Each count falls into exactly one class. */
const RATE_CLASSES = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'inputAudio',
  'cacheReadAudio',
  'outputAudio',
  'inputImage',
  'cacheReadImage',
  'outputImage',
  'audioTime',
  'characters',
  'image',
  'webSearch',
  'previewSearch',
  'fileSearch',
  'request',
] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** Null where the price is unknown; `request` is 0 where a call itself costs nothing. */
export type Rates = { readonly [Class in RateClass]: number | null };

export const UNKNOWN_RATES: Rates = {
  ...(Object.fromEntries(RATE_CLASSES.map((name) => [name, null])) as Record<RateClass, null>),
  request: 0,
};

/** Classes that a discount on tokens does not touch. */
const FLAT_CLASSES: ReadonlySet<RateClass> = new Set([
  'image',
  'webSearch',
  'previewSearch',
  'fileSearch',
  'request',
]);

const NANO_PER_USD = 1_000_000_000;
const UNITS_PER_RATE = 1_000_000;
const MS_PER_MINUTE = 60_000;

/** Exact for up to nine decimals, more than any list has. */
export function rateFromUsdPerMillion(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

export function rateFromUsdPerThousand(usd: number): number {
  return Math.round(usd * NANO_PER_USD * 1000);
}

/** The unit of time is a millisecond. */
export function rateFromUsdPerMinute(usd: number): number {
  return Math.round((usd * NANO_PER_USD * UNITS_PER_RATE) / MS_PER_MINUTE);
}

export function rateFromUsdEach(usd: number): number {
  return Math.round(usd * NANO_PER_USD * UNITS_PER_RATE);
}

export function usdPerMinute(rate: number): number {
  // To a millionth of a dollar: a third of a cent has no end in nano-dollars per millisecond.
  return Math.round((rate * MS_PER_MINUTE) / UNITS_PER_RATE / 1000) / 1e6;
}

export function usdEach(rate: number): number {
  return rate / NANO_PER_USD / UNITS_PER_RATE;
}

export function usdPerMillion(rate: number): number {
  return rate / NANO_PER_USD;
}

export function usdPerThousand(rate: number): number {
  return rate / NANO_PER_USD / 1000;
}

/**
 * All token prices but the spared ones times `numerator / denominator`, rounded half up where nine decimals do not hold
 * it.
 */
export function scaleRates(
  rates: Rates,
  {
    numerator,
    denominator,
    spares,
  }: { numerator: number; denominator: number; spares?: ReadonlySet<RateClass> },
): Rates {
  const scale = (rate: number | null) =>
    rate === null
      ? null
      : Number((BigInt(rate) * BigInt(2 * numerator) + BigInt(denominator)) / BigInt(2 * denominator));
  const scaled = RATE_CLASSES.map((name) => [
    name,
    FLAT_CLASSES.has(name) || spares?.has(name) ? rates[name] : scale(rates[name]),
  ]);
  return Object.fromEntries(scaled) as Rates;
}
