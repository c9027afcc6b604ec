// What a provider or a reseller says that an answer cost.

import { type NanoUsd, nanoUsdFromUsd } from '../../core/money.ts';
import { asObject, type JsonObject } from '../json/json-value.ts';

export interface StatedCost {
  readonly nanoUsd: NanoUsd;
  /** It is what was taken from the account: a reseller's, whose prices need not be the maker's. */
  readonly isCharge: boolean;
}

/** Ten thousand million ticks are a dollar: xAI's `cost_in_usd_ticks`. */
const NANO_USD_PER_TICK = 0.1;
/** More than any answer costs, in dollars. */
const USD_MAX = 100_000;

/**
 * xAI's ticks; OpenRouter's, LiteLLM's and others' `cost`, DeepInfra's `estimated_cost` and LLM Gateway's
 * `cost_usd_total` in dollars; Perplexity's `cost` with its parts. Null for what is in another currency.
 */
export function statedCost(usage: JsonObject): StatedCost | null {
  const ticks = asTicks(usage.cost_in_usd_ticks);
  if (ticks !== null) return { nanoUsd: Math.round(ticks * NANO_USD_PER_TICK), isCharge: false };
  const parts = asObject(usage.cost);
  const usd =
    asUsd(parts?.total_cost) ??
    asUsd(usage.cost) ??
    asUsd(usage.total_cost) ??
    asUsd(usage.estimated_cost) ??
    asUsd(usage.cost_usd_total);
  if (usd === null || !isInDollars(usage) || (parts !== null && !isInDollars(parts))) return null;
  if (isOpenRouter(usage)) return openRouterCost(usage, usd);
  // Perplexity's fees go by how much was searched, and by what: only this tells it.
  const isCharge =
    usd > 0 && [parts?.request_cost, parts?.tool_calls_cost].some((fee) => asUsd(fee) !== null);
  return { nanoUsd: nanoUsdFromUsd(usd), isCharge };
}

/**
 * What Vercel's AI Gateway says beside an answer: what it took from its credits; where it took nothing (a key of one's
 * own, a plan), what the answer is worth, which somebody else may charge.
 */
export function gatewayCost({ provider_metadata, providerMetadata }: JsonObject): StatedCost | null {
  const gateway = asObject(asObject(provider_metadata ?? providerMetadata)?.gateway);
  if (gateway === null) return null;
  const taken = asUsd(gateway.cost);
  if (taken !== null && taken > 0) return { nanoUsd: nanoUsdFromUsd(taken), isCharge: true };
  const worth = asUsd(gateway.marketCost);
  return worth === null ? null : { nanoUsd: nanoUsdFromUsd(worth), isCharge: false };
}

/** NanoGPT and others that take more than dollars say so. */
function isInDollars({ currency, cost_currency }: JsonObject): boolean {
  return [currency, cost_currency].every((name) => typeof name !== 'string' || /^us(?:d|\$)?$/i.test(name));
}

function isOpenRouter(usage: JsonObject): boolean {
  return typeof usage.is_byok === 'boolean' || asObject(usage.cost_details) !== null;
}

/** With the client's own key at the provider, `cost` is OpenRouter's fee alone; the provider charges the rest. */
function openRouterCost(usage: JsonObject, usd: number): StatedCost {
  if (usage.is_byok !== true) return { nanoUsd: nanoUsdFromUsd(usd), isCharge: true };
  const atProvider = asUsd(asObject(usage.cost_details)?.upstream_inference_cost);
  return { nanoUsd: nanoUsdFromUsd(usd + (atProvider ?? 0)), isCharge: atProvider !== null };
}

function asTicks(value: unknown): number | null {
  const ticks = typeof value === 'string' ? Number(value) : value;
  return typeof ticks === 'number' && ticks >= 0 && ticks <= USD_MAX * 1e10 ? ticks : null;
}

function asUsd(value: unknown): number | null {
  const usd = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof usd === 'number' && usd >= 0 && usd <= USD_MAX ? usd : null;
}
