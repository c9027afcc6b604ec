// The client's own bound on generated tokens, by whichever of its names the endpoint's servers read: they differ in
// which goes before, so the largest counts. A name that they do not read bounds nothing.

import { asCount, asObject, asText, type JsonObject } from '../json/json-value.ts';

/** Names of members, with those of the object that holds them before a dot. */
type Names = readonly string[];

/** Some of the many servers behind this API read these instead: they can raise a bound, and are none by themselves. */
const READ_BY_SOME: Readonly<Record<string, Names>> = {
  'chat/completions': ['max_output_tokens', 'max_new_tokens', 'n_predict', 'options.num_predict'],
  completions: ['max_completion_tokens', 'max_new_tokens', 'n_predict', 'options.num_predict'],
};
const GEMINI: Names = [
  'generationConfig.maxOutputTokens',
  'generationConfig.max_output_tokens',
  'generation_config.maxOutputTokens',
  'generation_config.max_output_tokens',
];
const CONVERSE: Names = ['inferenceConfig.maxTokens', 'additionalModelRequestFields.max_tokens'];
const OLLAMA: Names = ['options.num_predict'];
/** Each maker's own, as the cloud passes it on. */
const INVOKE: Names = [
  'max_tokens',
  'max_completion_tokens',
  'max_tokens_to_sample',
  'max_gen_len',
  'maxTokens',
  'textGenerationConfig.maxTokenCount',
  'inferenceConfig.maxTokens',
  'inferenceConfig.max_new_tokens',
];

const NAMES_BY_ENDPOINT: Readonly<Record<string, Names>> = {
  'chat/completions': ['max_tokens', 'max_completion_tokens'],
  completions: ['max_tokens'],
  responses: ['max_output_tokens'],
  messages: ['max_tokens'],
  complete: ['max_tokens_to_sample'],
  'gemini/generateContent': GEMINI,
  'gemini/streamGenerateContent': GEMINI,
  'gemini/interactions': GEMINI,
  'bedrock/converse': CONVERSE,
  'bedrock/converse-stream': CONVERSE,
  'bedrock/invoke': INVOKE,
  'bedrock/invoke-stream': INVOKE,
  'vertex/rawPredict': INVOKE,
  'vertex/streamRawPredict': INVOKE,
  'ollama/chat': OLLAMA,
  'ollama/generate': OLLAMA,
};
const ALL_NAMES: Names = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_tokens_to_sample'];

/** Null where nothing is bounded, or where a bound is no number that a server could take. */
export function outputLimit(endpoint: string, request: JsonObject | null): number | null {
  const sure = namesOf(NAMES_BY_ENDPOINT, endpoint) ?? ALL_NAMES;
  const limit = largestLimit(endpoint, request, sure);
  if (limit === null) return null;
  const others = namesOf(READ_BY_SOME, endpoint) ?? [];
  const raised = others.some((name) => isGiven(memberAt(request, name)))
    ? largestLimit(endpoint, request, others)
    : limit;
  if (raised === null) return null;
  const beside = endpoint === 'chat/completions' ? thinkingBeside(request) : 0;
  return beside === null ? null : Math.max(limit, raised, thinkingLimit(endpoint, request)) + beside;
}

function largestLimit(endpoint: string, request: JsonObject | null, names: Names): number | null {
  let largest: number | null = null;
  for (const name of names) {
    const value = memberAt(request, name);
    // To servers null is as good as nothing, and so is zero to those that are written in Go.
    if (!isGiven(value)) continue;
    const limit = asCount(value);
    if (limit === null || (limit === 0 && endpoint !== 'messages')) return null;
    largest = Math.max(largest ?? 0, limit);
  }
  return largest;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const namesOf = (table: Readonly<Record<string, Names>>, endpoint: string): Names | undefined =>
  Object.hasOwn(table, endpoint) ? table[endpoint] : undefined;

/** Claude may think beyond its bound in between its calls of tools: up to what is allowed for thinking. */
function thinkingLimit(endpoint: string, request: JsonObject | null): number {
  const isChat = endpoint === 'chat/completions';
  if (
    !isChat &&
    endpoint !== 'messages' &&
    !endpoint.endsWith('awPredict') &&
    !endpoint.startsWith('bedrock/')
  )
    return 0;
  const gateways = isChat ? (asCount(memberAt(request, 'reasoning.max_tokens')) ?? 0) : 0;
  const fields = asObject(request?.additionalModelRequestFields);
  const budgets = [request?.thinking, fields?.thinking, fields?.reasoning_config].map(
    (thinking) => asCount(asObject(thinking)?.budget_tokens) ?? 0,
  );
  return Math.max(...budgets, gateways);
}

/** Think unless they are told not to, at Alibaba's and Volcengine's, where `max_tokens` bounds the answer alone. */
const THINKS_BESIDE =
  /^(?:qwq|qvq|qwen[\w.-]*thinking|qwen-?(?:3\.[5-9]|[4-9])|doubao-(?:seed|1[-.]5-thinking))/i;

/** What may be thought beside the bound; null where nothing bounds that. */
function thinkingBeside(request: JsonObject | null): number | null {
  const { enable_thinking: isOn, thinking_budget: budget, model, thinking } = request ?? {};
  const isOff = isOn === false || asObject(thinking)?.type === 'disabled';
  if (isOff) return 0;
  if (isGiven(budget)) return asCount(budget);
  const isBoundedWhole = isGiven(request?.max_completion_tokens) && !isGiven(request?.max_tokens);
  if (isOn === true || THINKS_BESIDE.test(asText(model) ?? '')) return isBoundedWhole ? 0 : null;
  return 0;
}

function memberAt(request: JsonObject | null, name: string): unknown {
  const dot = name.indexOf('.');
  const holder = dot === -1 ? request : asObject(own(request, name.slice(0, dot)));
  return own(holder, name.slice(dot + 1));
}

const own = (object: JsonObject | null, name: string): unknown =>
  object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
