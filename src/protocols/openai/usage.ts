// OpenAI's usage objects and those of compatible servers, in our classes, which do not overlap.

import { type NanoUsd, nanoUsdFromUsd } from '../../core/money.ts';
import { NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asCount, asObject, type JsonObject } from '../json-value.ts';

/**
 * Reads `prompt_tokens`/`completion_tokens` (Chat Completions) or `input_tokens`/`output_tokens` (Responses).
 * Cached and cache-writing tokens are part of the prompt's count and are taken out of it. Where the total is
 * larger than its two parts, the difference was generated too (xAI counts reasoning outside its completion).
 */
export function tokenUsage(usage: JsonObject, webSearches = 0): TokenUsage {
  const inputDetails =
    asObject(usage.prompt_tokens_details) ??
    asObject(usage.input_tokens_details) ??
    asObject(usage.input_token_details);
  const outputDetails =
    asObject(usage.completion_tokens_details) ??
    asObject(usage.output_tokens_details) ??
    asObject(usage.output_token_details);
  const prompt = asCount(usage.prompt_tokens) ?? asCount(usage.input_tokens) ?? 0;
  const completion = asCount(usage.completion_tokens) ?? asCount(usage.output_tokens) ?? 0;
  const total = asCount(usage.total_tokens) ?? 0;

  const cached =
    asCount(inputDetails?.cached_tokens) ??
    asCount(usage.prompt_cache_hit_tokens) ??
    asCount(usage.cached_tokens) ??
    0;
  const cacheReadTokens = Math.min(cached, prompt);
  const cacheWrite5mTokens = Math.min(
    asCount(inputDetails?.cache_write_tokens) ?? 0,
    prompt - cacheReadTokens,
  );
  const inputTokens = prompt - cacheReadTokens - cacheWrite5mTokens;
  const outputTokens = Math.max(completion, total - prompt);

  const audio = asCount(inputDetails?.audio_tokens) ?? 0;
  const cachedAudio = asCount(asObject(inputDetails?.cached_tokens_details)?.audio_tokens) ?? 0;
  const cacheReadAudioTokens = Math.min(cachedAudio, cacheReadTokens, audio);
  return {
    ...NO_USAGE,
    inputTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    outputTokens,
    reasoningTokens: Math.min(asCount(outputDetails?.reasoning_tokens) ?? 0, outputTokens),
    inputAudioTokens: Math.min(audio - cacheReadAudioTokens, inputTokens),
    cacheReadAudioTokens,
    outputAudioTokens: Math.min(asCount(outputDetails?.audio_tokens) ?? 0, outputTokens),
    webSearches,
  };
}

/** Ten thousand million ticks are a dollar: xAI's `cost_in_usd_ticks`. */
const NANO_USD_PER_TICK = 0.1;

/** The provider's own figure: xAI's ticks, OpenRouter's `cost` and DeepInfra's `estimated_cost` in dollars. */
export function reportedCost(usage: JsonObject): NanoUsd | null {
  const ticks = asCount(usage.cost_in_usd_ticks);
  if (ticks !== null) return Math.round(ticks * NANO_USD_PER_TICK);
  for (const usd of [usage.cost, usage.estimated_cost]) {
    if (typeof usd === 'number' && Number.isFinite(usd) && usd >= 0) return nanoUsdFromUsd(usd);
  }
  return null;
}
