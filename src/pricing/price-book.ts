// The price book: the user's rows go before the built-in list `spec`, and that before the catalogue.

import type { PriceAnswer, PriceQuestion, Prices } from '../core/price.ts';
import { type CatalogueEntry, lookUp } from './catalogue.ts';
import { canonicalModelName, hasOwnPrice } from './model-name.ts';
import { nanoUsdFromSteps, type Rates, runSteps } from './rates.ts';
import { SPEC_PRICES } from './spec-prices.ts';
import { UserPrices } from './user-prices.ts';

export interface PricedModel {
  readonly model: string;
  readonly provider: string | null;
  readonly source: 'user' | 'spec' | 'catalogue';
  readonly rates: Rates;
}

/** Models remembered by spelling and upstream. Names come from requests, so the number is bounded. */
const REMEMBERED_MAX = 2000;
/** Prices have effective dates: what was looked up is good for this long. */
const REMEMBERED_MS = 3_600_000;

/** `setting` is TOKENWATCH_PRICES: empty, `spec`, or the path of a user's file. */
export function loadPriceBook(setting: string): PriceBook {
  if (setting === '') return new PriceBook(null, {});
  return setting === 'spec' ? new PriceBook(null, SPEC_PRICES) : new PriceBook(new UserPrices(setting), {});
}

export class PriceBook implements Prices {
  readonly #user: UserPrices | null;
  readonly #spec: Readonly<Record<string, Rates>>;
  readonly #remembered = new Map<string, { readonly untilMs: number; readonly found: PricedModel | null }>();

  constructor(user: UserPrices | null, spec: Readonly<Record<string, Rates>>) {
    this.#user = user;
    this.#spec = spec;
  }

  cost(question: PriceQuestion): PriceAnswer {
    let sum = 0n;
    let source: string | null = null;
    for (const run of question.runs) {
      if (Object.values(run.usage).every((count) => count === 0)) continue;
      const model = run.model ?? question.model;
      const found = model === null ? null : this.describe(model, question.upstream, question.atMs);
      const cost = found === null ? null : runSteps(found.rates, run);
      if (cost === null) return { costNanoUsd: null, source: null };
      sum += cost;
      source ??= found?.source ?? null;
    }
    return { costNanoUsd: nanoUsdFromSteps(sum), source };
  }

  /** Null for a model without a known price. */
  describe(model: string, upstream: string, atMs: number): PricedModel | null {
    const key = `${model}\n${upstream}`;
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && atMs < remembered.untilMs && atMs >= remembered.untilMs - REMEMBERED_MS) {
      return remembered.found;
    }
    const found = this.#find(model, upstream, atMs);
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(key, { untilMs: atMs + REMEMBERED_MS, found });
    return found;
  }

  #find(model: string, upstream: string, atMs: number): PricedModel | null {
    const own = this.#user?.find(model) ?? null;
    if (own !== null) return { model, provider: null, source: 'user', rates: own };
    const canonical = canonicalModelName(model);
    const listed = hasOwnPrice(model) ? undefined : this.#spec[canonical];
    if (listed !== undefined) return { model: canonical, provider: null, source: 'spec', rates: listed };
    const entry: CatalogueEntry | null = lookUp(model, upstream, atMs);
    return entry === null ? null : { ...entry, source: 'catalogue' };
  }
}
