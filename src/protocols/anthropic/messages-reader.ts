// Counts a Messages answer: one JSON document, or the events of its stream.

import type { MeterReading } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import { BoundedText, type DocumentReader } from '../metering.ts';
import { mergeUsage, usageRuns } from './usage.ts';

export class MessagesReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #usage: JsonObject | null = null;
  #usageIsFinal = false;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  #complete = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    switch (document.type) {
      case 'message':
        this.#readMessage(document);
        this.#usageIsFinal = this.#usage !== null;
        this.#complete = true;
        break;
      case 'message_start':
        this.#readMessage(asObject(document.message) ?? {});
        break;
      case 'content_block_start':
        this.#readBlock(asObject(document.content_block));
        break;
      case 'content_block_delta':
        this.#readDelta(asObject(document.delta));
        break;
      case 'message_delta':
        this.#finishReason = asText(asObject(document.delta)?.stop_reason) ?? this.#finishReason;
        if (this.#take(document.usage)) this.#usageIsFinal = true;
        break;
      case 'message_stop':
        this.#complete = true;
        break;
      case 'error':
        this.#errorCode = asText(asObject(document.error)?.type) ?? 'error';
        break;
    }
  }

  reading(): MeterReading {
    return {
      model: this.#model,
      responseId: this.#responseId,
      runs: this.#usage === null ? [] : usageRuns(this.#usage),
      usageIsFinal: this.#usageIsFinal,
      reportedCostNanoUsd: null,
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#complete,
      billingKey: null,
    };
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readMessage(message: JsonObject): void {
    this.#model = asText(message.model) ?? this.#model;
    this.#responseId = asText(message.id) ?? this.#responseId;
    this.#finishReason = asText(message.stop_reason) ?? this.#finishReason;
    this.#take(message.usage);
    for (const block of asArray(message.content)) this.#readBlock(asObject(block));
  }

  #take(value: unknown): boolean {
    const usage = asObject(value);
    if (usage === null) return false;
    this.#usage = mergeUsage(this.#usage, usage);
    return true;
  }

  #readBlock(block: JsonObject | null): void {
    if (block === null) return;
    this.#text.add(block.text);
    this.#text.add(block.thinking);
    const input = asObject(block.input);
    if (input !== null && Object.keys(input).length > 0) this.#text.add(JSON.stringify(input));
  }

  #readDelta(delta: JsonObject | null): void {
    this.#text.add(delta?.text);
    this.#text.add(delta?.thinking);
    this.#text.add(delta?.partial_json);
  }
}
