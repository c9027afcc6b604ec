// What one model costs, as exact integers, and the arithmetic over it.

import type { NanoUsd } from '../core/money.ts';
import { allInputTokens, type UsageRun } from '../core/usage.ts';

/** Dollars per million tokens (web searches: per thousand calls), or steps of it by the size of the input. */
export type Rate =
  | number
  | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

export type RateName =
  | 'input'
  | 'output'
  | 'cacheRead'
  | 'cacheWrite5m'
  | 'cacheWrite1h'
  | 'inputAudio'
  | 'cacheReadAudio'
  | 'outputAudio'
  | 'webSearch';

export type Rates = Readonly<Partial<Record<RateName, Rate>>>;

/** Prices have at most seven decimals: 10^-4 nano-dollars per token is their smallest step. */
const STEPS_PER_DOLLAR_PER_MILLION = 10_000_000;
const STEPS_PER_NANO = 10_000n;
const TOKENS_PER_SEARCH_UNIT = 1000n;

/**
 * The run's price in 10^-4 nano-dollars, or null where a class that was used has no known price.
 * The whole request is charged at the step that its total input reaches, as Anthropic and Google document.
 */
export function runSteps(rates: Rates, run: UsageRun): bigint | null {
  const { usage } = run;
  const total = allInputTokens(usage);
  const input = rates.input;
  const counted: readonly (readonly [number, Rate | undefined])[] = [
    [usage.inputTokens - usage.inputAudioTokens, input],
    [usage.inputAudioTokens, rates.inputAudio],
    // A provider without a price of its own for the cache charges the plain input price.
    [usage.cacheReadTokens - usage.cacheReadAudioTokens, rates.cacheRead ?? input],
    [usage.cacheReadAudioTokens, rates.cacheReadAudio ?? rates.inputAudio],
    [usage.cacheWrite5mTokens, rates.cacheWrite5m ?? input],
    [usage.cacheWrite1hTokens, rates.cacheWrite1h],
    [usage.outputTokens - usage.outputAudioTokens, rates.output],
    [usage.outputAudioTokens, rates.outputAudio],
  ];
  let tokens = 0n;
  for (const [count, rate] of counted) {
    if (count === 0) continue;
    if (rate === undefined) return null;
    tokens += BigInt(count) * steps(rate, total);
  }
  const factor = modifier(run);
  if (factor === null) return null;
  tokens = (tokens * BigInt(factor)) / 100n;
  if (usage.webSearches === 0) return tokens;
  if (rates.webSearch === undefined) return null;
  // Priced per thousand calls where tokens are per million.
  return tokens + BigInt(usage.webSearches) * steps(rates.webSearch, total) * TOKENS_PER_SEARCH_UNIT;
}

/** Rounds half up. */
export function nanoUsdFromSteps(sum: bigint): NanoUsd {
  return Number((sum + STEPS_PER_NANO / 2n) / STEPS_PER_NANO);
}

function steps(rate: Rate, totalInput: number): bigint {
  const price = typeof rate === 'number' ? rate : rateAt(rate, totalInput);
  return BigInt(Math.round(price * STEPS_PER_DOLLAR_PER_MILLION));
}

function rateAt(rate: Exclude<Rate, number>, totalInput: number): number {
  let price = rate.base;
  for (const tier of rate.tiers) if (totalInput > tier.start) price = tier.price;
  return price;
}

const STANDARD_TIERS = new Set(['standard', 'default', 'auto', 'standard_only', 'on_demand']);

/**
 * Percent of the list price. Batches cost half at Anthropic and OpenAI, and so does OpenAI's flex tier; inference
 * kept in the US costs 110 % at Anthropic (their pricing pages). Null: a tier whose price is not known (priority, fast).
 */
function modifier(run: UsageRun): number | null {
  if (run.speed !== null && run.speed !== 'standard') return null;
  let percent = 100;
  if (run.serviceTier === 'batch' || run.serviceTier === 'flex') percent = 50;
  else if (run.serviceTier !== null && !STANDARD_TIERS.has(run.serviceTier)) return null;
  if (run.inferenceGeo === 'us') return (percent * 110) / 100;
  return percent;
}
