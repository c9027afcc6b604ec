// Counts the Responses API: one response object, or the events of its stream.

import type { MeterReading } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import { BoundedText, type DocumentReader } from '../metering.ts';
import { reportedCost, tokenUsage } from './usage.ts';

const FINAL_STATES = new Set(['completed', 'incomplete', 'failed', 'cancelled']);

export class ResponsesReader implements DocumentReader {
  readonly #text = new BoundedText();
  #response: JsonObject | null = null;
  #errorCode: string | null = null;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const response = asObject(document.response) ?? (document.object === 'response' ? document : null);
    if (response !== null) {
      this.#response = response;
      const failure = asObject(response.error);
      if (failure !== null) this.#errorCode = asText(failure.code) ?? 'error';
      return;
    }
    const type = asText(document.type) ?? '';
    if (type.endsWith('.delta')) this.#text.add(document.delta);
    else if (type === 'error')
      this.#errorCode = asText(document.code) ?? asText(asObject(document.error)?.code) ?? 'error';
    else if (asObject(document.error) !== null) {
      const error = asObject(document.error);
      this.#errorCode = asText(error?.code) ?? asText(error?.type) ?? 'error';
    }
  }

  reading(): MeterReading {
    const response = this.#response;
    const usage = asObject(response?.usage);
    const status = asText(response?.status);
    const isFinal = status !== null && FINAL_STATES.has(status);
    const id = asText(response?.id);
    const run = {
      kind: 'message',
      model: null,
      usage: tokenUsage(usage ?? {}, webSearches(response)),
      serviceTier: asText(response?.service_tier),
      speed: null,
      inferenceGeo: null,
    };
    return {
      model: asText(response?.model),
      responseId: id,
      runs: usage === null ? [] : [run],
      usageIsFinal: usage !== null && isFinal,
      reportedCostNanoUsd: usage === null ? null : reportedCost(usage),
      finishReason: asText(asObject(response?.incomplete_details)?.reason) ?? status,
      errorCode: this.#errorCode,
      complete: isFinal || status === 'queued',
      // A stored response can be fetched again, with the same usage each time.
      billingKey: usage === null || id === null ? null : `response:${id}`,
    };
  }

  generatedText(): string {
    const streamed = this.#text.toString();
    return streamed === '' ? outputText(this.#response) : streamed;
  }
}

/** Searches are charged per call; opening and reading a found page is not. */
function webSearches(response: JsonObject | null): number {
  return asArray(response?.output)
    .map(asObject)
    .filter(
      (item) =>
        item?.type === 'web_search_call' && (asText(asObject(item.action)?.type) ?? 'search') === 'search',
    ).length;
}

function outputText(response: JsonObject | null): string {
  const text = new BoundedText();
  for (const item of asArray(response?.output)) {
    const output = asObject(item);
    text.add(output?.arguments);
    for (const part of asArray(output?.content)) text.add(asObject(part)?.text);
  }
  return text.toString();
}
