// The names of the GenAI conventions by generation. They are still moving: what back ends read today is emitted, or,
// where the standard variable asks for it, the newest.

import type { TokenUsage } from '../../core/usage.ts';
import type { ParameterName } from './request-parameters.ts';

export interface GenAiNames {
  /** Each tokens' attribute; several spellings of one while it settles. */
  readonly cacheReadTokens: readonly string[];
  readonly cacheWriteTokens: readonly string[];
  readonly reasoningTokens: readonly string[];
  /** What a request asks for; null: this generation has no name for it. */
  readonly parameters: Readonly<Record<ParameterName, string | null>>;
  readonly duration: string;
  readonly timeToFirstChunk: string;
  readonly timePerOutputChunk: string;
  readonly tokens: TokenMetrics;
  /** Null: embeddings are counted as what generates text is. */
  readonly embeddings: { readonly duration: string; readonly inputTokens: string } | null;
  /** What stands for the reason of a generation that failed, or whose end nobody saw; null: nothing. */
  readonly noFinishReason: string | null;
  /** Of the tokens those that were sound; null: this generation has no names for them. */
  readonly audioTokens: Readonly<Record<'input' | 'cacheRead' | 'output', string>> | null;
  /** What the client saw of TokenWatch, which serves it. */
  readonly server: {
    readonly duration: string;
    readonly timeToFirstToken: string;
    readonly timePerOutputToken: string;
  };
  /** The event that tells a request with its content. */
  readonly details: string;
}

export type TokenMetrics =
  /** One histogram with a token type. */
  | { readonly form: 'histogram'; readonly name: string }
  /** A counter for each kind, and a histogram for input and for output. */
  | {
      readonly form: 'counters';
      readonly counters: Readonly<Record<TokenKind, string>>;
      readonly histograms: Readonly<Record<'input' | 'output', string>>;
    };
/** Input includes what was cached, output includes reasoning. */
export type TokenKind = 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'reasoning';
export type TokenCounts = Readonly<Record<TokenKind, number>>;

export function countsOf(usage: TokenUsage, input: number): TokenCounts {
  return {
    input,
    output: usage.outputTokens,
    cacheRead: usage.cacheReadTokens,
    cacheWrite: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    reasoning: usage.reasoningTokens,
  };
}

/** Semantic conventions 1.37 to 1.41. */
export const CURRENT_NAMES: GenAiNames = {
  cacheReadTokens: ['gen_ai.usage.cache_read.input_tokens'],
  cacheWriteTokens: ['gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_write.input_tokens'],
  reasoningTokens: ['gen_ai.usage.reasoning.output_tokens'],
  parameters: {
    temperature: 'gen_ai.request.temperature',
    topP: 'gen_ai.request.top_p',
    topK: 'gen_ai.request.top_k',
    frequencyPenalty: 'gen_ai.request.frequency_penalty',
    presencePenalty: 'gen_ai.request.presence_penalty',
    seed: 'gen_ai.request.seed',
    choiceCount: 'gen_ai.request.choice.count',
    stopSequences: 'gen_ai.request.stop_sequences',
    encodingFormats: 'gen_ai.request.encoding_formats',
    dimensions: 'gen_ai.embeddings.dimension.count',
    outputType: 'gen_ai.output.type',
    reasoningLevel: null,
    previousResponse: null,
  },
  duration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  timePerOutputChunk: 'gen_ai.client.operation.time_per_output_chunk',
  tokens: { form: 'histogram', name: 'gen_ai.client.token.usage' },
  embeddings: null,
  noFinishReason: null,
  audioTokens: null,
  server: {
    duration: 'gen_ai.server.request.duration',
    timeToFirstToken: 'gen_ai.server.time_to_first_token',
    timePerOutputToken: 'gen_ai.server.time_per_output_token',
  },
  details: 'gen_ai.client.inference.operation.details',
};

/** Of the conventions' own repository, which go on from there. */
export const LATEST_NAMES: GenAiNames = {
  ...CURRENT_NAMES,
  cacheWriteTokens: ['gen_ai.usage.cache_write.input_tokens'],
  parameters: {
    ...CURRENT_NAMES.parameters,
    reasoningLevel: 'gen_ai.request.reasoning.level',
    previousResponse: 'gen_ai.request.previous_response.id',
  },
  duration: 'gen_ai.client.inference.duration',
  timeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  timePerOutputChunk: 'gen_ai.client.inference.time_per_output_chunk',
  tokens: {
    form: 'counters',
    counters: {
      input: 'gen_ai.client.inference.usage.input_tokens',
      output: 'gen_ai.client.inference.usage.output_tokens',
      cacheRead: 'gen_ai.client.inference.usage.cache_read.input_tokens',
      cacheWrite: 'gen_ai.client.inference.usage.cache_write.input_tokens',
      reasoning: 'gen_ai.client.inference.usage.reasoning.output_tokens',
    },
    histograms: {
      input: 'gen_ai.client.inference.operation.input_tokens',
      output: 'gen_ai.client.inference.operation.output_tokens',
    },
  },
  embeddings: {
    duration: 'gen_ai.client.embeddings.duration',
    inputTokens: 'gen_ai.client.embeddings.operation.input_tokens',
  },
  noFinishReason: 'error',
  audioTokens: {
    input: 'gen_ai.usage.audio.input_tokens',
    cacheRead: 'gen_ai.usage.audio.cache_read.input_tokens',
    output: 'gen_ai.usage.audio.output_tokens',
  },
};
