// The tier of service that a request asks for, where that changes its price.

import type { UsageRun } from '../core/usage.ts';
import { asObject, asText, type JsonObject } from './json-value.ts';

/** Gemini and Bedrock spell it their own ways. */
export function askedTier(request: JsonObject | null): string | null {
  const other = request?.serviceTier;
  return asText(request?.service_tier) ?? asText(other) ?? asText(asObject(other)?.type);
}

const DEARER = new Set(['priority', 'fast']);

/** An answer that says nothing of its tier was given in the dearer one that was asked for, for all that can be told. */
export function inAskedTier(runs: readonly UsageRun[], asked: string | null): readonly UsageRun[] {
  const tier = asked?.toLowerCase() ?? '';
  if (!DEARER.has(tier) || runs.every(({ serviceTier }) => serviceTier !== null)) return runs;
  return runs.map((run) => (run.serviceTier === null ? { ...run, serviceTier: tier } : run));
}
