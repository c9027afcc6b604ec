// OpenAI's usage objects and those of compatible servers, in our classes, which do not overlap.

import { type ExtraUsage, NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asObject, type JsonObject } from '../json/json-value.ts';
import { asFigure, largestFigure } from '../meters/figure.ts';
import { mergeUsage } from '../meters/merge-usage.ts';

interface Input {
  readonly all: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
}

type Names = readonly string[];

/** OpenAI's two APIs, and those who write in camel case, as the AI SDK's gateways do. */
const PROMPT: Names = ['prompt_tokens', 'input_tokens', 'promptTokens', 'inputTokens', 'promptTokenCount'];
const COMPLETION: Names = [
  'completion_tokens',
  'output_tokens',
  'completionTokens',
  'outputTokens',
  'candidatesTokenCount',
];
const TOTAL: Names = ['total_tokens', 'totalTokens', 'totalTokenCount'];
const REASONING: Names = ['reasoning_tokens', 'reasoningTokens', 'thoughtsTokenCount'];
const INPUT_DETAILS: Names = [
  'prompt_tokens_details',
  'input_tokens_details',
  'input_token_details',
  'prompt_token_details',
  'promptTokensDetails',
  'inputTokenDetails',
];
const OUTPUT_DETAILS: Names = [
  'completion_tokens_details',
  'output_tokens_details',
  'output_token_details',
  'completion_token_details',
  'completionTokensDetails',
  'outputTokenDetails',
];
/** In details: OpenAI's, and those of gateways for Claude. */
const READ_DETAILS: Names = [
  'cached_tokens',
  'cache_read_input_tokens',
  'cache_read_tokens',
  'cachedTokens',
  'cacheReadTokens',
];
/** Beside the prompt: DeepSeek, Moonshot, Mistral, Codex's servers, gateways for Claude, the AI SDK. */
const READS: Names = [
  'prompt_cache_hit_tokens',
  'cached_tokens',
  'num_cached_tokens',
  'cached_input_tokens',
  'cache_read_tokens',
  'cache_read_input_tokens',
  'cachedInputTokens',
  'cachedContentTokenCount',
];
/** In details: OpenAI and OpenRouter, LiteLLM, new-api, gateways for Claude, goose, Requesty, the AI SDK. */
const WRITE_DETAILS: Names = [
  'cache_write_tokens',
  'cache_creation_tokens',
  'cached_creation_tokens',
  'cache_creation_input_tokens',
  'cache_write_input_tokens',
  'caching_tokens',
  'cacheWriteTokens',
];
const WRITES: Names = [
  'cache_write_tokens',
  'cache_creation_tokens',
  'cache_creation_input_tokens',
  'cache_write_input_tokens',
];

/** The largest that the object tells by any of the names. */
function figureOf(object: JsonObject | null, names: Names): number | null {
  if (object === null) return null;
  let largest: number | null = null;
  for (const name of names) {
    const value = object[name];
    const figure = value === undefined ? null : asFigure(value);
    if (figure !== null && (largest === null || figure > largest)) largest = figure;
  }
  return largest;
}

/**
 * Reads `prompt_tokens`/`completion_tokens` (Chat Completions) or `input_tokens`/`output_tokens` (Responses).
 * Cached and cache-writing tokens are part of the prompt's count and are taken out of it. Where the total is
 * larger than its two parts, the difference was generated too (xAI counts reasoning outside its completion), or is
 * audio that was read (Mistral). A total alone is no figure of either.
 */
export function tokenUsage(usage: JsonObject, webSearches = 0): TokenUsage {
  const inputDetails = mergedDetails(usage, INPUT_DETAILS);
  const outputDetails = mergedDetails(usage, OUTPUT_DETAILS);
  const completion = figureOf(usage, COMPLETION) ?? 0;
  const total = figureOf(usage, TOTAL) ?? 0;
  const told = readInput(usage, inputDetails, completion, total);
  const outside = audioOutside(usage, inputDetails, told.all, completion, total);
  const prompt = told.all + outside;

  const { cacheRead, cacheWrite, cacheWrite1h } = told;
  const inputTokens = prompt - cacheRead - cacheWrite;
  const reasoning = largestFigure(figureOf(outputDetails, REASONING), figureOf(usage, REASONING)) ?? 0;
  // More than the whole cannot be a part of it: it was generated beside it.
  const written = reasoning > completion ? completion + reasoning : completion;
  const outputTokens = prompt + written === 0 ? 0 : Math.max(written, total - prompt);

  const audio = Math.max(asFigure(inputDetails?.audio_tokens) ?? 0, outside);
  const cachedAudio = asFigure(asObject(inputDetails?.cached_tokens_details)?.audio_tokens) ?? 0;
  const cacheReadAudioTokens = Math.min(cachedAudio, cacheRead, audio);
  return {
    ...NO_USAGE,
    inputTokens,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite - cacheWrite1h,
    cacheWrite1hTokens: cacheWrite1h,
    outputTokens,
    reasoningTokens: Math.min(reasoning, outputTokens),
    inputAudioTokens: Math.min(audio - cacheReadAudioTokens, inputTokens),
    cacheReadAudioTokens,
    outputAudioTokens: Math.min(asFigure(outputDetails?.audio_tokens) ?? 0, outputTokens),
    webSearches,
  };
}

