// The price book: what usage costs, what it can cost at most, and the prices behind it.
// Sources in order: the user's rows, a list that was fetched, the list `spec` where it was asked for, TokenWatch's own
// table, the catalogue; where none of them knows the model, `spec` again.

import type { NanoUsd } from '../core/money.ts';
import type { PriceAnswer, PriceQuestion, Prices } from '../core/price.ts';
import type { CostDoubt } from '../core/record.ts';
import { allInputTokens, type UsageRun } from '../core/usage.ts';
import { addUnits, chargeDearest, chargeRun, roundHalfUp, roundUp, type Units } from './charge.ts';
import { describePrice, listRow, type PriceDescription, type PriceListRow } from './describe-price.ts';
import { nearestNames } from './nearest-names.ts';
import { withFetches } from './page-fetches.ts';
import { type PriceSource, periodAt, tierFor } from './price-entry.ts';
import { priceFilesOf, readPriceLists } from './price-files.ts';
import { type PriceLists, PriceLookup, type Quote } from './price-lookup.ts';
import { type Rates, scaleRates } from './rates.ts';
import { MAKERS } from './sellers.ts';
import { factorFor, hasPlaces, isPlain } from './surcharges.ts';

const UNKNOWN: PriceAnswer = Object.freeze({ costNanoUsd: null, source: null, doubt: null });

const SEARCHES_ALWAYS = /^gpt-.*-search-(?:preview|api)\b/;

type Conditions = Pick<UsageRun, 'serviceTier' | 'speed' | 'inferenceGeo'>;

/** Token counts are upper bounds. The conditions are what the request asks for, where it asks. */
export interface WorstCaseQuestion extends Partial<Conditions> {
  readonly model: string;
  readonly upstream: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly atMs: number;
  readonly webSearches?: number;
  /** How long the input may be kept in a cache that the request asks for; the longest where it is not said. */
  readonly cacheWrites?: 'none' | '5m' | '1h';
}

export class PriceBook implements Prices {
  #lookup: PriceLookup;

  constructor(lists: PriceLists) {
    this.#lookup = new PriceLookup(lists);
  }

  /** Takes other lists from now on, for all that is asked later. */
  replace(lists: PriceLists): void {
    this.#lookup = new PriceLookup(lists);
  }

  cost({ runs, model, upstream, atMs }: PriceQuestion): PriceAnswer {
    let total: Units = 0;
    let source: PriceSource | null = null;
    let doubt: CostDoubt | null = null;
    for (const run of runs) {
      if (usedNothing(run)) continue;
      const quote = this.#lookup.quote(run.model ?? model, upstream);
      const length = run.longestInputTokens ?? allInputTokens(run.usage);
      const rates = quote === null ? null : ratesFor(quote, run, length, atMs);
      const used = rates === null ? null : chargeRun(rates, run.usage, run.extra);
      if (quote === null || used === null) return UNKNOWN;
      const charge = withFetches(used, run.extra?.pageFetches ?? 0, quote, atMs);
      if (charge === null) return UNKNOWN;
      total = addUnits(total, charge);
      source ??= quote.entry.source;
      // Each of them may have been short enough for the price below.
      if (run.isSum && tierFor(periodAt(quote.entry, atMs), length).aboveInputTokens > 0)
        doubt = 'long_context';
    }
    const costNanoUsd = roundHalfUp(total);
    return costNanoUsd === null ? UNKNOWN : { costNanoUsd, source, doubt };
  }

  /**
   * At least what the request can cost: the dearest class of input and of output, in every tier that so
   * much input can reach. Null without a known price. A tier of service that neither the request names
   * nor the origin is known for (OpenAI's projects may default to priority) is the caller's to name.
   */
  worstCost(question: WorstCaseQuestion): NanoUsd | null {
    const {
      model,
      upstream,
      inputTokens,
      outputTokens,
      atMs,
      webSearches = 0,
      cacheWrites = '1h',
    } = question;
    const quote = this.#lookup.quote(model, upstream);
    if (quote === null) return null;
    // Anthropic's place can be set for a whole workspace, out of the request's sight.
    const unseenPlace = quote.seller === 'anthropic' && hasPlaces(quote.spellings) ? 'us' : null;
    const conditions: Conditions = {
      serviceTier: question.serviceTier ?? null,
      speed: question.speed ?? null,
      inferenceGeo: question.inferenceGeo ?? unseenPlace,
    };
    // Each request of some models searches once, asked or not.
    const searches = Math.max(
      webSearches,
      quote.spellings.some((name) => SEARCHES_ALWAYS.test(name)) ? 1 : 0,
    );
    const counts = { input: inputTokens, output: outputTokens, webSearches: searches };
    const writes = writesAtMost(quote.spellings, cacheWrites);
    let worst: NanoUsd = 0;
    for (const { aboveInputTokens } of periodAt(quote.entry, atMs).tiers) {
      if (aboveInputTokens > 0 && inputTokens <= aboveInputTokens) continue;
      const rates = ratesFor(quote, conditions, aboveInputTokens + 1, atMs);
      const units = rates === null ? null : chargeDearest(rates, counts, writes);
      const cost = units === null ? null : roundUp(units);
      if (cost === null) return null;
      worst = Math.max(worst, cost);
    }
    return worst;
  }

  /** The price for people; null without one. Without an upstream it is the maker's. */
  describe(
    model: string,
    { upstream = '', atMs }: { upstream?: string; atMs: number },
  ): PriceDescription | null {
    const quote = this.#lookup.quote(model, upstream);
    return quote === null ? null : describePrice(quote.entry, atMs);
  }

  /** Every row there is: the user's, `spec`'s, then the catalogue's by provider. */
  list({ atMs }: { atMs: number }): readonly PriceListRow[] {
    return [...this.#lookup.entries()].map((entry) => listRow(entry, atMs));
  }

  /** Names with a price that look like `model`, best first. */
  suggest(model: string, count: number): readonly string[] {
    const makers: ReadonlySet<string> = new Set(MAKERS);
    const names = new Set<string>();
    for (const { model, provider } of this.#lookup.entries()) {
      if (provider === null || makers.has(provider)) names.add(model);
    }
    return nearestNames(model, [...names], count);
  }
}

/** The lists that `files` names, as they are now. Throws `invalid_setting` where one cannot be read. */
export function loadPriceBook(setting: string, dataDir: string | null = null): PriceBook {
  return new PriceBook(readPriceLists(priceFilesOf(setting, dataDir)));
}

/** Claude's cache is written where a request asks for it; OpenAI's always, and for long where it asks; others decide. */
function writesAtMost(spellings: readonly string[], asked: 'none' | '5m' | '1h'): 'none' | '5m' | '1h' {
  if (spellings.some((name) => name.startsWith('claude'))) return asked;
  return asked !== '1h' && spellings.some((name) => name.startsWith('gpt-')) ? '5m' : '1h';
}

function ratesFor(quote: Quote, run: Conditions, inputTokens: number, atMs: number): Rates | null {
  const { aboveInputTokens, rates } = tierFor(periodAt(quote.entry, atMs), inputTokens);
  if (isPlain(run)) return rates;
  const factor = factorFor(run, quote.seller, quote.spellings, aboveInputTokens > 0);
  return factor === null ? null : scaleRates(rates, factor);
}

export function usedNothing({ usage, extra }: UsageRun): boolean {
  return (
    allInputTokens(usage) === 0 &&
    usage.outputTokens === 0 &&
    usage.webSearches === 0 &&
    (extra === undefined || Object.values(extra).every((count) => count === 0))
  );
}
