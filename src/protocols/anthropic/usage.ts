// Anthropic's usage objects, read as in its Messages API reference. Null fields mean "no news".

import { NO_USAGE, type TokenUsage, type UsageRun } from '../../core/usage.ts';
import { asArray, asCount, asObject, asText, type JsonObject } from '../json-value.ts';

/** Lays a later usage object over an earlier one: figures are cumulative and may be corrected, null keeps. */
export function mergeUsage(earlier: JsonObject | null, later: JsonObject): JsonObject {
  if (earlier === null) return later;
  const merged: Record<string, unknown> = { ...earlier };
  for (const [name, value] of Object.entries(later))
    if (value !== null && value !== undefined) merged[name] = value;
  // A corrected total without its parts makes the earlier parts void.
  const correctsWrites =
    asCount(later.cache_creation_input_tokens) !== asCount(earlier.cache_creation_input_tokens);
  if (
    asCount(later.cache_creation_input_tokens) !== null &&
    correctsWrites &&
    asObject(later.cache_creation) === null
  ) {
    merged.cache_creation = null;
  }
  return merged;
}

/** One entry per model run. Where `iterations` exists, the runs are the iterations, each at its own model. */
export function usageRuns(usage: JsonObject): readonly UsageRun[] {
  const iterations = asArray(usage.iterations)
    .map(asObject)
    .filter((iteration) => iteration !== null);
  if (iterations.length === 0) return [run(usage, usage, 'message', webSearches(usage))];
  // Server tools are reported for the whole call only: they are charged with its first run.
  return iterations.map((iteration, index) =>
    run(iteration, usage, asText(iteration.type) ?? 'message', index === 0 ? webSearches(usage) : 0),
  );
}

function run(figures: JsonObject, whole: JsonObject, kind: string, searches: number): UsageRun {
  return {
    kind,
    model: asText(figures.model),
    usage: tokenUsage(figures, searches),
    serviceTier: asText(figures.service_tier) ?? asText(whole.service_tier),
    speed: asText(figures.speed) ?? asText(whole.speed),
    inferenceGeo: asText(figures.inference_geo) ?? asText(whole.inference_geo),
  };
}

function tokenUsage(figures: JsonObject, searches: number): TokenUsage {
  const written = asCount(figures.cache_creation_input_tokens) ?? 0;
  const parts = asObject(figures.cache_creation);
  const hour = asCount(parts?.ephemeral_1h_input_tokens) ?? 0;
  const fiveMinutes = asCount(parts?.ephemeral_5m_input_tokens) ?? 0;
  const outputTokens = asCount(figures.output_tokens) ?? 0;
  const thinking = asCount(asObject(figures.output_tokens_details)?.thinking_tokens) ?? 0;
  return {
    ...NO_USAGE,
    inputTokens: asCount(figures.input_tokens) ?? 0,
    cacheReadTokens: asCount(figures.cache_read_input_tokens) ?? 0,
    cacheWrite5mTokens: Math.max(fiveMinutes, written - hour),
    cacheWrite1hTokens: hour,
    outputTokens,
    reasoningTokens: Math.min(thinking, outputTokens),
    webSearches: searches,
  };
}

function webSearches(usage: JsonObject): number {
  return asCount(asObject(usage.server_tool_use)?.web_search_requests) ?? 0;
}
