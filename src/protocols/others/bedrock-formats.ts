// How Amazon Bedrock tells what an answer used: in its Converse API, and in the forms of makers that it serves as they are.

import { NO_USAGE } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure, largestFigure } from '../meters/figure.ts';
import { type PlainFormat, textsOf } from './plain-reader.ts';

const traceOf = (document: JsonObject): JsonObject | null =>
  asObject((asObject(document.metadata) ?? document).trace);

/** The model that a prompt router chose. */
const routedModel = (document: JsonObject): string | null =>
  asText(asObject(traceOf(document)?.promptRouter)?.invokedModelId);

/** Input leaves out what was read from the cache or written to it; Nova's own form has longer names for those. Events of its stream are named by a member. */
export const CONVERSE: PlainFormat = {
  figures: (document) => asObject(document.usage) ?? asObject(asObject(document.metadata)?.usage),
  usage(figures) {
    const hour = hourOfConverse(figures);
    return {
      ...NO_USAGE,
      inputTokens: asFigure(figures.inputTokens) ?? 0,
      cacheReadTokens: largestFigure(figures.cacheReadInputTokens, figures.cacheReadInputTokenCount) ?? 0,
      cacheWrite5mTokens: Math.max(
        0,
        (largestFigure(figures.cacheWriteInputTokens, figures.cacheWriteInputTokenCount) ?? 0) - hour,
      ),
      cacheWrite1hTokens: hour,
      outputTokens: asFigure(figures.outputTokens) ?? 0,
    };
  },
  finishReason: (document) => document.stopReason ?? asObject(document.messageStop)?.stopReason,
  text(document) {
    const delta = asObject(asObject(document.contentBlockDelta)?.delta);
    const begun = asObject(asObject(asObject(document.contentBlockStart)?.start)?.toolUse);
    return [
      ...textsOf(asObject(asObject(document.output)?.message)?.content),
      delta?.text,
      asObject(delta?.reasoningContent)?.text,
      begun?.name,
      asObject(delta?.toolUse)?.input,
    ];
  },
  model: routedModel,
  conditions(document) {
    const told = asObject(document.metadata) ?? document;
    const serviceTier = asText(asObject(told.serviceTier)?.type);
    const latency = asText(asObject(told.performanceConfig)?.latency);
    if (serviceTier === null && latency === null) return null;
    return { serviceTier, speed: latency };
  },
  // A guardrail looks at what is read and written, and searches are made, for prices of their own.
  isUnpriced: (document, figures) =>
    asObject(traceOf(document)?.guardrail) !== null ||
    Object.values(asObject(figures?.serverToolUsage) ?? {}).some((count) => (asFigure(count) ?? 0) > 0),
};

/** Writes to a cache that lives an hour, which are dearer. */
function hourOfConverse(figures: JsonObject): number {
  return asArray(figures.cacheDetails)
    .map(asObject)
    .filter((part) => part?.ttl === '1h')
    .reduce((sum, part) => sum + (asFigure(part?.inputTokens) ?? 0), 0);
}

/** The forms of Llama and Titan in Bedrock, and what Bedrock itself counts at the end of any maker's stream. */
export const COUNTS: PlainFormat = {
  figures(document) {
    const counted = asObject(document['amazon-bedrock-invocationMetrics']);
    const input = largestFigure(
      document.prompt_token_count,
      document.inputTextTokenCount,
      counted?.inputTokenCount,
    );
    const results = asArray(document.results).map((result) => asFigure(asObject(result)?.tokenCount) ?? 0);
    const output = largestFigure(
      document.generation_token_count,
      document.totalOutputTextTokenCount,
      counted?.outputTokenCount,
      results.length === 0 ? null : results.reduce((sum, count) => sum + count, 0),
    );
    return input === null && output === null ? null : { input, output };
  },
  usage: ({ input, output }) => ({
    ...NO_USAGE,
    inputTokens: asFigure(input) ?? 0,
    outputTokens: asFigure(output) ?? 0,
  }),
  finishReason: (document) =>
    document.stop_reason ??
    document.completionReason ??
    asObject(asArray(document.results)[0])?.completionReason,
  text: (document) => [
    document.generation,
    document.outputText,
    ...asArray(document.results).map((result) => asObject(result)?.outputText),
  ],
};
