// Counts the output file of a batch: one line a request, each with a whole response, at the batch price.

import type { MeterReading } from '../../core/protocol.ts';
import { isUsed, type TokenUsage } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { ResultsLines } from '../meters/results-lines.ts';
import { responseCharges, responseSearches, usesUnpricedChatTools } from './tool-charges.ts';
import { readingUsage, tokenUsage } from './usage.ts';

export class BatchOutputReader implements DocumentReader {
  readonly #fileId: string;
  readonly #lines = new ResultsLines();
  #model: string | null = null;
  #hasUnpricedParts = false;

  constructor(fileId: string) {
    this.#fileId = fileId;
  }

  read(document: unknown): void {
    const line = asObject(document);
    const body = asObject(asObject(line?.response)?.body);
    if (body === null || (asObject(body.usage) === null && !isAnswer(body))) return;
    const usage = asObject(body.usage) ?? {};
    const model = asText(body.model);
    this.#model ??= model;
    const output = asArray(body.output)
      .map(asObject)
      .filter((item) => item !== null);
    const { extra, pictures, hasUnpricedParts } = responseCharges(body, output);
    // Pictures have a price of their own in batches, which is not known.
    this.#hasUnpricedParts ||= hasUnpricedParts || pictures !== null || usesUnpricedChatTools(model, usage);
    const run = {
      kind: 'message',
      model,
      usage: usageOf(body, usage, responseSearches(output, body)),
      serviceTier: 'batch',
      speed: null,
      inferenceGeo: null,
      ...(Object.keys(extra).length > 0 && { extra }),
    };
    const id = asText(line?.id);
    if (!this.#lines.add(id ?? asText(line?.custom_id), id ?? asText(body.id), [run])) return;
    // An answer was made, and is charged, whatever it leaves out.
    this.#hasUnpricedParts ||= !isUsed(run.usage);
  }

  /** A line that is no JSON: the end of one whose beginning came with an earlier part of the download. */
  readText(): void {
    this.#hasUnpricedParts = true;
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#fileId,
      runs: this.#lines.runs,
      lines: this.#lines.all,
      // Any other file may hold whatever it likes.
      hasUnpricedParts: this.#hasUnpricedParts && this.#lines.all.length > 0,
      usageIsFinal: true,
      complete: true,
      billingKey: this.#lines.all.length === 0 ? null : `file:${this.#fileId}`,
    };
  }

  generatedText(): string {
    return '';
  }
}

/** Not an error, nor moderation, which is free. */
const isAnswer = ({ choices, output, data, content }: JsonObject): boolean =>
  [choices, output, data, content].some(Array.isArray);

/** Embeddings tell a total and generate nothing. */
function usageOf(body: JsonObject, usage: JsonObject, searches: number): TokenUsage {
  return body.object === 'list' && Array.isArray(body.data)
    ? readingUsage(usage)
    : tokenUsage(usage, searches);
}
