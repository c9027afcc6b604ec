// Counts batch results that come in one document, a page or a line at a time, with each answer as deep inside as its maker
// likes: Gemini's inlined responses and result files, xAI's pages, Mistral's outputs.

import type { MeterReading } from '../../core/protocol.ts';
import { isUsed, totalUsage } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { type DocumentReader, EMPTY_READING } from './metering.ts';
import { ResultsLines } from './results-lines.ts';

const DEPTH_MAX = 12;
/** What a request of a batch is called in its results. */
const IDS = ['custom_id', 'key', 'batch_request_id', 'id', 'responseId'] as const;

export class BatchDocumentReader implements DocumentReader {
  readonly #id: string;
  readonly #open: () => DocumentReader;
  readonly #lines = new ResultsLines();
  #model: string | null = null;
  #hasUnpricedParts = false;

  /** `id` names the results; `open` opens a reader of one answer, whatever its form. */
  constructor(id: string, open: () => DocumentReader) {
    this.#id = id;
    this.#open = open;
  }

  read(document: unknown): void {
    this.#walk(document, null, 0);
  }

  /** A line that is no JSON: the end of one whose beginning came with an earlier part of the download. */
  readText(): void {
    this.#hasUnpricedParts = true;
  }

  reading(): MeterReading {
    const isEmpty = this.#lines.all.length === 0;
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#id,
      runs: this.#lines.runs,
      lines: this.#lines.all,
      // A batch that is not done has none, and any other file may hold whatever it likes.
      hasUnpricedParts: this.#hasUnpricedParts && !isEmpty,
      usageIsFinal: true,
      complete: true,
      billingKey: isEmpty ? null : `batch:${this.#id}`,
    };
  }

  generatedText(): string {
    return '';
  }

  #walk(value: unknown, id: string | null, depth: number): void {
    if (depth > DEPTH_MAX) return;
    if (Array.isArray(value)) for (const item of value) this.#walk(item, id, depth + 1);
    const object = asObject(value);
    if (object === null) return;
    const own = idOf(object) ?? idOf(asObject(object.metadata) ?? {}) ?? id;
    if (isAnswer(object)) this.#take(object, id ?? own);
    else for (const item of Object.values(object)) this.#walk(item, own, depth + 1);
  }

  #take(answer: JsonObject, id: string | null): void {
    const reader = this.#open();
    reader.read(answer);
    const { model, runs, hasUnpricedParts, responseId } = reader.reading();
    this.#model ??= model;
    const atBatchPrice = runs.map((run) => ({ ...run, model: run.model ?? model, serviceTier: 'batch' }));
    if (!this.#lines.add(id, responseId, atBatchPrice)) return;
    // It was made, and is charged, whatever it leaves out.
    this.#hasUnpricedParts ||= hasUnpricedParts || !isUsed(totalUsage(runs));
  }
}

const idOf = (object: JsonObject): string | null =>
  IDS.map((name) => asText(object[name])).find((id) => id !== null) ?? null;

/** A chat, a response, a message, vectors or Gemini's: not what asked for them, which has no such lists. */
function isAnswer({ choices, output, content, data, candidates, usage, usageMetadata }: JsonObject): boolean {
  if (asArray(choices).length > 0 || asArray(candidates).length > 0) return true;
  if (asObject(usageMetadata) !== null) return true;
  return asObject(usage) !== null && [output, content, data].some(Array.isArray);
}
