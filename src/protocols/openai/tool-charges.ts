// What is charged besides tokens: searches that have a price of their own, and tools that have none here.

import type { ExtraUsage, UsageRun } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure } from '../meters/figure.ts';
import { pictureTokens, tokenUsage } from './usage.ts';

/** Each of their requests searches, for a fee that no usage shows. */
const SEARCHES_ALWAYS = /-search-(?:preview|api)\b/;

/** xAI's server-side tools, and others that follow: searches of the web, by the call. */
export function chatSearches(usage: JsonObject): number {
  const tools = serverTools(usage);
  return asFigure(tools?.web_search_calls) ?? asFigure(tools?.web_search_requests) ?? 0;
}

/** Pages that a chat's provider opened. */
export function chatFetches(usage: JsonObject): ExtraUsage {
  const pageFetches = asFigure(serverTools(usage)?.web_fetch_requests) ?? 0;
  return pageFetches > 0 ? { pageFetches } : {};
}

const NO_SEARCH = { searches: 0, extra: Object.freeze({}) };

/** The one search of models whose every request searches, at a price of their own; 0 for all others. */
export function ownSearches(model: string | null): { readonly searches: number; readonly extra: ExtraUsage } {
  if (model === null || !SEARCHES_ALWAYS.test(model)) return NO_SEARCH;
  return { searches: 1, extra: model.includes('preview') ? { previewSearches: 1 } : {} };
}

/** xAI's live search by sources, Perplexity's research, Mistral's connectors. */
const CHARGED = ['num_sources_used', 'num_search_queries', 'citation_tokens', 'connector_tokens'] as const;

/** Whether a chat answer has used what is charged by the call, at a price that is not known. */
export function usesUnpricedChatTools(model: string | null, usage: JsonObject | null): boolean {
  if (model !== null && SEARCHES_ALWAYS.test(model)) return true;
  if (usage === null) return false;
  const plugins = asObject(usage.plugins);
  return (
    CHARGED.some((name) => isUsed(usage[name])) ||
    // Qwen's searches.
    (plugins !== null && Object.values(plugins).some((plugin) => isUsed(asObject(plugin)?.count))) ||
    otherTools(serverTools(usage)) ||
    otherTools(asObject(usage.connectors)) ||
    // Perplexity's agents.
    Object.values(asObject(usage.tool_calls_details) ?? {}).some((tool) =>
      isUsed(asObject(tool)?.invocation),
    ) ||
    // xAI's tools, and nothing of which they were.
    (serverTools(usage) === null && isUsed(usage.num_server_side_tools_used))
  );
}

/** Whether the answer shows that its provider searched or ran plugins, which its usage leaves out. */
export function showsProvidersTools(document: JsonObject): boolean {
  // Zhipu's pages; Volcengine's plugins.
  return isFilled(document.web_search) || isFilled(asObject(document.bot_usage)?.action_usage);
}

/**
 * Whether the answer lists pages that its provider found (Perplexity, xAI, Baidu, Hunyuan, Venice). Documents that the
 * client sent are cited by their ids.
 */
export function listsFoundPages(document: JsonObject): boolean {
  return (
    isFilled(document.search_results) ||
    isFilled(asObject(document.search_info)?.search_results) ||
    isFilled(asObject(document.venice_parameters)?.web_search_citations) ||
    asArray(document.citations).some((page) => typeof page === 'string' && /^https?:/i.test(page))
  );
}

/** Moonshot's own functions are called like a client's, and charged by the call. */
export function callsProvidersFunction(call: JsonObject | null): boolean {
  const name = asText(asObject(call?.function)?.name);
  return call?.type === 'builtin_function' || name?.startsWith('$') === true;
}

const isFilled = (list: unknown): boolean => asArray(list).length > 0;

const serverTools = (usage: JsonObject): JsonObject | null =>
  asObject(usage.server_side_tool_usage_details) ?? asObject(usage.server_tool_use);

/** Reading what was found, and the tools of an MCP server, cost nothing by the call. */
const SEARCHES_OR_FREE = new Set([
  'web_search_calls',
  'web_search_requests',
  'web_fetch_requests',
  'tool_search_requests',
  'mcp_calls',
]);

function otherTools(tools: JsonObject | null): boolean {
  if (tools === null) return false;
  return Object.entries(tools).some(([name, count]) => !SEARCHES_OR_FREE.has(name) && isUsed(count));
}

const isUsed = (count: unknown): boolean => (asFigure(count) ?? 0) > 0;

const NO_ITEMS: readonly JsonObject[] = [];

