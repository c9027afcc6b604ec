// Sets our prices beside another list's, in dollars: per million tokens, per minute, per million characters.

import type { PriceRow } from '../../src/pricing/describe-price.ts';
import type { PriceBook } from '../../src/pricing/price-book.ts';
import type { ComparedModel } from './models.ts';

/** LiteLLM's map: dollars per token, second or character, by model. */
export type PublishedPrices = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

export interface Disagreement {
  readonly model: string;
  readonly what: string;
  readonly ours: number | null;
  readonly theirs: number | null;
}

export interface Comparison {
  readonly disagreements: readonly Disagreement[];
  readonly compared: number;
  /** Names that the other list does not have. */
  readonly absent: readonly string[];
}

interface Class {
  readonly what: string;
  readonly ours: (row: PriceRow) => number | null;
  readonly theirs: string;
  /** Theirs times this is ours. */
  readonly times: number;
}

const PER_MILLION = 1_000_000;
const SECONDS_PER_MINUTE = 60;

const CLASSES: readonly Class[] = [
  { what: 'input', ours: (row) => row.input, theirs: 'input_cost_per_token', times: PER_MILLION },
  { what: 'output', ours: (row) => row.output, theirs: 'output_cost_per_token', times: PER_MILLION },
  {
    what: 'cache read',
    ours: (row) => row.cacheRead,
    theirs: 'cache_read_input_token_cost',
    times: PER_MILLION,
  },
  {
    what: 'cache write',
    ours: (row) => row.cacheWrite5m,
    theirs: 'cache_creation_input_token_cost',
    times: PER_MILLION,
  },
  {
    what: 'cache write of an hour',
    ours: (row) => row.cacheWrite1h,
    theirs: 'cache_creation_input_token_cost_above_1hr',
    times: PER_MILLION,
  },
  {
    what: 'audio input',
    ours: (row) => row.inputAudio,
    theirs: 'input_cost_per_audio_token',
    times: PER_MILLION,
  },
  {
    what: 'audio output',
    ours: (row) => row.outputAudio,
    theirs: 'output_cost_per_audio_token',
    times: PER_MILLION,
  },
  {
    what: 'image output',
    ours: (row) => row.outputImage,
    theirs: 'output_cost_per_image_token',
    times: PER_MILLION,
  },
  {
    what: 'sound per minute',
    ours: (row) => row.audioPerMinute,
    theirs: 'input_cost_per_second',
    times: SECONDS_PER_MINUTE,
  },
  {
    what: 'characters',
    ours: (row) => row.perMillionCharacters,
    theirs: 'input_cost_per_character',
    times: PER_MILLION,
  },
];

export function comparePrices(
  book: PriceBook,
  list: PublishedPrices,
  models: readonly ComparedModel[],
  atMs: number,
): Comparison {
  const disagreements: Disagreement[] = [];
  const absent: string[] = [];
  for (const { ours: model, theirs: name, upstream } of models) {
    const published = list[name];
    if (published === undefined) {
      absent.push(name);
      continue;
    }
    const row = book.describe(model, { upstream, atMs })?.rows[0];
    for (const { what, ours, theirs, times } of CLASSES) {
      const price = publishedPrice(published, theirs, times);
      // What the other list does not say is no disagreement.
      if (price === null) continue;
      const own = row === undefined ? null : ours(row);
      if (own === null || !isSame(own, price)) disagreements.push({ model, what, ours: own, theirs: price });
    }
  }
  return { disagreements, compared: models.length - absent.length, absent };
}

/** Some rows have their prices by length of the input only: the shortest counts. */
function publishedPrice(
  published: Readonly<Record<string, unknown>>,
  field: string,
  times: number,
): number | null {
  const tiers = published.tiered_pricing;
  const shortest = Array.isArray(tiers) ? (tiers[0] as Readonly<Record<string, unknown>>) : published;
  const usd = published[field] ?? shortest[field];
  return typeof usd === 'number' ? Number((usd * times).toPrecision(9)) : null;
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(a, b) * 1e-6;
}
