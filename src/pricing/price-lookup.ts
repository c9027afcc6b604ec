// Finds the price for a model at an upstream, and remembers what it found.

import { foldName, MODEL_NAME_CHARACTERS_MAX, type ModelName, readModelName } from '../core/model-name.ts';
import { CATALOGUE, CATALOGUE_DATE } from './catalogue.ts';
import { catalogueEntry, FREE_RATES } from './catalogue-entry.ts';
import { CatalogueIndex } from './catalogue-index.ts';
import { MENDED_ROWS, mendedEntry, mendedNames, mendedRows, patchedEntry } from './mended/mended-prices.ts';
import { flatPeriods, type PriceEntry } from './price-entry.ts';
import { atRegion } from './regional-endpoints.ts';
import { MAKERS, Sellers } from './sellers.ts';
import { specPrices } from './spec-prices.ts';
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

/** What goes before TokenWatch's table and the catalogue, in this order. */
export interface PriceLists {
  readonly user: UserPrices;
  /** A list that the user fetched. */
  readonly update: UserPrices;
  readonly spec: ReadonlyMap<string, PriceEntry>;
}

/** What OpenRouter takes behind any model's name, and chooses by it nothing but who answers. */
const ROUTING = /:(?:floor|exacto)$/;

const MAKER_IDS: ReadonlySet<string> = new Set(MAKERS);

export class PriceLookup {
  readonly #lists: PriceLists;
  readonly #sellers = new Sellers();
  readonly #indexes = new Map<string, CatalogueIndex>();
  readonly #quotes = new Map<string, Quote | null>();
  readonly #gapFillers = specPrices();

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

