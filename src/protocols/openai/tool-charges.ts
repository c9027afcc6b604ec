// What is charged besides tokens: searches that have a price of their own, and tools that have none here.

import { asFigure } from '../figure.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';

/** Each of their requests searches, for a fee that no usage shows. */
const SEARCHES_ALWAYS = /-search-(?:preview|api)\b/;

/** xAI's server-side tools, and others that follow: searches of the web, by the call. */
export function chatSearches(usage: JsonObject): number {
  const tools = serverTools(usage);
  return asFigure(tools?.web_search_calls) ?? asFigure(tools?.web_search_requests) ?? 0;
}

/** Whether a chat answer has used what is charged by the call, at a price that is not known. */
export function usesUnpricedChatTools(model: string | null, usage: JsonObject | null): boolean {
  if (model !== null && SEARCHES_ALWAYS.test(model)) return true;
  if (usage === null) return false;
  // xAI's live search by sources, Perplexity's research, Mistral's connectors.
  const charged = [
    usage.num_sources_used,
    usage.num_search_queries,
    usage.citation_tokens,
    usage.connector_tokens,
  ];
  return charged.some(isUsed) || otherTools(serverTools(usage)) || otherTools(asObject(usage.connectors));
}

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
  return Object.entries(tools ?? {}).some(([name, count]) => !SEARCHES_OR_FREE.has(name) && isUsed(count));
}

const isUsed = (count: unknown): boolean => (asFigure(count) ?? 0) > 0;

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
]);

/** Searches are charged per call; opening and reading a found page is not. */
export function responseSearches(output: readonly JsonObject[]): number {
  return output.filter(
    ({ type, action }) =>
      type === 'web_search_call' && (asText(asObject(action)?.type) ?? 'search') === 'search',
  ).length;
}

/** Whether a Responses answer holds what is charged apart from its tokens, at a price that is not known. */
export function usesUnpricedItems(response: JsonObject, output: readonly JsonObject[]): boolean {
  if (output.some(({ type }) => type !== 'web_search_call' && !FREE_ITEMS.has(String(type)))) return true;
  if (responseSearches(output) > 0 && searchesAtPreviewPrice(response)) return true;
  // Usage of tools' own models, told beside the answer's.
  return Object.entries(asObject(response.tool_usage) ?? {}).some(
    ([name, tool]) => name !== 'web_search' && Object.values(asObject(tool) ?? {}).some(isUsed),
  );
}

/** The preview of the search tool costs more with models that do not reason; the list has one price. */
function searchesAtPreviewPrice(response: JsonObject): boolean {
  const isPreview = asArray(response.tools).some((tool) =>
    /^web_search_preview/.test(asText(asObject(tool)?.type) ?? ''),
  );
  return isPreview && /gpt-4/.test(asText(response.model) ?? '');
}
