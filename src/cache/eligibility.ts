// Which requests may be answered from the cache at all: those whose answer depends on nothing but themselves.

import { SEARCH_MEMBERS } from '../core/search-members.ts';

const ENDPOINTS = new Set(['messages', 'chat/completions', 'responses', 'completions', 'embeddings']);

/** Fields that let an answer depend on something outside of the request that can change, or cause something. */
const OUTSIDE_FIELDS: Readonly<Record<string, string>> = {
  conversation: 'the conversation lives at the provider and grows',
  previous_response_id: 'the earlier turns live at the provider',
  background: 'the answer is fetched later',
  mcp_servers: 'tools run at the provider',
  container: 'a container at the provider keeps state',
  preset: 'what the model is told, and its tools, live at the provider',
  ...Object.fromEntries(SEARCH_MEMBERS.map((name) => [name, 'the web changes'])),
};
/** Models that search whatever they are asked: OpenAI's, OpenRouter's variants, Perplexity's, Groq's systems. */
const SEARCHING_MODEL =
  /-search-(?:preview|api)\b|:online\b|(?:^|\/)sonar\b|deep-research|(?:^|\/)compound(?:-(?:beta|mini))*$/i;

/** Null where the request is eligible; otherwise why it is not, for people. */
export function ineligibility(endpoint: string, method: string, body: unknown): string | null {
  if (!ENDPOINTS.has(endpoint) || method !== 'POST') return `answers of ${endpoint} are not cached`;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is no JSON object';
  const request = body as Readonly<Record<string, unknown>>;
  for (const [name, reason] of Object.entries(OUTSIDE_FIELDS)) {
    const value = request[name];
    if (!isOff(value)) return `${name}: ${reason}`;
  }
  if (SEARCHING_MODEL.test(String(request.model)))
    return `model: ${String(request.model)} searches, and the web changes`;
  if (searchesAtVenice(request.venice_parameters)) return 'venice_parameters: the web changes';
  // In the Responses API a prompt is a template at the provider; in legacy completions it is the text.
  if (endpoint === 'responses' && request.prompt !== undefined && request.prompt !== null)
    return 'prompt: the template lives at the provider';
  return providerTool(request.tools);
}

const isOff = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

function searchesAtVenice(parameters: unknown): boolean {
  const given =
    typeof parameters === 'object' ? (parameters as Readonly<Record<string, unknown>> | null) : null;
  const search = given?.enable_web_search;
  return !isOff(search) && search !== 'off';
}

/** Tools that the client runs have no type, or `function` or `custom`; others reach outside. */
function providerTool(tools: unknown): string | null {
  if (!Array.isArray(tools)) return null;
  for (const tool of tools as readonly unknown[]) {
    const type = typeof tool === 'object' && tool !== null ? (tool as { type?: unknown }).type : undefined;
    if (type !== undefined && type !== null && type !== 'function' && type !== 'custom')
      return `tools: ${String(type)} may run at the provider`;
  }
  return null;
}

/** How an answer may have ended to be kept. A refusal or a filter may decide otherwise the next time. */
const GOOD_ENDS = new Set([
  'end_turn',
  'stop_sequence',
  'max_tokens',
  'tool_use',
  'stop',
  'length',
  'tool_calls',
  'function_call',
  'completed',
]);

export function isGoodEnd(endpoint: string, finishReason: string | null): boolean {
  return finishReason === null ? endpoint === 'embeddings' : GOOD_ENDS.has(finishReason);
}
