// The catalogue: the data inside @pydantic/genai-prices, as shipped with this release; it is never updated remotely.

import { calcPrice, findProvider, type ModelPrice, type Provider } from '@pydantic/genai-prices';
import { bareModelName, canonicalModelName, hasOwnPrice } from './model-name.ts';
import type { Rate, RateName, Rates } from './rates.ts';

export interface CatalogueEntry {
  readonly model: string;
  readonly provider: string;
  readonly rates: Rates;
}

const KEYS: Readonly<Record<RateName, string>> = {
  input: 'input_mtok',
  output: 'output_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite5m: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  inputAudio: 'input_audio_mtok',
  cacheReadAudio: 'cache_audio_read_mtok',
  outputAudio: 'output_audio_mtok',
  webSearch: 'web_searches_kcount',
};

/** The catalogue keeps the vendors under names that differ from the API's host. */
const PROVIDER_BY_HOST: Readonly<Record<string, string>> = {
  'api.z.ai': 'zhipuai',
  'open.bigmodel.cn': 'zhipuai',
};
const PROVIDER_BY_PREFIX: readonly (readonly [RegExp, string])[] = [
  [/^claude-/, 'anthropic'],
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|davinci|babbage|codex-)/, 'openai'],
  [/^glm-/, 'zhipuai'],
];

/** Looks a model up at the seller that the upstream's origin names, else at its maker. Null: not listed. */
export function lookUp(model: string, upstream: string, atMs: number): CatalogueEntry | null {
  if (hasOwnPrice(model)) return null;
  const names = [...new Set([model, bareModelName(model), canonicalModelName(model)])];
  const timestamp = new Date(atMs);
  for (const provider of sellers(upstream, canonicalModelName(model))) {
    for (const name of names) {
      const found = calcPrice({}, name, provider === null ? { timestamp } : { timestamp, provider });
      if (found === null) continue;
      return { model: found.model.id, provider: found.provider.id, rates: ratesOf(found.model_price) };
    }
  }
  return null;
}

function* sellers(upstream: string, name: string): Generator<Provider | null> {
  const host = URL.canParse(upstream) ? new URL(upstream).hostname : '';
  const known = PROVIDER_BY_HOST[host];
  const seller =
    known === undefined ? findProvider({ providerApiUrl: upstream }) : findProvider({ providerId: known });
  if (seller !== undefined) yield seller;
  const maker = PROVIDER_BY_PREFIX.find(([pattern]) => pattern.test(name))?.[1];
  const provider = maker === undefined ? undefined : findProvider({ providerId: maker });
  if (provider !== undefined) yield provider;
  else yield null;
}

function ratesOf(price: ModelPrice): Rates {
  const rates: Partial<Record<RateName, Rate>> = {};
  for (const [name, key] of Object.entries(KEYS) as [RateName, string][]) {
    const value = price[key];
    if (value !== undefined) rates[name] = value;
  }
  return rates;
}
