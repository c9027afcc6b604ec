// Usage as the other API's clients read it. OpenAI's prompt tokens include cached ones, Anthropic's exclude them.

import { allInputTokens, totalUsage } from '../../core/usage.ts';
import { usageRuns } from '../../protocols/anthropic/usage.ts';
import type { JsonObject } from '../../protocols/json/json-value.ts';
import { tokenUsage } from '../../protocols/openai/usage.ts';

/** A Messages answer's usage as a completion's. */
export function usageToChat(usage: JsonObject): JsonObject {
  const total = totalUsage(usageRuns(usage));
  const prompt_tokens = allInputTokens(total);
  const written = total.cacheWrite5mTokens + total.cacheWrite1hTokens;
  return {
    prompt_tokens,
    completion_tokens: total.outputTokens,
    total_tokens: prompt_tokens + total.outputTokens,
    prompt_tokens_details: { cached_tokens: total.cacheReadTokens, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: total.reasoningTokens },
  };
}

/** A completion's usage as a Messages answer's; zeros where the server told none. */
export function usageToMessages(usage: JsonObject | null): JsonObject {
  const total = tokenUsage(usage ?? {});
  return {
    input_tokens: total.inputTokens,
    cache_creation_input_tokens: total.cacheWrite5mTokens + total.cacheWrite1hTokens,
    cache_read_input_tokens: total.cacheReadTokens,
    output_tokens: total.outputTokens,
    output_tokens_details: { thinking_tokens: total.reasoningTokens },
    server_tool_use: null,
  };
}

/** What a message's usage has besides the figures of its last event. */
export const MESSAGE_USAGE_REST: JsonObject = {
  cache_creation: null,
  inference_geo: null,
  service_tier: null,
  speed: null,
};
