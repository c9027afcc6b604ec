// Anthropic's usage objects, read as in its Messages API reference.

import { allInputTokens, NO_USAGE, type TokenUsage, totalUsage, type UsageRun } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure, largestFigure } from '../meters/figure.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { tokenUsage as openaiUsage } from '../openai/usage.ts';

/** Lays a later usage object over an earlier one: figures are cumulative and may be corrected. */
export function mergeMessageUsage(earlier: JsonObject | null, told: JsonObject): JsonObject {
  const later = inSnakeCase(told);
  const merged = mergeUsage(earlier, later);
  if (earlier === null) return merged;
  // What was told as input before is told as cached now, all of it: a gateway's whole prompt.
  if (asFigure(later.input_tokens) === 0 && tellsCached(later) && !tellsCached(earlier))
    if (cachedIn(later) === asFigure(earlier.input_tokens)) return { ...merged, input_tokens: 0 };
  const parts = asObject(later.cache_creation);
  // The two lives of a cache are told together: what was counted for one before may be counted for the other now.
  if (parts !== null && Object.values(parts).some((count) => (asFigure(count) ?? 0) > 0))
    return {
      ...merged,
      cache_creation: parts,
      cache_creation_input_tokens: later.cache_creation_input_tokens ?? null,
    };
  const written = asFigure(later.cache_creation_input_tokens) ?? 0;
  const corrects = written > 0 && written !== asFigure(earlier.cache_creation_input_tokens);
  // A corrected total without its parts makes the earlier parts void.
  return corrects && asObject(later.cache_creation) === null ? { ...merged, cache_creation: null } : merged;
}

const cachedIn = (usage: JsonObject): number =>
  (asFigure(usage.cache_read_input_tokens) ?? 0) + (asFigure(usage.cache_creation_input_tokens) ?? 0);

const tellsCached = (usage: JsonObject): boolean => cachedIn(usage) > 0;

const IN_CAMEL_CASE = [
  ['inputTokens', 'input_tokens'],
  ['outputTokens', 'output_tokens'],
  ['cacheReadInputTokens', 'cache_read_input_tokens'],
  ['cacheCreationInputTokens', 'cache_creation_input_tokens'],
] as const;

/** Gateways that are written in JavaScript. */
function inSnakeCase(told: JsonObject): JsonObject {
  const others = IN_CAMEL_CASE.filter(
    ([camel, snake]) => told[snake] === undefined && told[camel] !== undefined,
  );
  if (others.length === 0) return told;
  return { ...told, ...Object.fromEntries(others.map(([camel, snake]) => [snake, told[camel]])) };
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
  const extra = fetchesIn(usage);
  if (iterations.length === 0) {
    const whole = { ...run(usage, usage, 'message', searches), ...extra };
    return [usedTools || usesServerTools(usage) ? { ...whole, isSum: true } : whole];
  }
  // Server tools are reported for the whole call only: they are charged with its first run.
  const runs = iterations.map((iteration, index) => ({
    ...run(iteration, usage, asText(iteration.type) ?? 'message', index === 0 ? searches : 0),
    ...(index === 0 && extra),
  }));
  const rest = restOf(run(usage, usage, 'message', 0), runs);
  return rest === null ? runs : [...runs, rest];
}

function fetchesIn(usage: JsonObject): Pick<UsageRun, 'extra'> {
  const pageFetches = asFigure(asObject(usage.server_tool_use)?.web_fetch_requests) ?? 0;
  return pageFetches > 0 ? { extra: { pageFetches } } : {};
}

/** What the whole tells beyond its iterations, which are never fewer where each of them tells its figures; null as a rule. */
function restOf(whole: UsageRun, runs: readonly UsageRun[]): UsageRun | null {
  const sum = totalUsage(runs);
  const isMore =
    allInputTokens(whole.usage) > allInputTokens(sum) || whole.usage.outputTokens > sum.outputTokens;
  if (!isMore) return null;
  const left = Object.entries(whole.usage).map(([name, count]) => [
    name,
    Math.max(0, count - sum[name as keyof TokenUsage]),
  ]);
  return { ...whole, usage: Object.fromEntries(left) as unknown as TokenUsage };
}

/** Whether a usage object says that something was generated. */
export const tellsOutput = (usage: JsonObject): boolean =>
  usageRuns(inSnakeCase(usage)).some((run) => run.usage.outputTokens > 0);

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
  const tools = asObject(usage.server_tool_use);
  return Object.entries(tools ?? {}).some(
    ([name, count]) => !COUNTED_TOOLS.has(name) && !isFreeCode(name, tools) && (asFigure(count) ?? 0) > 0,
  );
}

/** Code that runs beside searches and fetches. */
const CODE = 'code_execution_requests';
function isFreeCode(name: string, tools: JsonObject | null): boolean {
  const looked = largestFigure(tools?.web_search_requests, tools?.web_fetch_requests) ?? 0;
  return name === CODE && looked > 0;
}

/** Code that ran in the provider's container is charged by the time, which no answer tells; beside searches it is free. */
export function runsPaidCode(usage: JsonObject | null, seen: boolean): boolean {
  return seen && !isFreeCode(CODE, asObject(usage?.server_tool_use));
}

/** A call of one of the tools that run code, by any of their names. */
export const callsCode = (block: JsonObject | null): boolean =>
  block?.type === 'server_tool_use' && /code_execution$/.test(String(block.name));

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
  if (isOpenAIs(figures)) return openaiUsage(figures, searches);
  const written = asFigure(figures.cache_creation_input_tokens) ?? 0;
  const parts = asObject(figures.cache_creation);
  // The second names are those of new-api and its kin.
  const hour = largestFigure(parts?.ephemeral_1h_input_tokens, figures.claude_cache_creation_1_h_tokens) ?? 0;
  const fiveMinutes =
    largestFigure(parts?.ephemeral_5m_input_tokens, figures.claude_cache_creation_5_m_tokens) ?? 0;
  const outputTokens = largestFigure(figures.output_tokens, figures.completion_tokens) ?? 0;
  const thinking = asFigure(asObject(figures.output_tokens_details)?.thinking_tokens) ?? 0;
  return {
    ...NO_USAGE,
    inputTokens: asFigure(figures.input_tokens) ?? 0,
    cacheReadTokens: asFigure(figures.cache_read_input_tokens) ?? 0,
    // Parts that are more than the whole: the dearer one stands.
    cacheWrite5mTokens: written > 0 ? Math.max(0, written - hour) : fiveMinutes,
    cacheWrite1hTokens: written > 0 ? Math.min(hour, written) : hour,
    outputTokens,
    reasoningTokens: Math.min(thinking, outputTokens),
    webSearches: searches,
  };
}

/** Gateways that translate, and leave the usage as they got it. */
function isOpenAIs(figures: JsonObject): boolean {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, prompt_tokens } = figures;
  const own = largestFigure(input_tokens, cache_read_input_tokens, cache_creation_input_tokens) ?? 0;
  return own === 0 && (asFigure(prompt_tokens) ?? 0) > 0;
}

function webSearches(usage: JsonObject): number {
  return asFigure(asObject(usage.server_tool_use)?.web_search_requests) ?? 0;
}
