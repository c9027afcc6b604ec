// The names of the GenAI conventions by generation. They are still moving: what back ends read today is emitted, or,
// where the standard variable asks for it, the newest.

export interface GenAiNames {
  /** Each tokens' attribute; several spellings of one while it settles. */
  readonly cacheReadTokens: readonly string[];
  readonly cacheWriteTokens: readonly string[];
  readonly reasoningTokens: readonly string[];
  readonly duration: string;
  readonly timeToFirstChunk: string;
  /** One histogram with a token type, or a counter for each. */
  readonly tokens:
    | { readonly form: 'histogram'; readonly name: string }
    | { readonly form: 'counters'; readonly input: string; readonly output: string };
}

/** Semantic conventions 1.37 to 1.41. */
export const CURRENT_NAMES: GenAiNames = {
  cacheReadTokens: ['gen_ai.usage.cache_read.input_tokens'],
  cacheWriteTokens: ['gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_write.input_tokens'],
  reasoningTokens: ['gen_ai.usage.reasoning.output_tokens'],
  duration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  tokens: { form: 'histogram', name: 'gen_ai.client.token.usage' },
};

/** As proposed for what follows. */
export const LATEST_NAMES: GenAiNames = {
  ...CURRENT_NAMES,
  cacheWriteTokens: ['gen_ai.usage.cache_write.input_tokens'],
  duration: 'gen_ai.client.inference.duration',
  timeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  tokens: {
    form: 'counters',
    input: 'gen_ai.client.inference.usage.input_tokens',
    output: 'gen_ai.client.inference.usage.output_tokens',
  },
};
