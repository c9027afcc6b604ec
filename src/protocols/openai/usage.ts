// OpenAI's usage objects and those of compatible servers, in our classes, which do not overlap.

import { type ExtraUsage, NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asFigure, largestFigure } from '../figure.ts';
import { asObject, type JsonObject } from '../json-value.ts';
import { mergeUsage } from '../merge-usage.ts';

interface Input {
  readonly all: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
}

/**
 * Reads `prompt_tokens`/`completion_tokens` (Chat Completions) or `input_tokens`/`output_tokens` (Responses).
 * Cached and cache-writing tokens are part of the prompt's count and are taken out of it. Where the total is
 * larger than its two parts, the difference was generated too (xAI counts reasoning outside its completion), or is
 * audio that was read (Mistral).
 */
export function tokenUsage(usage: JsonObject, webSearches = 0): TokenUsage {
  const inputDetails = mergedDetails(
    usage.prompt_tokens_details,
    usage.input_tokens_details,
    usage.input_token_details,
  );
  const outputDetails = mergedDetails(
    usage.completion_tokens_details,
    usage.output_tokens_details,
    usage.output_token_details,
  );
  const completion = largestFigure(usage.completion_tokens, usage.output_tokens) ?? 0;
  const total = asFigure(usage.total_tokens) ?? 0;
  const told = readInput(usage, inputDetails, completion, total);
  const outside = audioOutside(usage, inputDetails, told.all, completion, total);
  const prompt = told.all + outside;

  const { cacheRead, cacheWrite, cacheWrite1h } = told;
  const inputTokens = prompt - cacheRead - cacheWrite;
  const outputTokens = Math.max(completion, total - prompt);

  const audio = Math.max(asFigure(inputDetails?.audio_tokens) ?? 0, outside);
  const cachedAudio = asFigure(asObject(inputDetails?.cached_tokens_details)?.audio_tokens) ?? 0;
  const cacheReadAudioTokens = Math.min(cachedAudio, cacheRead, audio);
  const reasoning = largestFigure(outputDetails?.reasoning_tokens, usage.reasoning_tokens) ?? 0;
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
function mergedDetails(...parts: readonly unknown[]): JsonObject | null {
  let all: JsonObject | null = null;
  for (const part of parts) {
    const object = asObject(part);
    if (object !== null) all = mergeUsage(all, object);
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
  const inputTokens = largestFigure(usage.prompt_tokens, usage.input_tokens, usage.total_tokens) ?? 0;
  return { ...NO_USAGE, inputTokens };
}

/**
 * Reads are told as OpenAI, DeepSeek (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens`), Mistral
 * (`num_cached_tokens`), Codex's servers (`cached_input_tokens`) and Claude's gateways (`cache_read_input_tokens`) name
 * them; writes as OpenRouter (`cache_write_tokens`), LiteLLM (`cache_creation_tokens`), goose
 * (`cache_write_input_tokens`), Requesty (`caching_tokens`) and Claude's gateways (`cache_creation_input_tokens`) do.
 */
function readInput(usage: JsonObject, details: JsonObject | null, completion: number, total: number): Input {
  const prompt = largestFigure(usage.prompt_tokens, usage.input_tokens) ?? 0;
  const read =
    largestFigure(
      details?.cached_tokens,
      details?.cache_read_input_tokens,
      details?.cache_read_tokens,
      usage.prompt_cache_hit_tokens,
      usage.cached_tokens,
      usage.num_cached_tokens,
      usage.cached_input_tokens,
      usage.cache_read_tokens,
      usage.cache_read_input_tokens,
    ) ?? 0;
  const parts =
    asObject(usage.cache_creation) ??
    asObject(details?.cache_creation_token_details) ??
    asObject(details?.cache_creation);
  const hour = asFigure(parts?.ephemeral_1h_input_tokens) ?? 0;
  const fiveMinutes = asFigure(parts?.ephemeral_5m_input_tokens) ?? 0;
  const written = Math.max(
    largestFigure(
      details?.cache_write_tokens,
      details?.cache_creation_tokens,
      details?.cache_creation_input_tokens,
      details?.cache_write_input_tokens,
      details?.caching_tokens,
      usage.cache_write_tokens,
      usage.cache_creation_tokens,
      usage.cache_creation_input_tokens,
      usage.cache_write_input_tokens,
    ) ?? 0,
    hour + fiveMinutes,
  );
  // More than the prompt cannot be a part of it: it stands beside the prompt, whatever the total says.
  const isOutside =
    read + written > prompt || (read + written > 0 && total === prompt + read + written + completion);
  const all = isOutside ? prompt + read + written : prompt;
  const cacheRead = Math.min(read, all);
  const cacheWrite = Math.min(written, all - cacheRead);
  return { all, cacheRead, cacheWrite, cacheWrite1h: Math.min(hour, cacheWrite) };
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
