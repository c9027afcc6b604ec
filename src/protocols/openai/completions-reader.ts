// Counts Chat Completions, legacy completions and embeddings: one JSON document, or the chunks of a stream.

import type { MeterReading } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import { BoundedText, type DocumentReader } from '../metering.ts';
import { reportedCost, tokenUsage } from './usage.ts';

export class CompletionsReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #serviceTier: string | null = null;
  #usage: JsonObject | null = null;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  #complete = false;
  /** Usage came in a chunk of its own, which is the last one. */
  #usageCameAlone = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    this.#model = asText(document.model) ?? this.#model;
    this.#responseId = asText(document.id) ?? this.#responseId;
    this.#serviceTier = asText(document.service_tier) ?? this.#serviceTier;
    // Servers that repeat usage (in every chunk, or under x_groq) send running totals: the last one counts.
    this.#usage = asObject(document.usage) ?? asObject(asObject(document.x_groq)?.usage) ?? this.#usage;
    this.#usageCameAlone ||= asObject(document.usage) !== null && isEmpty(document.choices);
    const error = asObject(document.error);
    if (error !== null) this.#errorCode = asText(error.code) ?? asText(error.type) ?? 'error';
    let isWhole = document.object === 'list' || Array.isArray(document.data);
    for (const item of asArray(document.choices)) {
      const choice = asObject(item);
      if (choice === null) continue;
      this.#finishReason = asText(choice.finish_reason) ?? this.#finishReason;
      isWhole ||= choice.message !== undefined || document.object === 'text_completion';
      this.#readWords(asObject(choice.delta) ?? asObject(choice.message) ?? choice);
    }
    if (isWhole && this.#finishReason !== null) this.#complete = true;
    if (document.object === 'list' || Array.isArray(document.data)) this.#complete = true;
  }

  readText(text: string): void {
    if (text.trim() === '[DONE]') this.#complete = true;
  }

  reading(): MeterReading {
    const usage = this.#usage;
    const run = {
      kind: 'message',
      model: null,
      usage: tokenUsage(usage ?? {}),
      serviceTier: this.#serviceTier,
      speed: null,
      inferenceGeo: null,
    };
    return {
      model: this.#model,
      responseId: this.#responseId,
      runs: usage === null ? [] : [run],
      usageIsFinal: usage !== null && (this.#complete || this.#finishReason !== null || this.#usageCameAlone),
      reportedCostNanoUsd: usage === null ? null : reportedCost(usage),
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#complete,
      billingKey: null,
    };
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readWords(message: JsonObject): void {
    this.#text.add(message.content);
    this.#text.add(message.text);
    this.#text.add(message.reasoning_content ?? message.reasoning);
    for (const item of asArray(message.tool_calls)) {
      const called = asObject(asObject(item)?.function);
      this.#text.add(called?.name);
      this.#text.add(called?.arguments);
    }
  }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
