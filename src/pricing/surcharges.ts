// What else changes the price of a run: service tier, speed, place. A documented factor, or null: a tier
// that is known to cost something else at an unknown price makes the cost unknown. Sources: docs/pricing.md.

import { PLAIN_PLACES, type UsageRun } from '../core/usage.ts';
import type { RateClass } from './rates.ts';

export interface Factor {
  readonly numerator: number;
  readonly denominator: number;
  /** What keeps its price. */
  readonly spares?: ReadonlySet<RateClass>;
}

type Conditions = Pick<UsageRun, 'serviceTier' | 'speed' | 'inferenceGeo'>;

const PLAIN: Factor = { numerator: 1, denominator: 1 };
const HALF: Factor = { numerator: 1, denominator: 2 };

/** Words for the ordinary tier. `on_demand` is Groq's, `standard_only` and `auto` echo a request. */
const PLAIN_TIERS = new Set(['', 'standard', 'default', 'auto', 'on_demand', 'standard_only']);

/** Anthropic's fast mode, as a multiple of all token prices. */
const ANTHROPIC_FAST: ReadonlyMap<string, Factor> = new Map([
  ['claude-opus-4-6', { numerator: 6, denominator: 1 }],
  ['claude-opus-4-7', { numerator: 6, denominator: 1 }],
  ['claude-opus-4-8', { numerator: 2, denominator: 1 }],
  ['claude-opus-5', { numerator: 2, denominator: 1 }],
  ['claude-opus-5-5', { numerator: 2, denominator: 1 }],
]);
const ANTHROPIC_US: Factor = { numerator: 11, denominator: 10 };

/** OpenAI's priority (since July 2026 also called fast) prices, as multiples of the standard ones. */
const OPENAI_PRIORITY: ReadonlyMap<string, Factor> = new Map([
  ['gpt-6-astra', { numerator: 2, denominator: 1 }],
  ['gpt-6-sol', { numerator: 2, denominator: 1 }],
  ['gpt-6-luna', { numerator: 2, denominator: 1 }],
  ['gpt-5-3-codex', { numerator: 2, denominator: 1 }],
  ['gpt-5-6', { numerator: 2, denominator: 1 }],
  ['gpt-5-6-sol', { numerator: 2, denominator: 1 }],
  ['gpt-5-6-terra', { numerator: 2, denominator: 1 }],
  ['gpt-5-6-luna', { numerator: 2, denominator: 1 }],
  ['gpt-5-5', { numerator: 5, denominator: 2 }],
  ['gpt-5-4', { numerator: 2, denominator: 1 }],
  ['gpt-5-4-mini', { numerator: 2, denominator: 1 }],
  ['gpt-5-2', { numerator: 2, denominator: 1 }],
  ['gpt-5-1', { numerator: 2, denominator: 1 }],
  ['gpt-5-1-codex', { numerator: 2, denominator: 1 }],
  ['gpt-5', { numerator: 2, denominator: 1 }],
  ['gpt-5-codex', { numerator: 2, denominator: 1 }],
  ['gpt-6-2-astra', { numerator: 2, denominator: 1 }],
  ['gpt-6-2-sol', { numerator: 2, denominator: 1 }],
  ['gpt-6-1-sol', { numerator: 2, denominator: 1 }],
  ['gpt-6-1-terra', { numerator: 2, denominator: 1 }],
  ['gpt-5-mini', { numerator: 9, denominator: 5 }],
  ['o3', { numerator: 7, denominator: 4 }],
  ['o4-mini', { numerator: 20, denominator: 11 }],
  ['gpt-4-1', { numerator: 7, denominator: 4 }],
  ['gpt-4-1-mini', { numerator: 7, denominator: 4 }],
  ['gpt-4-1-nano', { numerator: 2, denominator: 1 }],
  ['gpt-4o-2024-05-13', { numerator: 7, denominator: 4 }],
  ['gpt-4o', { numerator: 17, denominator: 10 }],
  ['gpt-4o-mini', { numerator: 5, denominator: 3 }],
]);

/** Models whose prices in that tier are published for long context, too: twice the standard ones as well. */
const OPENAI_LONG_PRIORITY = /^gpt-(?:5-6|6|6-1)\b/;

/** Amazon Bedrock: models whose every price in that tier is half of the standard one. */
const BEDROCK_FLEX =
  /^(?:nova-pro|nova-2-lite|gpt-oss-(?:20b|120b)|gpt-5-6-(?:luna|terra)|qwen3-32b|qwen3-coder-(?:30b-a3b|480b-a35b)|devstral-2-123b|mistral-large-3-675b-instruct)\b/;
/** And those whose prices are seven quarters of it; OpenAI's own are dearer. */
const BEDROCK_PRIORITY =
  /^(?:nova-pro|nova-premier|nova-2-lite|gpt-oss-(?:20b|120b)|qwen3-32b|qwen3-coder-(?:30b-a3b|480b-a35b)|devstral-2-123b)\b/;
const BEDROCK_DEARER = /^gpt-5-6-(?:luna|terra)\b/;

/** xAI: the Batch API of the models that have one. */
const XAI_BATCH: Factor = { numerator: 4, denominator: 5 };
const XAI_WITH_BATCHES = /^grok-4-(?:3|7|20)\b/;

