// Who sells a request its tokens: the upstream's origin decides, then the name, then the model's maker.

import { CATALOGUE } from './catalogue.ts';
import type { ModelName } from './model-name.ts';

/** Sellers of their own models, asked in this order for a bare name at an unknown origin. */
export const MAKERS = [
  'anthropic',
  'openai',
  'google',
  'zai',
  'zhipuai',
  'deepseek',
  'x-ai',
  'mistral',
  'moonshotai',
  'minimax',
  'cohere',
  'perplexity',
  'voyageai',
  'arcee',
] as const;

export interface Seller {
  /** The catalogue's id of who answers at the origin, or null for an origin that it does not know. */
  readonly atOrigin: string | null;
  /** Whose lists to search, in order. */
  readonly lists: readonly string[];
}

/** Lists that stand in where the seller's own has no row. Z.ai and Zhipu are one house with two lists. */
const STAND_INS: Readonly<Record<string, readonly string[]>> = { zai: ['zhipuai'] };

export class Sellers {
  readonly #patterns: readonly { readonly id: string; readonly origin: RegExp }[];
  readonly #standIns: ReadonlyMap<string, readonly string[]>;

  constructor() {
    this.#patterns = CATALOGUE.map(({ id, api_pattern }) => ({
      id,
      origin: new RegExp(`^(?:${api_pattern})`),
    }));
    this.#standIns = new Map(
      CATALOGUE.map(({ id, fallback_model_providers }) => [
        id,
        fallback_model_providers ?? STAND_INS[id] ?? [],
      ]),
    );
  }

  find(name: ModelName, upstream: string): Seller {
    const atOrigin = this.#patterns.find(({ origin }) => origin.test(upstream))?.id ?? null;
    if (atOrigin !== null) return { atOrigin, lists: this.#withStandIns([atOrigin]) };
    return { atOrigin, lists: name.sellers === null ? MAKERS : this.#withStandIns(name.sellers) };
  }

  #withStandIns(ids: readonly string[]): readonly string[] {
    return [...new Set(ids.flatMap((id) => [id, ...(this.#standIns.get(id) ?? [])]))];
  }
}
