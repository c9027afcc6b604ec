// What recorded requests would have cost otherwise: under another model, tier of service or lifetime of a provider's
// cache. Tokens are those that were measured; what they would have been is not known, and is said as a range.

import type { NanoUsd } from '../core/money.ts';
import { type PriceQuestion, type Prices, pricedModel } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { type TokenUsage, type UsageRun, withoutPromptCache } from '../core/usage.ts';
import { usedNothing } from './price-book.ts';

/** A provider's prompt cache: none at all, or how long it keeps what is written. */
export const CACHE_WISHES = ['none', '5m', '1h'] as const;
export type CacheWish = (typeof CACHE_WISHES)[number];

export const TIER_WISHES = ['standard', 'flex', 'batch', 'priority'] as const;

export interface WhatIf {
  /** Null: the model that ran. */
  readonly model: string | null;
  /** Where it would run; '' for the model's maker. Null: where it ran. */
  readonly upstream: string | null;
  /** Null: the tier that it ran in; for another model the ordinary one. */
  readonly tier: string | null;
  readonly cache: CacheWish | null;
}

/** Null where its price is not known, or what was used: of a request that was cut off with all that was set aside for it. */
export function costIf(prices: Prices, record: RequestRecord, what: WhatIf): NanoUsd | null {
  return costOf(prices, questionIf(record, what));
}

function costOf(prices: Prices, question: PriceQuestion): NanoUsd | null {
  return question.runs.every(usedNothing) ? null : prices.cost(question).costNanoUsd;
}

/**
 * The least and the most that it would cost if the other model took `share` fewer or more tokens for the same: its
 * tokenizer and the length of its answers are its own.
 */
export function costRangeIf(
  prices: Prices,
  record: RequestRecord,
  what: WhatIf,
  share: number,
): readonly [least: NanoUsd | null, most: NanoUsd | null] {
  const question = questionIf(record, what);
  const at = (factor: number): NanoUsd | null => {
    const runs = question.runs.map((run) => scaledRun(run, factor));
    return costOf(prices, { ...question, runs });
  };
  return [at(1 - share), at(1 + share)];
}

/** Whether there is anything to compare: something was charged, and its cost is known. */
export function isComparable({ costNanoUsd, outcome, cacheUse }: RequestRecord): boolean {
  if (outcome === 'in_flight' || costNanoUsd === null || costNanoUsd === 0) return false;
  return cacheUse === null || cacheUse === 'miss' || cacheUse === 'bypass' || cacheUse === 'shadow';
}

/** What was asked of the price book when it ended. */
export function questionOf(record: RequestRecord): PriceQuestion {
  return questionIf(record, { model: null, upstream: null, tier: null, cache: null });
}

function questionIf(record: RequestRecord, what: WhatIf): PriceQuestion {
  const { model, upstream, tier, cache } = what;
  const isOther = model !== null;
  const told = record.runs ?? [
    {
      kind: 'message',
      model: null,
      usage: record.usage,
      serviceTier: record.serviceTier,
      speed: null,
      inferenceGeo: null,
    },
  ];
  const runs = told.map((run): UsageRun => {
    const serviceTier = tier ?? (isOther ? null : run.serviceTier);
    const conditions = isOther ? { speed: null, inferenceGeo: null, model: null } : {};
    return { ...(cache === null ? run : cached(run, cache)), ...conditions, serviceTier };
  });
  return {
    runs,
    model: model ?? pricedModel(record.modelSent ?? record.modelRequested, record.modelUsed),
    upstream: upstream ?? (isOther ? '' : record.upstream),
    atMs: record.startedAtMs,
  };
}

/** The same input under another lifetime. With a shorter one some reads would have been writes: that is not known. */
function cached(run: UsageRun, wish: CacheWish): UsageRun {
  if (wish === 'none') return withoutPromptCache(run);
  const { usage } = run;
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const [cacheWrite5mTokens, cacheWrite1hTokens] = wish === '5m' ? [written, 0] : [0, written];
  return { ...run, usage: { ...usage, cacheWrite5mTokens, cacheWrite1hTokens } };
}

function scaledRun(run: UsageRun, factor: number): UsageRun {
  const usage = scaled(run.usage, factor);
  if (run.longestInputTokens === undefined) return { ...run, usage };
  return { ...run, usage, longestInputTokens: Math.round(run.longestInputTokens * factor) };
}

/** All tokens times a factor; searches stay. */
function scaled(usage: TokenUsage, factor: number): TokenUsage {
  const counts = Object.entries(usage).map(([name, count]) => [
    name,
    name === 'webSearches' ? count : Math.round(count * factor),
  ]);
  return Object.fromEntries(counts) as unknown as TokenUsage;
}
