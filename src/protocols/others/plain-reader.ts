// Counts the answers of APIs that tell two figures and little more, each in a format of its own.

import type { MeterReading } from '../../core/protocol.ts';
import type { TokenUsage } from '../../core/usage.ts';
import { argumentsText } from '../call-arguments.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';

/** How one of these APIs says it. */
export interface PlainFormat {
  /** The object with the figures, in a document or an event; null where it has none. */
  readonly figures: (document: JsonObject) => JsonObject | null;
  readonly usage: (figures: JsonObject) => TokenUsage;
  readonly finishReason: (document: JsonObject) => unknown;
  /** Pieces of what was generated. */
  readonly text: (document: JsonObject) => readonly unknown[];
  /** The model that answers, where another member than `model` tells it. */
  readonly model?: (document: JsonObject) => string | null;
  /** What else changes the price; left out where nothing does. */
  readonly conditions?: (document: JsonObject) => Conditions | null;
  /** Whether figures or document tell of what is charged beside tokens. */
  readonly isUnpriced?: (document: JsonObject, figures: JsonObject | null) => boolean;
}

interface Conditions {
  readonly serviceTier: string | null;
  readonly speed: string | null;
}
const PLAIN: Conditions = { serviceTier: null, speed: null };

export class PlainReader implements DocumentReader {
  readonly #format: PlainFormat;
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #figures: JsonObject | null = null;
  /** How much had been generated when figures were told last: where more came, they were running totals. */
  #charactersTold = 0;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  #conditions = PLAIN;
  #isUnpriced = false;

  constructor(format: PlainFormat) {
    this.#format = format;
  }

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const { figures, finishReason, text, model, conditions, isUnpriced } = this.#format;
    this.#model = asText(document.model) ?? model?.(document) ?? this.#model;
    this.#responseId = asText(document.id) ?? asText(document.generation_id) ?? this.#responseId;
    this.#finishReason = asText(finishReason(document)) ?? this.#finishReason;
    const found = figures(document);
    if (found !== null) this.#figures = mergeUsage(this.#figures, found);
    for (const piece of text(document)) this.#text.add(argumentsText(piece));
    if (found !== null) this.#charactersTold = this.#text.characters;
    this.#conditions = conditions?.(document) ?? this.#conditions;
    this.#isUnpriced ||= isUnpriced?.(document, found) ?? false;
    const error = errorIn(document);
    if (typeof error === 'string') this.#errorCode = 'error';
    else if (asObject(error) !== null) this.#errorCode = asText(asObject(error)?.code) ?? 'error';
    else this.#errorCode ??= errorInside(document);
  }

  reading(): MeterReading {
    const figures = this.#figures;
    const run = { kind: 'message', model: null, inferenceGeo: null, ...this.#conditions };
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      runs: figures === null ? [] : [{ ...run, usage: this.#format.usage(figures) }],
      usageIsFinal:
        figures !== null && this.#finishReason !== null && this.#charactersTold === this.#text.characters,
      hasUnpricedParts: this.#isUnpriced,
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

/** The texts in a list of parts, calls of tools among them. */
export const textsOf = (content: unknown): readonly unknown[] =>
  asArray(content).flatMap((item) => {
    const part = asObject(item);
    const thought = asObject(asObject(part?.reasoningContent)?.reasoningText);
    const called = asObject(part?.toolUse);
    return [part?.text, part?.thinking, thought?.text, called?.name, called?.input];
  });
