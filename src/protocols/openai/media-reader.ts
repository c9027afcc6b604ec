// Counts speech, transcriptions, translations and images: one JSON document, or the events of a stream. What is charged by
// the minute, by the character or by the picture tells no tokens, and is of unknown cost.

import type { MeterReading } from '../../core/protocol.ts';
import { addUsage, type TokenUsage } from '../../core/usage.ts';
import { asObject, asText, type JsonObject } from '../json-value.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../metering.ts';
import { tokenUsage } from './usage.ts';

export class MediaReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #usage: TokenUsage | null = null;
  #errorCode: string | null = null;
  /** It told a length in time, which has no price here. */
  #isTimed = false;
  #complete = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const type = asText(document.type);
    this.#model = asText(document.model) ?? this.#model;
    this.#readUsage(asObject(document.usage), type);
    if (type?.endsWith('.delta')) this.#text.add(document.delta);
    else if (type === null) this.#text.add(document.text);
    if (type === null || /\.(?:done|completed)$/.test(type)) this.#complete = true;
    const error = asObject(document.error);
    if (error !== null) this.#errorCode = asText(error.code) ?? asText(error.type) ?? 'error';
  }

  readText(text: string): void {
    if (text.trim() === '[DONE]') this.#complete = true;
  }

  reading(): MeterReading {
    const usage = this.#usage;
    return {
      ...EMPTY_READING,
      model: this.#model,
      runs: usage === null ? [] : [{ ...RUN, usage }],
      usageIsFinal: usage !== null && this.#complete,
      hasUnpricedParts: this.#isTimed,
      errorCode: this.#errorCode,
      complete: this.#complete,
    };
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readUsage(told: JsonObject | null, type: string | null): void {
    if (told === null) return;
    if (told.type === 'duration' || told.seconds !== undefined) {
      this.#isTimed = true;
      return;
    }
    const usage = tokenUsage(told);
    if (usage.inputTokens + usage.outputTokens === 0) return;
    // Speech is all that such an answer generates.
    const heard = type === 'speech.audio.done' ? { ...usage, outputAudioTokens: usage.outputTokens } : usage;
    // Several pictures of one stream tell theirs each.
    this.#usage = this.#usage === null ? heard : addUsage(this.#usage, heard);
  }
}

const RUN = { kind: 'message', model: null, serviceTier: null, speed: null, inferenceGeo: null };
