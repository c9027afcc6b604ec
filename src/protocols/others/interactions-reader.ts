// Counts Google's Interactions API: one interaction, or the events of its stream.

import type { MeterReading } from '../../core/protocol.ts';
import type { ExtraUsage, UsageRun } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { asFigure } from '../meters/figure.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { collectText } from '../requests/prompt-text.ts';
import { geminiUsage } from './gemini-reader.ts';

const FINAL = new Set(['completed', 'incomplete', 'requires_action', 'failed', 'cancelled']);
/** Of the provider's own tools, those that are paid for with the tokens that they read. */
const FREE_CALLS = new Set(['function', 'code_execution', 'url_context', 'mcp_server_tool']);

export class InteractionsReader implements DocumentReader {
  readonly #text = new BoundedText();
  #id: string | null = null;
  #model: string | null = null;
  #status: string | null = null;
  #serviceTier: string | null = null;
  #usage: JsonObject | null = null;
  #errorCode: string | null = null;
  /** The last that came was no event. */
  #isWhole = false;
  /** Searches, maps, files: charged by the call. */
  #usesTools = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const interaction = asObject(document.interaction) ?? (isInteraction(document) ? document : null);
    this.#isWhole = interaction === document;
    if (interaction !== null) this.#readInteraction(interaction);
    else this.#readEvent(document);
    const error = asObject(errorIn(document)) ?? asObject(interaction && errorIn(interaction));
    if (error !== null) this.#errorCode = asText(error.code) ?? asText(error.status) ?? 'error';
    else if (interaction === null && document.event_type === undefined)
      this.#errorCode ??= errorInside(document);
  }

  reading(): MeterReading {
    const usage = this.#usage;
    const isFinal = this.#status !== null && FINAL.has(this.#status);
    // Whatever it comes to is told by another request.
    const isPending = usage === null && this.#isWhole && !isFinal && this.#errorCode === null;
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#id,
      runs: usage === null ? [] : [this.#run(usage)],
      usageIsFinal: isPending || (usage !== null && isFinal),
      hasUnpricedParts: isPending || this.#usesTools || usesGrounding(usage),
      finishReason: this.#status,
      errorCode: this.#errorCode,
      complete: isFinal || isPending,
      // It is stored, and can be fetched again.
      billingKey: usage === null || this.#id === null ? null : `response:${this.#id}`,
    };
  }

  lacksLastWord(): boolean {
    return !this.#isWhole && (this.#status === null || !FINAL.has(this.#status));
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readInteraction(interaction: JsonObject): void {
    this.#id = asText(interaction.id) ?? this.#id;
    this.#model = asText(interaction.model) ?? this.#model;
    this.#status = asText(interaction.status) ?? this.#status;
    this.#serviceTier = asText(interaction.service_tier) ?? this.#serviceTier;
    const usage = asObject(interaction.usage);
    if (usage !== null) this.#usage = mergeUsage(this.#usage, usage);
    for (const item of [...asArray(interaction.steps), ...asArray(interaction.outputs)])
      this.#readStep(asObject(item));
  }

  #readEvent(event: JsonObject): void {
    this.#status = asText(event.status) ?? this.#status;
    this.#readStep(asObject(event.step) ?? asObject(event.content));
    this.#text.add(collectText(event.delta));
    const usage = asObject(asObject(event.metadata)?.usage);
    if (usage !== null) this.#usage = mergeUsage(this.#usage, usage);
  }

  #readStep(step: JsonObject | null): void {
    if (step === null || step.type === 'user_input') return;
    const call = /^(.+)_call$/.exec(asText(step.type) ?? '')?.[1];
    this.#usesTools ||= call !== undefined && !FREE_CALLS.has(call);
    this.#text.add(collectText(step));
  }

  #run(usage: JsonObject): UsageRun {
    const told = asGemini(usage);
    const tokens = geminiUsage(told);
    const pictures = tokensOf(usage.output_tokens_by_modality, 'image');
    return {
      kind: 'message',
      model: null,
      usage: tokens,
      serviceTier: this.#serviceTier,
      speed: null,
      inferenceGeo: null,
      ...(pictures > 0 && { extra: { outputImageTokens: pictures } satisfies ExtraUsage }),
      ...((asFigure(told.toolUsePromptTokenCount) ?? 0) > 0 && { isSum: true as const }),
    };
  }
}

const isInteraction = ({ object, status, steps, outputs }: JsonObject): boolean =>
  object === 'interaction' ||
  (typeof status === 'string' && (Array.isArray(steps) || Array.isArray(outputs)));

/** The same figures by the names of `generateContent`; Vertex AI writes these in camel case. */
function asGemini(usage: JsonObject): JsonObject {
  const figure = (snake: string, camel: string): unknown => usage[snake] ?? usage[camel];
  const audio = (name: string): unknown => [
    { modality: 'AUDIO', tokenCount: tokensOf(usage[name], 'audio') },
  ];
  return {
    promptTokenCount: figure('total_input_tokens', 'totalInputTokens'),
    cachedContentTokenCount: figure('total_cached_tokens', 'totalCachedTokens'),
    toolUsePromptTokenCount: figure('total_tool_use_tokens', 'totalToolUseTokens'),
    candidatesTokenCount: figure('total_output_tokens', 'totalOutputTokens'),
    thoughtsTokenCount: figure('total_thought_tokens', 'totalThoughtTokens'),
    totalTokenCount: figure('total_tokens', 'totalTokens'),
    promptTokensDetails: audio('input_tokens_by_modality'),
    cacheTokensDetails: audio('cached_tokens_by_modality'),
    candidatesTokensDetails: audio('output_tokens_by_modality'),
  };
}

function tokensOf(details: unknown, modality: string): number {
  return asArray(details)
    .map(asObject)
    .filter((part) => asText(part?.modality)?.toLowerCase() === modality)
    .reduce((sum, part) => sum + (asFigure(part?.tokens) ?? 0), 0);
}

function usesGrounding(usage: JsonObject | null): boolean {
  const counts = usage?.grounding_tool_count ?? usage?.groundingToolCount;
  return asArray(counts).some((each) => (asFigure(asObject(each)?.count) ?? 0) > 0);
}
