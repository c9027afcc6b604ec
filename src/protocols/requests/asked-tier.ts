// The tier of service that a request asks for, where that changes its price.

import type { UsageRun } from '../../core/usage.ts';
import { asObject, asText, type JsonObject } from '../json/json-value.ts';

/** Gemini and Bedrock spell it their own ways. */
export function askedTier(request: JsonObject | null): string | null {
  const other = request?.serviceTier;
  return asText(request?.service_tier) ?? asText(other) ?? asText(asObject(other)?.type);
}

/** Ordinary tiers, and cheaper ones, for which the ordinary price stands in where the answer does not confirm them. */
const NOT_DEARER = new Set([
  '',
  'auto',
  'batch',
  'default',
  'flex',
  'on_demand',
  'standard',
  'standard_only',
  'unspecified',
]);

/**
 * An answer that says nothing of its tier was given in the one that was asked for, for all that can be told: a dearer
 * one, or one that nobody here knows.
 */
export function inAskedTier(runs: readonly UsageRun[], asked: string | null): readonly UsageRun[] {
  const tier = asked?.toLowerCase().replace(/^service_tier_/, '') ?? '';
  if (NOT_DEARER.has(tier) || runs.every(({ serviceTier }) => serviceTier !== null)) return runs;
  return runs.map((run) => (run.serviceTier === null ? { ...run, serviceTier: tier } : run));
}
