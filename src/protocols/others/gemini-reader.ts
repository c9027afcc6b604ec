// Counts Google's own generateContent answers: one document, an array of them, or the events of a stream.

import type { MeterReading } from '../../core/protocol.ts';
import { type ExtraUsage, NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { argumentsText } from '../call-arguments.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { asFigure } from '../meters/figure.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';

export class GeminiReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #usage: JsonObject | null = null;
  /** How much had been generated when usage was told last: where more came, it was a running total. */
  #charactersTold = 0;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  /** It was grounded in searches, or ran code: charged by the call. */
  #usesTools = false;
  /** The answer is sound, at least in part. */
  #speaks = false;

  read(value: unknown): void {
    // Gemini's own wrapping for agents.
    const document = asObject(asObject(value)?.response) ?? asObject(value);
    if (document === null) return;
    this.#model = asText(document.modelVersion) ?? asText(document.model_version) ?? this.#model;
    this.#responseId = asText(document.responseId) ?? asText(document.response_id) ?? this.#responseId;
    const usage = asObject(document.usageMetadata) ?? inCamelCase(asObject(document.usage_metadata));
    if (usage !== null) this.#usage = mergeUsage(this.#usage, usage);
    const told = errorIn(document) ?? null;
    const error = asObject(told);
    if (error !== null) this.#errorCode = asText(error.status) ?? asText(error.code) ?? 'error';
    else if (told !== null) this.#errorCode = 'error';
    else this.#errorCode ??= errorInside(document);
    const blocked = asText(asObject(document.promptFeedback)?.blockReason);
    this.#finishReason = blocked ?? this.#finishReason;
    for (const candidate of asArray(document.candidates)) this.#readCandidate(asObject(candidate));
    if (usage !== null) this.#charactersTold = this.#text.characters;
  }

  reading(): MeterReading {
    const usage = this.#usage;
    const run = { kind: 'message', model: null, speed: null, inferenceGeo: null };
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      runs:
        usage === null
          ? []
          : [
              {
                ...run,
                usage: geminiUsage(usage),
                serviceTier: serviceTier(usage),
                ...pictures(usage),
                ...(readsFound(usage) && { isSum: true as const }),
              },
            ],
      usageIsFinal:
        usage !== null && this.#finishReason !== null && this.#charactersTold === this.#text.characters,
      // What is spoken has a price of its own, and is not told.
      hasUnpricedParts:
        this.#usesTools || (this.#speaks && (usage === null || geminiUsage(usage).outputAudioTokens === 0)),
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#finishReason !== null,
    };
  }

  lacksLastWord(): boolean {
    return this.#finishReason === null;
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readCandidate(candidate: JsonObject | null): void {
    if (candidate === null) return;
    this.#finishReason =
      asText(candidate.finishReason) ?? asText(candidate.finish_reason) ?? this.#finishReason;
    this.#usesTools ||= isGrounded(
      asObject(candidate.groundingMetadata) ?? inCamelCase(asObject(candidate.grounding_metadata)),
    );
    for (const item of asArray(asObject(candidate.content)?.parts)) {
      const part = asObject(item);
      this.#text.add(part?.text);
      const inline = asObject(part?.inlineData) ?? asObject(part?.inline_data);
      this.#speaks ||= /^audio\//i.test(asText(inline?.mimeType) ?? asText(inline?.mime_type) ?? '');
      const called = asObject(part?.functionCall) ?? asObject(part?.function_call);
      this.#text.add(called?.name);
      for (const given of [called?.args, called?.partialArgs, called?.partial_args])
        this.#text.add(argumentsText(given));
      this.#text.add((asObject(part?.executableCode) ?? asObject(part?.executable_code))?.code);
    }
  }
}

