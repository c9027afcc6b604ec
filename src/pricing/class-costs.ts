// What each class of tokens had of a recorded request's cost, by the price book: what the request would cost less
// without it. Where that does not add up to what was recorded (another price since, a cost that the upstream stated),
// it is null.

import type { NanoUsd } from '../core/money.ts';
import type { Prices } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { allInputTokens, type TokenUsage, type UsageRun } from '../core/usage.ts';
import { questionOf } from './what-if.ts';

const CLASSES = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'webSearches',
] as const satisfies readonly (keyof TokenUsage)[];

export type ClassCosts = Readonly<Record<(typeof CLASSES)[number], NanoUsd>>;

/** Each part is rounded by itself. */
const ROUNDING_NANO_USD = CLASSES.length;

export function classCosts(prices: Prices, record: RequestRecord): ClassCosts | null {
  const { costNanoUsd, priceSource, outcome } = record;
  if (outcome === 'in_flight' || costNanoUsd === null || costNanoUsd === 0 || priceSource === 'stated')
    return null;
  const question = questionOf(record);
  // A length that decides about the price is the whole's, whatever is left out.
  const runs = question.runs.map((run) => ({
    ...run,
    longestInputTokens: run.longestInputTokens ?? allInputTokens(run.usage),
  }));
  const without = (name: (typeof CLASSES)[number]): NanoUsd | null => {
    const others = runs.map((run): UsageRun => ({ ...run, usage: { ...run.usage, [name]: 0 } }));
    return prices.cost({ ...question, runs: others }).costNanoUsd;
  };
  const parts = CLASSES.map((name) => {
    const isUsed = runs.some(({ usage }) => usage[name] > 0);
    const rest = isUsed ? without(name) : costNanoUsd;
    return [name, rest === null ? null : costNanoUsd - rest] as const;
  });
  const sum = parts.reduce((all, [, part]) => all + (part ?? Number.NaN), 0);
  const isWhole = Math.abs(sum - costNanoUsd) <= ROUNDING_NANO_USD;
  return isWhole ? (Object.fromEntries(parts) as unknown as ClassCosts) : null;
}
