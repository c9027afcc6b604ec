// Counts speech, transcriptions, translations and images: one JSON document, or the events of a stream. What is charged by
// the character or by the picture tells nothing, and is of unknown cost; what is charged by the minute tells its length.

import type { MeterReading } from '../../core/protocol.ts';
import { addExtra, addUsage, type ExtraUsage, NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asObject, asText, type JsonObject } from '../json/json-value.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { type StatedCost, statedCost } from '../meters/stated-cost.ts';
import { pictureTokens, tokenUsage } from './usage.ts';

export class MediaReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #usage: TokenUsage | null = null;
  #extra: ExtraUsage = {};
  #stated: StatedCost | null = null;
  #errorCode: string | null = null;
  #complete = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const type = asText(document.type);
    this.#model = asText(document.model) ?? this.#model;
    this.#readUsage(asObject(document.usage), type);
    // Servers without a usage tell the length among what they heard.
    if (this.#usage === null && type === null && isTranscript(document)) this.#addLength(document.duration);
    if (type?.endsWith('.delta')) this.#text.add(document.delta);
    else if (type === null) this.#text.add(document.text);
    if (type === null || /\.(?:done|completed)$/.test(type)) this.#complete = true;
    const told = errorIn(document);
    const error = asObject(told);
    if (error !== null) this.#errorCode = asText(error.code) ?? asText(error.type) ?? 'error';
    else if (asText(told) !== null) this.#errorCode = 'error';
    else this.#errorCode ??= errorInside(document);
  }

  readText(text: string): void {
    if (text.trim() === '[DONE]') this.#complete = true;
  }

  reading(): MeterReading {
    const usage = this.#usage;
    return {
      ...EMPTY_READING,
      model: this.#model,
      runs: usage === null ? [] : [{ ...RUN, usage, extra: this.#extra }],
      usageIsFinal: usage !== null && this.#complete,
      reportedCostNanoUsd: this.#stated?.nanoUsd ?? null,
      reportedIsCharge: this.#stated?.isCharge ?? false,
      errorCode: this.#errorCode,
      complete: this.#complete,
    };
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readUsage(told: JsonObject | null, type: string | null): void {
    if (told === null) return;
    this.#stated = statedCost(told) ?? this.#stated;
    if (told.type === 'duration' || told.seconds !== undefined) {
      this.#addLength(told.seconds);
      return;
    }
    const usage = tokenUsage(told);
    if (usage.inputTokens + usage.outputTokens === 0) return;
    // Speech is all that such an answer generates.
    const heard = type === 'speech.audio.done' ? { ...usage, outputAudioTokens: usage.outputTokens } : usage;
    // Several pictures of one stream tell theirs each.
    this.#add(heard, pictureTokens(told));
  }

  /** A length that cannot be right is none: then its cost is unknown. */
  #addLength(seconds: unknown): void {
    const audioMs = Math.ceil((Number(seconds) || 0) * MS_PER_SECOND);
    this.#add(NO_USAGE, audioMs > 0 && Number.isSafeInteger(audioMs) ? { audioMs } : { unpricedCalls: 1 });
  }

  #add(usage: TokenUsage, extra: ExtraUsage): void {
    this.#usage = this.#usage === null ? usage : addUsage(this.#usage, usage);
    this.#extra = addExtra(this.#extra, extra);
  }
}

const MS_PER_SECOND = 1000;
const RUN = { kind: 'message', model: null, serviceTier: null, speed: null, inferenceGeo: null };

/** Of what was heard, with its length: `verbose_json`. */
function isTranscript({ text, duration, segments, task, words }: JsonObject): boolean {
  const isLong = Array.isArray(segments) || Array.isArray(words) || typeof task === 'string';
  return typeof text === 'string' && isLong && duration !== undefined && duration !== null;
}