/** The prompt's count includes what was cached; thoughts stand beside the candidates, tool results beside the prompt. */
export function geminiUsage(usage: JsonObject): TokenUsage {
  const prompt = (asFigure(usage.promptTokenCount) ?? 0) + (asFigure(usage.toolUsePromptTokenCount) ?? 0);
  const cacheReadTokens = Math.min(asFigure(usage.cachedContentTokenCount) ?? 0, prompt);
  const thoughts = asFigure(usage.thoughtsTokenCount) ?? 0;
  const told = (asFigure(usage.candidatesTokenCount) ?? asFigure(usage.responseTokenCount) ?? 0) + thoughts;
  const outputTokens = Math.max(told, (asFigure(usage.totalTokenCount) ?? 0) - prompt);
  const inputAudio = audioOf(usage.promptTokensDetails);
  const cachedAudio = Math.min(audioOf(usage.cacheTokensDetails), cacheReadTokens);
  return {
    ...NO_USAGE,
    inputTokens: prompt - cacheReadTokens,
    cacheReadTokens,
    outputTokens,
    reasoningTokens: Math.min(thoughts, outputTokens),
    inputAudioTokens: Math.min(Math.max(0, inputAudio - cachedAudio), prompt - cacheReadTokens),
    cacheReadAudioTokens: cachedAudio,
    outputAudioTokens: Math.min(
      audioOf(usage.candidatesTokensDetails ?? usage.responseTokensDetails),
      outputTokens,
    ),
  };
}

/** It ran again over what its own tools found: the figures sum those runs. */
const readsFound = (usage: JsonObject): boolean => (asFigure(usage.toolUsePromptTokenCount) ?? 0) > 0;

const audioOf = (details: unknown): number => tokensOf(details, 'AUDIO');

function tokensOf(details: unknown, modality: string): number {
  return asArray(details)
    .map(asObject)
    .filter((part) => part?.modality === modality)
    .reduce((sum, part) => sum + (asFigure(part?.tokenCount) ?? 0), 0);
}

/** Where it is told of what its output consists. */
function pictures(usage: JsonObject): { readonly extra?: ExtraUsage } {
  const outputImageTokens = tokensOf(usage.candidatesTokensDetails, 'IMAGE');
  return outputImageTokens === 0 ? {} : { extra: { outputImageTokens } };
}

/** It searched the web, pictures, maps or stores of one's own: each charged by the request. */
export function isGrounded(grounding: JsonObject | null): boolean {
  if (grounding === null) return false;
  const { webSearchQueries, imageSearchQueries, retrievalQueries, groundingChunks } = grounding;
  const lists = [webSearchQueries, imageSearchQueries, retrievalQueries, groundingChunks];
  return lists.some((list) => asArray(list).length > 0);
}

/** Members as Google's Python writes them, for whoever passes those on. */
function inCamelCase(object: JsonObject | null): JsonObject | null {
  if (object === null) return null;
  const camel = (name: string): string =>
    name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const lists = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((item) => inCamelCase(asObject(item)) ?? item) : value;
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camel(name), lists(value)]));
}

const ORDINARY = new Set(['on_demand', 'unspecified', 'traffic_type_unspecified']);

/** Vertex AI: `ON_DEMAND_FLEX`, `PROVISIONED_THROUGHPUT` …; the Gemini API: `flex`, `priority`. */
export function serviceTier(usage: JsonObject): string | null {
  const told = asText(usage.serviceTier)
    ?.toLowerCase()
    .replace(/^service_tier_/, '');
  return ordinaryAsNull(told ?? trafficTier(usage.trafficType));
}

/** By the kind of traffic that Vertex AI says an answer was. */
export function trafficTier(trafficType: unknown): string | null {
  const told = asText(trafficType)?.toLowerCase() ?? null;
  return ordinaryAsNull(told?.replace(/^on_demand_(?=flex$|priority$)/, '') ?? null);
}

const ordinaryAsNull = (tier: string | null): string | null =>
  tier === null || ORDINARY.has(tier) ? null : tier;