/** Gemini's priority prices, all models that have such a tier. */
const GOOGLE_PRIORITY: Factor = { numerator: 9, denominator: 5 };
const GEMINI_WITH_TIERS = /^gemini-(?:2-5|[3-9])\b/;
/** Gemini models whose cached input costs the same in batches and in flex; newer ones halve it. */
const GEMINI_CACHE_KEEPS = /^gemini-(?:2-5|3-(?:pro|flash)|3-1-pro)\b/;
const CACHE_READS: ReadonlySet<RateClass> = new Set(['cacheRead', 'cacheReadAudio']);

/** Claude models from before places could be chosen: a request with one is refused. */
const WITHOUT_PLACES = /^claude-([23]\b|instant|v\d|(opus|sonnet|haiku)-[34](-[0-5])?$)/;

/** Whether a Claude model can be bound to a place. `spellings` are the model's, folded. */
export function hasPlaces(spellings: readonly string[]): boolean {
  return !spellings.some((name) => WITHOUT_PLACES.test(name));
}

export function isPlain(run: Conditions): boolean {
  return (
    PLAIN_TIERS.has(run.serviceTier ?? '') &&
    PLAIN_PLACES.has(run.inferenceGeo ?? '') &&
    (run.speed === null || run.speed === 'standard')
  );
}

/** `spellings` are the model's, folded; `isLongContext` tells that a higher tier by length applies. */
export function factorFor(
  run: Conditions,
  seller: string | null,
  spellings: readonly string[],
  isLongContext: boolean,
): Factor | null {
  if (isPlain(run)) return PLAIN;
  if (seller === 'anthropic') return anthropicFactor(run, spellings);
  if (seller === 'openai') return openaiFactor(run, spellings, isLongContext);
  if (seller === 'google') return googleFactor(run, spellings);
  if (!isPlain({ ...run, serviceTier: null })) return null;
  if (seller === 'aws') return bedrockFactor(run, spellings);
  // "The same pricing as on-demand processing."
  if (seller === 'groq' && run.serviceTier === 'flex') return PLAIN;
  const isXaiBatch = seller === 'x-ai' && run.serviceTier === 'batch';
  return isXaiBatch && spellings.some((name) => XAI_WITH_BATCHES.test(name)) ? XAI_BATCH : null;
}

function anthropicFactor(run: Conditions, spellings: readonly string[]): Factor | null {
  const tier = run.serviceTier ?? '';
  const place = run.inferenceGeo ?? '';
  const isFast = run.speed === 'fast';
  if (run.speed !== null && run.speed !== 'standard' && !isFast) return null;
  // Priority is capacity bought ahead, at a contract's price. Batches have no fast mode.
  if (!PLAIN_TIERS.has(tier) && (tier !== 'batch' || isFast)) return null;
  if (!PLAIN_PLACES.has(place) && place !== 'us') return null;
  const factors = [
    tier === 'batch' ? HALF : PLAIN,
    place === 'us' ? ANTHROPIC_US : PLAIN,
    isFast ? lookUp(ANTHROPIC_FAST, spellings) : PLAIN,
  ];
  return factors.reduce(multiply, PLAIN);
}

function openaiFactor(run: Conditions, spellings: readonly string[], isLongContext: boolean): Factor | null {
  if (!PLAIN_PLACES.has(run.inferenceGeo ?? '') || (run.speed !== null && run.speed !== 'standard'))
    return null;
  if (run.serviceTier === 'batch' || run.serviceTier === 'flex') return HALF;
  const isPriority = run.serviceTier === 'priority' || run.serviceTier === 'fast';
  // For most models the published priority prices leave long context out.
  const isListed = !isLongContext || spellings.some((name) => OPENAI_LONG_PRIORITY.test(name));
  return isPriority && isListed ? lookUp(OPENAI_PRIORITY, spellings) : null;
}

function googleFactor(run: Conditions, spellings: readonly string[]): Factor | null {
  if (!isPlain({ ...run, serviceTier: null })) return null;
  const name = spellings.find((spelling) => GEMINI_WITH_TIERS.test(spelling));
  if (name === undefined) return null;
  if (run.serviceTier === 'priority') return GOOGLE_PRIORITY;
  if (run.serviceTier !== 'flex' && run.serviceTier !== 'batch') return null;
  return GEMINI_CACHE_KEEPS.test(name) ? { ...HALF, spares: CACHE_READS } : HALF;
}

function bedrockFactor({ serviceTier }: Conditions, spellings: readonly string[]): Factor | null {
  const isAnyOf = (names: RegExp): boolean => spellings.some((name) => names.test(name));
  if (serviceTier === 'flex') return isAnyOf(BEDROCK_FLEX) ? HALF : null;
  if (serviceTier !== 'priority') return null;
  if (isAnyOf(BEDROCK_PRIORITY)) return { numerator: 7, denominator: 4 };
  return isAnyOf(BEDROCK_DEARER) ? { numerator: 2, denominator: 1 } : null;
}

function lookUp(table: ReadonlyMap<string, Factor>, spellings: readonly string[]): Factor | null {
  const name = spellings.find((spelling) => table.has(spelling));
  return name === undefined ? null : table.get(name)!;
}

function multiply(a: Factor | null, b: Factor | null): Factor | null {
  if (a === null || b === null) return null;
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}