/** Gateways tell the same under several names, and fill with zeros those that they do not use. */
function mergedDetails(usage: JsonObject, names: Names): JsonObject | null {
  let all: JsonObject | null = null;
  for (const name of names) {
    const part = asObject(usage[name]);
    if (part !== null) all = mergeUsage(all, part);
  }
  return all;
}

/** How many of the tokens are pictures, as far as that is told. */
export function pictureTokens(usage: JsonObject): ExtraUsage {
  const input = asObject(usage.input_tokens_details) ?? asObject(usage.input_token_details);
  const output = asObject(usage.output_tokens_details) ?? asObject(usage.output_token_details);
  const inputImageTokens = asFigure(input?.image_tokens);
  const outputImageTokens = asFigure(output?.image_tokens);
  const cacheReadImageTokens = asFigure(asObject(input?.cached_tokens_details)?.image_tokens);
  return {
    ...(inputImageTokens !== null && { inputImageTokens }),
    ...(outputImageTokens !== null && { outputImageTokens }),
    ...(cacheReadImageTokens !== null && { cacheReadImageTokens }),
  };
}

/** Embeddings and reranking read only; some servers tell a total and nothing else. */
export function readingUsage(usage: JsonObject): TokenUsage {
  const inputTokens = largestFigure(figureOf(usage, PROMPT), figureOf(usage, TOTAL), usage.tokens) ?? 0;
  return { ...NO_USAGE, inputTokens };
}

function readInput(usage: JsonObject, details: JsonObject | null, completion: number, total: number): Input {
  const told = figureOf(usage, PROMPT) ?? promptOfParts(usage);
  // What a total has beside the completion was read, where nothing else is said of that.
  const prompt = told === 0 && completion > 0 ? Math.max(0, total - completion) : told;
  const read = largestFigure(figureOf(details, READ_DETAILS), figureOf(usage, READS)) ?? 0;
  const parts =
    asObject(usage.cache_creation) ??
    asObject(details?.cache_creation_token_details) ??
    asObject(details?.cache_creation);
  // OpenAI's own live half an hour, or twelve.
  const lives = asObject(details?.cache_write_tokens_details);
  // The second names are those of new-api and its kin.
  const hour =
    largestFigure(
      parts?.ephemeral_1h_input_tokens,
      usage.claude_cache_creation_1_h_tokens,
      lives?.ttl_12h_tokens,
    ) ?? 0;
  const fiveMinutes =
    largestFigure(
      parts?.ephemeral_5m_input_tokens,
      usage.claude_cache_creation_5_m_tokens,
      lives?.ttl_30m_tokens,
    ) ?? 0;
  // Parts that are more than the whole: the whole stands.
  const written =
    largestFigure(figureOf(details, WRITE_DETAILS), figureOf(usage, WRITES)) || hour + fiveMinutes;
  const isOutside =
    // More than the prompt cannot be a part of it: it stands beside the prompt, whatever the total says.
    read + written > prompt ||
    (read + written > 0 && total === prompt + read + written + completion) ||
    (isClaudes(usage, details) && total === 0);
  const all = isOutside ? prompt + read + written : prompt;
  const cacheRead = Math.min(read, all);
  const cacheWrite = Math.min(written, all - cacheRead);
  return { all, cacheRead, cacheWrite, cacheWrite1h: Math.min(hour, cacheWrite) };
}

/** DeepSeek's parts of a prompt, where a gateway leaves the whole out. */
function promptOfParts(usage: JsonObject): number {
  const missed = asFigure(usage.prompt_cache_miss_tokens) ?? 0;
  return missed === 0 ? 0 : missed + (asFigure(usage.prompt_cache_hit_tokens) ?? 0);
}

/** Claude's usage as Anthropic writes it, passed on by a gateway: its input leaves the cache out. */
function isClaudes(usage: JsonObject, details: JsonObject | null): boolean {
  if (details !== null || usage.input_tokens === undefined || usage.prompt_tokens !== undefined) return false;
  return usage.cache_read_input_tokens !== undefined || usage.cache_creation_input_tokens !== undefined;
}

/** Audio that the prompt's count leaves out. */
function audioOutside(
  usage: JsonObject,
  details: JsonObject | null,
  prompt: number,
  completion: number,
  total: number,
): number {
  const rest = total - prompt - completion;
  if (rest <= 0) return 0;
  const audio = asFigure(details?.audio_tokens) ?? 0;
  const seconds = asFigure(usage.prompt_audio_seconds) ?? 0;
  return seconds > 0 || audio === rest ? rest : 0;
}
