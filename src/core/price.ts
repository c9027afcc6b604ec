// The question that the pipeline asks of the price book, and its answer.

import { foldName, readModelName } from './model-name.ts';
import type { NanoUsd } from './money.ts';
import type { CostDoubt } from './record.ts';
import { type UsageRun, usesPromptCache, withoutPromptCache } from './usage.ts';

export interface PriceQuestion {
  readonly runs: readonly UsageRun[];
  /** The model for runs that name none. */
  readonly model: string | null;
  /** Origin of the upstream (`https://api.z.ai`): tells providers apart that sell a model of the same name. */
  readonly upstream: string;
  /** Prices have effective dates. Epoch milliseconds. */
  readonly atMs: number;
}

export interface PriceAnswer {
  /** Null when any run that used something has no known price. */
  readonly costNanoUsd: NanoUsd | null;
  /** `user`, `spec` or `catalogue`; null with an unknown price. */
  readonly source: string | null;
  /** Why that may be off; null where it is sure or unknown. */
  readonly doubt: CostDoubt | null;
}

/** What the upstream itself says that an answer cost. */
export interface StatedPrice {
  readonly reportedCostNanoUsd: NanoUsd | null;
  /** It is what was taken from the account. */
  readonly reportedIsCharge: boolean;
}

export interface SettledPrice extends PriceAnswer {
  /** By our list, where the cost is the upstream's own figure, or not known: then of what is known. */
  readonly listCostNanoUsd: NanoUsd | null;
}

/** Whose stated cost is what they took: OpenRouter's, at prices of its own, and xAI's, its tools and discounts included. */
const STATES_ITS_CHARGE = /^https:\/\/(?:(?:[\w-]+\.)*openrouter\.ai|(?:[\w-]+\.)?api\.x\.ai)$/;

/**
 * The cost by our list; or what the upstream stated, where that is the charge itself, or where the list knows none. A
 * stated zero is taken only from those whose figure is the charge: others state it for what they do not know.
 */
export function settledPrice(listed: PriceAnswer, stated: StatedPrice, upstream: string): SettledPrice {
  const { reportedCostNanoUsd, reportedIsCharge } = stated;
  if (reportedCostNanoUsd === null) return { ...listed, listCostNanoUsd: null };
  const isCharge = reportedIsCharge || STATES_ITS_CHARGE.test(upstream);
  const isTaken = isCharge || (listed.costNanoUsd === null && reportedCostNanoUsd > 0);
  if (!isTaken) return { ...listed, listCostNanoUsd: null };
  return {
    costNanoUsd: reportedCostNanoUsd,
    source: 'stated',
    doubt: null,
    listCostNanoUsd: listed.costNanoUsd,
  };
}

export interface Prices {
  cost(question: PriceQuestion): PriceAnswer;
}

/** What the prompt cache saved of a cost by the list, which is null where it is not known. */
export function promptCacheSaving(
  prices: Prices,
  question: PriceQuestion,
  listedNanoUsd: NanoUsd | null,
): NanoUsd | null {
  if (!question.runs.some(({ usage }) => usesPromptCache(usage))) return 0;
  if (listedNanoUsd === null) return null;
  const { costNanoUsd } = prices.cost({ ...question, runs: question.runs.map(withoutPromptCache) });
  return costNanoUsd === null ? null : costNanoUsd - listedNanoUsd;
}

/**
 * By which of two names a request is priced: the answer's, unless the one that was asked for says more about the same
 * model. Claude behind Amazon Bedrock answers to `eu.anthropic.claude-…` by its plain name, and a region has a price of
 * its own.
 */
export function pricedModel(asked: string | null, answered: string | null): string | null {
  if (asked === null || answered === null || asked.length <= answered.length) return answered ?? asked;
  const plain = foldName(answered);
  // Almost every name ends here: what says more holds what says less.
  if (!foldName(asked).includes(plain)) return answered;
  return readModelName(asked).spellings.includes(plain) ? asked : answered;
}