  /** Every row there is: the user's, those that were fetched, `spec`'s, then by seller. */
  *entries(): Generator<PriceEntry> {
    for (const { exact, patterns } of [this.#lists.user, this.#lists.update]) {
      yield* exact.values();
      for (const { entry } of patterns) yield entry;
    }
    yield* this.#lists.spec.values();
    const sellers = new Set([...CATALOGUE.map(({ id }) => id), ...MENDED_ROWS.map(({ seller }) => seller)]);
    for (const seller of sellers) {
      const mended = mendedNames(seller);
      for (const name of mended) yield this.#entryAt(seller, name, true)!;
      for (const model of CATALOGUE.find(({ id }) => id === seller)?.models ?? []) {
        const entry = mended.has(foldName(model.id)) ? null : catalogueEntry(seller, model);
        if (entry !== null) yield patchedEntry(entry);
      }
    }
    if (this.#lists.spec.size > 0) return;
    for (const [name, entry] of this.#gapFillers) {
      if (this.#inSellersLists(readModelName(name), MAKERS) === null) yield entry;
    }
  }

  #find(name: ModelName, upstream: string): Quote | null {
    const { atOrigin, lists } = this.#sellers.find(name, upstream);
    const { spellings } = name;
    const plain = this.#inSellersLists(name, lists, atOrigin) ?? this.#routed(name, lists, atOrigin);
    const listed =
      plain === null
        ? null
        : atRegion(atOrigin === 'azure' ? withoutSearches(plain) : plain, upstream, spellings);
    const own =
      inUserPrices(this.#lists.user, spellings) ??
      inUserPrices(this.#lists.update, spellings) ??
      inSpec(this.#lists.spec, spellings);
    const entry = own === null ? (listed ?? this.#gapFiller(name, lists)) : withSearchPrices(own, listed);
    if (entry === null) return null;
    const seller = atOrigin ?? listed?.provider ?? makerOf(name);
    return { entry, seller, spellings };
  }

  #routed(name: ModelName, lists: readonly string[], atOrigin: string | null): PriceEntry | null {
    const whole = name.spellings[0]!;
    if (lists[0] !== 'openrouter' || !ROUTING.test(whole)) return null;
    return this.#inSellersLists(readModelName(whole.replace(ROUTING, '')), lists, atOrigin);
  }

  /** The list `spec`, for a model that nobody else lists: not where a known reseller's list just lacks it. */
  #gapFiller(name: ModelName, lists: readonly string[]): PriceEntry | null {
    if (lists.length === 0 || lists.some((id) => !MAKER_IDS.has(id))) return null;
    const filler = inSpec(this.#gapFillers, name.spellings);
    return filler !== null && this.#inSellersLists(name, MAKERS) === null ? filler : null;
  }

  #inSellersLists(
    name: ModelName,
    lists: readonly string[],
    atOrigin: string | null = null,
  ): PriceEntry | null {
    for (const id of lists) {
      for (const spelling of name.spellings) {
        const entry = this.#entryAt(id, spelling, atOrigin === id);
        if (entry !== undefined) return entry;
      }
    }
    // OpenRouter gives away whatever carries this suffix, listed or not.
    return name.isFreeVariant && lists[0] === 'openrouter' ? freeEntry(name.spellings[0]!) : null;
  }

  /** Undefined where the seller does not list the spelling; null where what it lists cannot price tokens. */
  #entryAt(seller: string, spelling: string, isItself = false): PriceEntry | null | undefined {
    const model = this.#index(seller)?.find(spelling) ?? null;
    const listed = model === null ? null : catalogueEntry(seller, model);
    for (const name of model === null ? [spelling] : [spelling, foldName(model.id)]) {
      const rows = mendedRows(seller, name).filter((row) => isItself || row.isRedirect !== true);
      if (rows.length > 0) return mendedEntry(name, rows, listed);
    }
    if (model === null) return undefined;
    return listed === null ? null : patchedEntry(listed);
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

function inUserPrices({ exact, patterns }: UserPrices, spellings: readonly string[]): PriceEntry | null {
  const name = spellings.find((spelling) => exact.has(spelling));
  if (name !== undefined) return exact.get(name)!;
  return patterns.find(({ fits }) => spellings.some((spelling) => fits.test(spelling)))?.entry ?? null;
}

function inSpec(spec: ReadonlyMap<string, PriceEntry>, spellings: readonly string[]): PriceEntry | null {
  const name = spellings.find((spelling) => spec.has(spelling));
  return name === undefined ? null : spec.get(name)!;
}

/** A search is charged apart from the model: a row about tokens leaves the listed price for it. */
function withSearchPrices(own: PriceEntry, listed: PriceEntry | null): PriceEntry {
  const rates = own.periods[0]!.tiers[0]!.rates;
  const beside = listed?.periods.at(-1)?.tiers[0]?.rates;
  if (beside === undefined) return own;
  const searches = {
    webSearch: rates.webSearch ?? beside.webSearch,
    previewSearch: rates.previewSearch ?? beside.previewSearch,
    fileSearch: rates.fileSearch ?? beside.fileSearch,
  };
  return { ...own, periods: flatPeriods({ ...rates, ...searches }) };
}

/** OpenAI's models at Azure search at Bing, at a price that Microsoft tells its customers alone. */
function withoutSearches(entry: PriceEntry): PriceEntry {
  if (entry.provider !== 'openai') return entry;
  const periods = entry.periods.map((period) => ({
    ...period,
    tiers: period.tiers.map((tier) => ({
      ...tier,
      rates: { ...tier.rates, webSearch: null, previewSearch: null },
    })),
  }));
  return { ...entry, periods };
}

function freeEntry(model: string): PriceEntry {
  const periods = flatPeriods(FREE_RATES);
  const facts = { source: 'catalogue', page: null, listDate: CATALOGUE_DATE } as const;
  return { model, provider: 'openrouter', ...facts, periods };
}

/** For models that only a user's row prices: whose surcharges hold. */
function makerOf({ sellers, spellings }: ModelName): string | null {
  if (sellers !== null) return sellers[0] ?? null;
  const bare = spellings[0]!;
  if (bare.startsWith('claude-')) return 'anthropic';
  return /^(?:gpt-|chatgpt-|o\d)/.test(bare) ? 'openai' : null;
}