/** Whether the provider called tools of its own and went on: its figures then sum several runs. */
export function loopsWithTools(usage: JsonObject, output: readonly JsonObject[] = NO_ITEMS): boolean {
  const tools = serverTools(usage);
  return (
    (tools !== null && Object.values(tools).some(isUsed)) ||
    output.some(({ type }) => typeof type === 'string' && PROVIDERS_CALLS.has(type))
  );
}

/** Items that the provider answers by itself. */
const PROVIDERS_CALLS = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'tool_search_call',
]);

/** Items of a Responses answer that cost nothing but their tokens. */
const FREE_ITEMS = new Set([
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'mcp_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'computer_call',
  'local_shell_call',
  'apply_patch_call',
  'tool_search_call',
  'tool_search_output',
  'compaction',
  'compaction_summary',
  // What a client answered, and settings that changed in between.
  'computer_call_output',
  'local_shell_call_output',
  'shell_call_output',
  'apply_patch_call_output',
  'mcp_approval_response',
  'additional_tools',
  'configuration_update',
]);

/**
 * Searches are charged per call; opening and reading a found page is not, and neither is a search that failed, unless
 * the answer counts it. Where it lists no call, what it says of their number counts.
 */
export function responseSearches(output: readonly JsonObject[], response: JsonObject | null = null): number {
  const calls = output.filter(({ type }) => type === 'web_search_call');
  const told = response === null ? null : asFigure(toolUsage(response, 'web_search')?.num_requests);
  if (calls.length === 0) return told ?? 0;
  const searches = calls.filter(({ action }) => (asText(asObject(action)?.type) ?? 'search') === 'search');
  const succeeded = searches.filter(({ status }) => status !== 'failed').length;
  return Math.max(succeeded, Math.min(told ?? 0, searches.length));
}

function opensPage({ type, status, action }: JsonObject): boolean {
  return type === 'web_search_call' && status !== 'failed' && asObject(action)?.type === 'open_page';
}

/** What a Responses answer is charged for beside its model's tokens and searches. */
export interface ResponseCharges {
  readonly extra: ExtraUsage;
  /** The pictures that it had made, by the model that made them. */
  readonly pictures: UsageRun | null;
  readonly hasUnpricedParts: boolean;
}

export function responseCharges(response: JsonObject, output: readonly JsonObject[]): ResponseCharges {
  const types = output.map(({ type }) => String(type));
  const fileSearches = output.filter(
    ({ type, status }) => type === 'file_search_call' && status !== 'failed',
  ).length;
  const searches = responseSearches(output, response);
  const pageFetches = output.filter(opensPage).length;
  const pictures = picturesOf(response);
  const isDrawn = types.includes('image_generation_call') || isAnyUsed(toolUsage(response, PICTURES));
  const drew = isDrawn && pictures === null;
  return {
    extra: {
      ...(fileSearches > 0 && { fileSearches }),
      ...(pageFetches > 0 && { pageFetches }),
      ...(searches > 0 && usesPreview(response) && { previewSearches: searches }),
    },
    pictures,
    hasUnpricedParts: drew || output.some((item) => !isPriced(item)) || usesOtherModels(response),
  };
}

/** A shell at the client's costs nothing; one in the provider's container costs its time. */
function isPriced({ type, environment }: JsonObject): boolean {
  return PRICED_ITEMS.has(String(type)) || (type === 'shell_call' && asObject(environment)?.type === 'local');
}

const PRICED_ITEMS = new Set([...FREE_ITEMS, 'web_search_call', 'file_search_call', 'image_generation_call']);
const PICTURES = 'image_gen';

function usesPreview(response: JsonObject): boolean {
  return asArray(response.tools).some((tool) =>
    /^web_search_preview/.test(asText(asObject(tool)?.type) ?? ''),
  );
}

const toolUsage = (response: JsonObject, tool: string): JsonObject | null =>
  asObject(asObject(response.tool_usage)?.[tool]);

const isAnyUsed = (told: JsonObject | null): boolean => Object.values(told ?? {}).some(isUsed);

/** Null where nothing is told of pictures, or not by which model they are. */
function picturesOf(response: JsonObject): UsageRun | null {
  const told = toolUsage(response, PICTURES);
  const tool = asArray(response.tools)
    .map(asObject)
    .find((one) => one?.type === 'image_generation');
  const model = asText(tool?.model);
  if (told === null || model === null || !isAnyUsed(told)) return null;
  return {
    kind: 'image_generation',
    model,
    usage: tokenUsage(told),
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    extra: pictureTokens(told),
  };
}

/** Tools' own models, told beside the answer's: pictures are counted, searches cost by the call. */
function usesOtherModels(response: JsonObject): boolean {
  return Object.entries(asObject(response.tool_usage) ?? {}).some(
    ([name, tool]) =>
      name !== 'web_search' && name !== PICTURES && Object.values(asObject(tool) ?? {}).some(isUsed),
  );
}
