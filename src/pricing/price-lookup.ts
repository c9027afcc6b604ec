// Finds the price for a model at an upstream, and remembers what it found.

import { CATALOGUE, CATALOGUE_DATE } from './catalogue.ts';
import { catalogueEntry, FREE_RATES } from './catalogue-entry.ts';
import { CatalogueIndex } from './catalogue-index.ts';
import { MODEL_NAME_CHARACTERS_MAX, type ModelName, readModelName } from './model-name.ts';
import { flatPeriods, type PriceEntry } from './price-entry.ts';
import { Sellers } from './sellers.ts';
import type { UserPrices } from './user-prices.ts';

/** Answers kept, by upstream and model: far more than a busy proxy's mix. */
const QUOTES_MAX = 4096;

/** What was found for one spelling at one upstream. */
export interface Quote {
  readonly entry: PriceEntry;
  /** Whose rules for tiers, speed and place hold; null for a seller without known ones. */
  readonly seller: string | null;
  readonly spellings: readonly string[];
}

/** What goes before the catalogue, in this order. */
export interface PriceLists {
  readonly user: UserPrices;
  readonly spec: ReadonlyMap<string, PriceEntry>;
}

export class PriceLookup {
  readonly #lists: PriceLists;
  readonly #sellers = new Sellers();
  readonly #indexes = new Map<string, CatalogueIndex>();
  readonly #quotes = new Map<string, Quote | null>();

  constructor(lists: PriceLists) {
    this.#lists = lists;
  }

  quote(model: string | null, upstream: string): Quote | null {
    if (model === null || model.length > MODEL_NAME_CHARACTERS_MAX) return null;
    const key = `${upstream}\n${model}`;
    const kept = this.#quotes.get(key);
    if (kept !== undefined) return kept;
    const quote = this.#find(readModelName(model), upstream);
    if (this.#quotes.size >= QUOTES_MAX) this.#quotes.delete(this.#quotes.keys().next().value!);
    this.#quotes.set(key, quote);
    return quote;
  }

  /** Every row there is: the user's, `spec`'s, then the catalogue's by provider. */
  *entries(): Generator<PriceEntry> {
    yield* this.#lists.user.exact.values();
    for (const { entry } of this.#lists.user.patterns) yield entry;
    yield* this.#lists.spec.values();
    for (const provider of CATALOGUE) {
      for (const model of provider.models) {
        const entry = catalogueEntry(provider.id, model);
        if (entry !== null) yield entry;
      }
    }
  }

  #find(name: ModelName, upstream: string): Quote | null {
    const { atOrigin, lists } = this.#sellers.find(name, upstream);
    const listed = this.#inCatalogue(name, lists);
    const own = this.#inUserPrices(name.spellings) ?? this.#inSpec(name.spellings);
    const entry = own === null ? listed : withSearchPrice(own, listed);
    if (entry === null) return null;
    const seller = atOrigin ?? listed?.provider ?? makerOf(name);
    return { entry, seller, spellings: name.spellings };
  }

  #inUserPrices(spellings: readonly string[]): PriceEntry | null {
    const { exact, patterns } = this.#lists.user;
    const name = spellings.find((spelling) => exact.has(spelling));
    if (name !== undefined) return exact.get(name)!;
    return patterns.find(({ fits }) => spellings.some((spelling) => fits.test(spelling)))?.entry ?? null;
  }

  #inSpec(spellings: readonly string[]): PriceEntry | null {
    const name = spellings.find((spelling) => this.#lists.spec.has(spelling));
    return name === undefined ? null : this.#lists.spec.get(name)!;
  }

  #inCatalogue(name: ModelName, lists: readonly string[]): PriceEntry | null {
    for (const id of lists) {
      const model = this.#index(id)?.find(name.spellings) ?? null;
      if (model !== null) return catalogueEntry(id, model);
    }
    // OpenRouter gives away whatever carries this suffix, listed or not.
    return name.isFreeVariant && lists[0] === 'openrouter' ? freeEntry(name.spellings[0]!) : null;
  }

  #index(id: string): CatalogueIndex | null {
    const kept = this.#indexes.get(id);
    if (kept !== undefined) return kept;
    const provider = CATALOGUE.find((candidate) => candidate.id === id);
    if (provider === undefined) return null;
    const index = new CatalogueIndex(provider);
    this.#indexes.set(id, index);
    return index;
  }
}

/** A search is charged apart from the model: a row about tokens leaves the catalogue's price for it. */
function withSearchPrice(own: PriceEntry, listed: PriceEntry | null): PriceEntry {
  const webSearch = listed?.periods.at(-1)?.tiers[0]?.rates.webSearch ?? null;
  const rates = own.periods[0]!.tiers[0]!.rates;
  return webSearch === null || rates.webSearch !== null
    ? own
    : { ...own, periods: flatPeriods({ ...rates, webSearch }) };
}

function freeEntry(model: string): PriceEntry {
  const periods = flatPeriods(FREE_RATES);
  return { model, provider: 'openrouter', source: 'catalogue', listDate: CATALOGUE_DATE, periods };
}

/** For models that only a user's row prices: whose surcharges hold. */
function makerOf({ sellers, spellings }: ModelName): string | null {
  if (sellers !== null) return sellers[0] ?? null;
  const bare = spellings[0]!;
  if (bare.startsWith('claude-')) return 'anthropic';
  return /^(?:gpt-|chatgpt-|o\d)/.test(bare) ? 'openai' : null;
}
