// Counts the answers of APIs that tell two figures and little more: Bedrock's Converse, Cohere, Ollama.

import type { MeterReading } from '../../core/protocol.ts';
import { NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asFigure } from '../figure.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import { mergeUsage } from '../merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../metering.ts';

/** How one of these APIs says it. */
export interface PlainFormat {
  /** The object with the figures, in a document or an event; null where it has none. */
  readonly figures: (document: JsonObject) => JsonObject | null;
  readonly usage: (figures: JsonObject) => TokenUsage;
  readonly finishReason: (document: JsonObject) => unknown;
  /** Pieces of what was generated. */
  readonly text: (document: JsonObject) => readonly unknown[];
}

export class PlainReader implements DocumentReader {
  readonly #format: PlainFormat;
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #figures: JsonObject | null = null;
  #finishReason: string | null = null;
  #errorCode: string | null = null;

  constructor(format: PlainFormat) {
    this.#format = format;
  }

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const { figures, finishReason, text } = this.#format;
    this.#model = asText(document.model) ?? this.#model;
    this.#responseId = asText(document.id) ?? asText(document.generation_id) ?? this.#responseId;
    this.#finishReason = asText(finishReason(document)) ?? this.#finishReason;
    const found = figures(document);
    if (found !== null) this.#figures = mergeUsage(this.#figures, found);
    for (const piece of text(document)) this.#text.add(piece);
    const { error } = document;
    if (typeof error === 'string') this.#errorCode = 'error';
    else if (asObject(error) !== null) this.#errorCode = asText(asObject(error)?.code) ?? 'error';
  }

  reading(): MeterReading {
    const figures = this.#figures;
    const run = { kind: 'message', model: null, serviceTier: null, speed: null, inferenceGeo: null };
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      runs: figures === null ? [] : [{ ...run, usage: this.#format.usage(figures) }],
      usageIsFinal: figures !== null && this.#finishReason !== null,
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#finishReason !== null,
    };
  }

  lacksLastWord(): boolean {
    return this.#finishReason === null && this.#figures === null;
  }

  generatedText(): string {
    return this.#text.toString();
  }
}

const textsOf = (content: unknown): readonly unknown[] =>
  asArray(content).map((part) => asObject(part)?.text);

/** Input leaves out what was read from the cache or written to it. Events of its stream are named by a member. */
export const CONVERSE: PlainFormat = {
  figures: (document) => asObject(document.usage) ?? asObject(asObject(document.metadata)?.usage),
  usage: (figures) => ({
    ...NO_USAGE,
    inputTokens: asFigure(figures.inputTokens) ?? 0,
    cacheReadTokens: asFigure(figures.cacheReadInputTokens) ?? 0,
    cacheWrite5mTokens: asFigure(figures.cacheWriteInputTokens) ?? 0,
    outputTokens: asFigure(figures.outputTokens) ?? 0,
  }),
  finishReason: (document) => document.stopReason ?? asObject(document.messageStop)?.stopReason,
  text: (document) => [
    ...textsOf(asObject(asObject(document.output)?.message)?.content),
    asObject(asObject(document.contentBlockDelta)?.delta)?.text,
  ],
};

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
  text: (document) => [
    document.text,
    ...textsOf(asObject(document.message)?.content),
    asObject(asObject(asObject(document.delta)?.message)?.content)?.text,
  ],
};

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
  ],
};
