// Anthropic's usage objects, read as in its Messages API reference.

import { NO_USAGE, type TokenUsage, type UsageRun } from '../../core/usage.ts';
import { asFigure } from '../figure.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import { mergeUsage } from '../merge-usage.ts';

/** Lays a later usage object over an earlier one: figures are cumulative and may be corrected. */
export function mergeMessageUsage(earlier: JsonObject | null, later: JsonObject): JsonObject {
  const merged = mergeUsage(earlier, later);
  if (earlier === null) return merged;
  const written = asFigure(later.cache_creation_input_tokens) ?? 0;
  const corrects = written > 0 && written !== asFigure(earlier.cache_creation_input_tokens);
  // A corrected total without its parts makes the earlier parts void.
  return corrects && asObject(later.cache_creation) === null ? { ...merged, cache_creation: null } : merged;
}

/**
 * One entry per model run. Where `iterations` exists, the runs are the iterations, each at its own model. Elsewhere the
 * model runs again after each call of a server's tool, and the figures are the sum: `usedTools` where content told so.
 * `searchesSeen` are those in the content, for a usage that says nothing of tools.
 */
export function usageRuns(usage: JsonObject, usedTools = false, searchesSeen = 0): readonly UsageRun[] {
  const searches = asObject(usage.server_tool_use) === null ? searchesSeen : webSearches(usage);
  const iterations = asArray(usage.iterations)
    .map(asObject)
    .filter((iteration) => iteration !== null);
  if (iterations.length === 0) {
    const whole = run(usage, usage, 'message', searches);
    return [usedTools || usesServerTools(usage) ? { ...whole, isSum: true } : whole];
  }
  // Server tools are reported for the whole call only: they are charged with its first run.
  return iterations.map((iteration, index) =>
    run(iteration, usage, asText(iteration.type) ?? 'message', index === 0 ? searches : 0),
  );
}

/** Server tools that are charged by the call; reading a page that was found, and looking for a tool, is not. */
const COUNTED_TOOLS = new Set(['web_search_requests', 'web_fetch_requests', 'tool_search_requests']);

function usesServerTools(usage: JsonObject): boolean {
  return Object.values(asObject(usage.server_tool_use) ?? {}).some((count) => (asFigure(count) ?? 0) > 0);
}

/** A block of an answer's content with which the provider calls a tool of its own. */
export const callsServerTool = (block: JsonObject | null): boolean =>
  block?.type === 'server_tool_use' || block?.type === 'mcp_tool_use';

/** Whether a server tool was used whose price is not known. */
export function usesUnpricedTools(usage: JsonObject): boolean {
  return Object.entries(asObject(usage.server_tool_use) ?? {}).some(
    ([name, count]) => name.endsWith('_requests') && !COUNTED_TOOLS.has(name) && (asFigure(count) ?? 0) > 0,
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
  const written = asFigure(figures.cache_creation_input_tokens) ?? 0;
  const parts = asObject(figures.cache_creation);
  const hour = asFigure(parts?.ephemeral_1h_input_tokens) ?? 0;
  const fiveMinutes = asFigure(parts?.ephemeral_5m_input_tokens) ?? 0;
  const outputTokens = asFigure(figures.output_tokens) ?? 0;
  const thinking = asFigure(asObject(figures.output_tokens_details)?.thinking_tokens) ?? 0;
  return {
    ...NO_USAGE,
    inputTokens: asFigure(figures.input_tokens) ?? 0,
    cacheReadTokens: asFigure(figures.cache_read_input_tokens) ?? 0,
    cacheWrite5mTokens: Math.max(fiveMinutes, written - hour),
    cacheWrite1hTokens: hour,
    outputTokens,
    reasoningTokens: Math.min(thinking, outputTokens),
    webSearches: searches,
  };
}

function webSearches(usage: JsonObject): number {
  return asFigure(asObject(usage.server_tool_use)?.web_search_requests) ?? 0;
}
