// How Cohere, Ollama and Gemini's vectors tell what an answer used.

import { NO_USAGE } from '../../core/usage.ts';
import { asArray, asObject } from '../json/json-value.ts';
import { asFigure, largestFigure } from '../meters/figure.ts';
import { type PlainFormat, textsOf } from './plain-reader.ts';

/** What is billed goes before what was counted. */
export const COHERE: PlainFormat = {
  figures(document) {
    const usage =
      asObject(document.usage) ?? asObject(asObject(document.delta)?.usage) ?? asObject(document.meta);
    const whole = usage ?? asObject(asObject(document.response)?.meta);
    return asObject(whole?.billed_units) ?? asObject(whole?.tokens);
  },
  usage: (figures) => ({
    ...NO_USAGE,
    inputTokens: asFigure(figures.input_tokens) ?? 0,
    outputTokens: asFigure(figures.output_tokens) ?? 0,
  }),
  finishReason: (document) => document.finish_reason ?? asObject(document.delta)?.finish_reason,
  text(document) {
    const delta = asObject(asObject(document.delta)?.message);
    const called = asObject(asObject(delta?.tool_calls)?.function);
    return [
      document.text,
      // Its first version.
      ...asArray(document.tool_calls),
      asObject(document.tool_call_delta),
      ...textsOf(asObject(document.message)?.content),
      ...asArray(asObject(document.message)?.tool_calls).map((call) => asObject(call)?.function),
      asObject(delta?.content)?.text,
      asObject(delta?.content)?.thinking,
      delta?.tool_plan,
      called?.name,
      called?.arguments,
    ];
  },
  // Searches, classifications and pictures are billed by the piece.
  isUnpriced: (_document, figures) =>
    Object.entries(figures ?? {}).some(([name, count]) => !TOKENS.has(name) && (asFigure(count) ?? 0) > 0),
};
const TOKENS = new Set(['input_tokens', 'output_tokens']);

/** A line for each piece, the last one with the counts. */
export const OLLAMA: PlainFormat = {
  figures: (document) =>
    document.prompt_eval_count === undefined && document.eval_count === undefined ? null : document,
  usage: (figures) => ({
    ...NO_USAGE,
    inputTokens: asFigure(figures.prompt_eval_count) ?? 0,
    outputTokens: asFigure(figures.eval_count) ?? 0,
  }),
  finishReason: (document) => document.done_reason ?? (document.done === true ? 'stop' : null),
  text: (document) => [
    document.response,
    document.thinking,
    asObject(document.message)?.content,
    asObject(document.message)?.thinking,
    ...asArray(asObject(document.message)?.tool_calls).map((call) => asObject(call)?.function),
  ],
};

/** Vectors that Gemini makes: of text, or of pictures and sound, which have prices of their own. */
export const GEMINI_VECTORS: PlainFormat = {
  figures: (document) => asObject(document.usageMetadata),
  usage: (figures) => ({
    ...NO_USAGE,
    inputTokens: largestFigure(figures.promptTokenCount, figures.totalTokenCount) ?? 0,
  }),
  finishReason: () => null,
  text: () => [],
  isUnpriced: (_document, figures) =>
    [figures?.promptTokensDetails, figures?.promptTokenDetails]
      .flatMap((details) => asArray(details).map(asObject))
      .some((part) => part?.modality !== 'TEXT' && (asFigure(part?.tokenCount) ?? 0) > 0),
};
