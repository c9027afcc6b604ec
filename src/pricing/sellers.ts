// Who sells a request its tokens: the upstream's origin decides, then the name, then the model's maker.

import type { ModelName } from '../core/model-name.ts';
import { CATALOGUE } from './catalogue.ts';
import { sellerAtRegion } from './regional-endpoints.ts';

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
  'dashscope',
] as const;

export interface Seller {
  /** The catalogue's id of who answers at the origin, or null for an origin that it does not know. */
  readonly atOrigin: string | null;
  /** Whose lists to search, in order. */
  readonly lists: readonly string[];
}

/** Sellers and addresses that the catalogue does not have. Alibaba's Chinese and American sites have price lists of their own. */
const OWN_SELLERS: readonly { readonly id: string; readonly origin: RegExp }[] = [
  { id: 'dashscope', origin: /^https:\/\/dashscope-intl\.aliyuncs\.com(?:\/|$)/ },
  // Endpoints for a region, and the other name of Together's.
  { id: 'openrouter', origin: /^https:\/\/\w+\.openrouter\.ai(?:[:/]|$)/ },
  { id: 'x-ai', origin: /^https:\/\/[\w-]+\.api\.x\.ai(?:[:/]|$)/ },
  { id: 'together', origin: /^https:\/\/api\.together\.ai(?:[:/]|$)/ },
  { id: 'dashscope-elsewhere', origin: /^https:\/\/(?:[\w-]+\.)?dashscope(?:-\w+)?\.aliyuncs\.com(?:\/|$)/ },
];

/** Who sells others' models, under their makers' names, at their makers' prices. */
const WITHOUT_MARKUP: ReadonlySet<string> = new Set(['perplexity']);

export class Sellers {
  readonly #patterns: readonly { readonly id: string; readonly origin: RegExp }[];
  readonly #standIns: ReadonlyMap<string, readonly string[]>;

  constructor() {
    const listed = CATALOGUE.map(({ id, api_pattern }) => ({
      id,
      origin: new RegExp(`^(?:${api_pattern})`),
    }));
    this.#patterns = [...listed, ...OWN_SELLERS];
    this.#standIns = new Map(
      CATALOGUE.map(({ id, fallback_model_providers }) => [id, fallback_model_providers ?? []]),
    );
  }

  find(name: ModelName, upstream: string): Seller {
    const listed = this.#patterns.find(({ origin }) => origin.test(upstream))?.id;
    const atOrigin = listed ?? sellerAtRegion(upstream);
    if (atOrigin !== null) {
      const makers = WITHOUT_MARKUP.has(atOrigin) ? (name.sellers ?? []) : [];
      return { atOrigin, lists: this.#withStandIns([atOrigin, ...makers]) };
    }
    return { atOrigin, lists: name.sellers === null ? MAKERS : this.#withStandIns(name.sellers) };
  }

  #withStandIns(ids: readonly string[]): readonly string[] {
    return [...new Set(ids.flatMap((id) => [id, ...(this.#standIns.get(id) ?? [])]))];
  }
}
