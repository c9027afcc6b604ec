// What a request cost by the list. A fault in the price book costs this request's price, not the process.

import { RUNS_MAX } from '../core/bounded-end.ts';
import type { NanoUsd } from '../core/money.ts';
import {
  type PriceAnswer,
  type PriceQuestion,
  type Prices,
  pricedModel,
  promptCacheSaving,
  type SettledPrice,
  type StatedPrice,
  settledPrice,
} from '../core/price.ts';
import type { RecordedRun } from '../core/record.ts';
import { saysMoreThanCounts, type UsageRun, type UsageSource } from '../core/usage.ts';
import { inAskedTier } from '../protocols/requests/asked-tier.ts';

const UNKNOWN_PRICE: PriceAnswer = Object.freeze({ costNanoUsd: null, source: null, doubt: null });

interface Asked {
  readonly facts: { readonly serviceTier: string | null };
  /** As the upstream was asked for it. */
  readonly modelThere: string | null;
  readonly base: { readonly origin: string };
  readonly startedAtMs: number;
}

/** Of what a request has used; `model`: the one that answered. */
export function priceQuestion(
  { facts, modelThere, base, startedAtMs }: Asked,
  runs: readonly UsageRun[],
  model: string | null,
): PriceQuestion {
  return {
    runs: inAskedTier(runs, facts.serviceTier),
    model: pricedModel(modelThere, model),
    upstream: base.origin,
    atMs: startedAtMs,
  };
}

export function listedPrice(prices: Prices, question: PriceQuestion): PriceAnswer {
  try {
    return prices.cost(question);
  } catch {
    // An unknown price is an honest answer.
    return UNKNOWN_PRICE;
  }
}

/**
 * What it cost at least, where not all that it used is known or has a price: its runs that have one. Null where none has.
 */
export function leastPrice(prices: Prices, told: PriceQuestion): NanoUsd | null {
  const question = { ...told, runs: told.runs.map(atItsLeast) };
  const { costNanoUsd } = listedPrice(prices, question);
  if (costNanoUsd !== null) return costNanoUsd || null;
  const { runs } = question;
  const each = runs.map((run) => listedPrice(prices, { ...question, runs: [run] }).costNanoUsd ?? 0);
  return each.reduce((sum, cost) => sum + cost, 0) || null;
}

/** Each of the runs that were summed up may have been short enough for the price below. */
function atItsLeast(run: UsageRun): UsageRun {
  return run.isSum === true ? { ...run, longestInputTokens: 0 } : run;
}

export interface Ended {
  readonly usageSource: UsageSource;
  /** Not all that it may have cost is told. */
  readonly isUnknown: boolean;
  /** Of a session: what it has paid while it ran. */
  readonly paid: NanoUsd;
}

/** What a request cost that has ended, and what the provider's prompt cache saved of it. */
export function settledCost(
  prices: Prices,
  question: PriceQuestion,
  stated: StatedPrice,
  { usageSource, isUnknown, paid }: Ended,
): SettledPrice & { readonly promptCacheSavedNanoUsd: NanoUsd | null } {
  const listed = isUnknown ? UNKNOWN_PRICE : listedPrice(prices, question);
  const price = settledPrice(listed, stated, question.upstream);
  const promptCacheSavedNanoUsd = savedByPromptCache(prices, question, listed);
  if (price.costNanoUsd !== null) return { ...price, promptCacheSavedNanoUsd };
  // An estimate of what could not be read is no least.
  const isKnown = usageSource !== 'estimate' && question.runs.length <= RUNS_MAX;
  const least = Math.max(paid, (isKnown && leastPrice(prices, question)) || 0);
  return { ...price, listCostNanoUsd: least || null, promptCacheSavedNanoUsd };
}

/**
 * The runs as they go on record, where they tell more than their sum: with what each cost where others than
 * `answeredBy` ran as well. Of a cost that is stated for all, each has the part that it has of the list's.
 */
export function recordedRuns(
  prices: Prices,
  question: PriceQuestion,
  answeredBy: string | null,
  { costNanoUsd, source }: PriceAnswer,
): readonly RecordedRun[] | null {
  const { runs } = question;
  if (runs.length < 2 && !runs.some(saysMoreThanCounts)) return null;
  const isOfOne = runs.every(({ model }) => model === null || model === answeredBy);
  if (isOfOne || runs.length > RUNS_MAX) return runs;
  const asCounted = costNanoUsd === null ? atItsLeast : (run: UsageRun) => run;
  const listed = runs.map((run) => listedPrice(prices, { ...question, runs: [asCounted(run)] }).costNanoUsd);
  const costs = source === 'stated' ? partsOf(costNanoUsd ?? 0, listed) : listed;
  return costs === null ? runs : runs.map((run, at) => ({ ...run, costNanoUsd: costs[at] ?? null }));
}

/** Null where the list does not tell how to part it. */
function partsOf(whole: NanoUsd, listed: readonly (NanoUsd | null)[]): readonly NanoUsd[] | null {
  if (listed.some((cost) => cost === null)) return null;
  const sum = listed.reduce<NanoUsd>((total, cost) => total + (cost ?? 0), 0);
  return sum === 0 ? null : listed.map((cost) => Math.round(whole * ((cost ?? 0) / sum)));
}

/** `listed` is what it cost by the list. */
function savedByPromptCache(prices: Prices, question: PriceQuestion, listed: PriceAnswer): NanoUsd | null {
  try {
    return promptCacheSaving(prices, question, listed.costNanoUsd);
  } catch {
    // As above.
    return null;
  }
}
