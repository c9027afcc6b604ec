// Counts the results of a message batch: one line a request, each with a whole message, at the batch price.

import type { MeterReading } from '../../core/protocol.ts';
import { isUsed, totalUsage } from '../../core/usage.ts';
import { asArray, asObject, asText } from '../json/json-value.ts';
import { type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { ResultsLines } from '../meters/results-lines.ts';
import { callsCode, callsServerTool, runsPaidCode, usageRuns, usesUnpricedTools } from './usage.ts';

export class BatchResultsReader implements DocumentReader {
  readonly #batchId: string;
  readonly #lines = new ResultsLines();
  #model: string | null = null;
  #hasUnpricedParts = false;

  constructor(batchId: string) {
    this.#batchId = batchId;
  }

  read(document: unknown): void {
    const message = asObject(asObject(asObject(document)?.result)?.message);
    if (message === null) return;
    const usage = asObject(message.usage) ?? {};
    const model = asText(message.model);
    this.#model ??= model;
    const id = asText(asObject(document)?.custom_id) ?? asText(message.id);
    const content = asArray(message.content).map(asObject);
    const usesTools = content.some(callsServerTool);
    const runsCode = asObject(message.container) !== null || content.some(callsCode);
    const runs = usageRuns(usage, usesTools).map((run) => ({
      ...run,
      model: run.model ?? model,
      serviceTier: 'batch',
    }));
    if (!this.#lines.add(id, asText(message.id), runs)) return;
    // A message was made, and is charged, whatever it leaves out.
    this.#hasUnpricedParts ||=
      !isUsed(totalUsage(runs)) || usesUnpricedTools(usage) || runsPaidCode(usage, runsCode);
  }

  /** A line that is no JSON: the end of one whose beginning came with an earlier part of the download. */
  readText(): void {
    this.#hasUnpricedParts = true;
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#batchId,
      runs: this.#lines.runs,
      lines: this.#lines.all,
      hasUnpricedParts: this.#hasUnpricedParts,
      usageIsFinal: true,
      complete: true,
      billingKey: `batch:${this.#batchId}`,
    };
  }

  generatedText(): string {
    return '';
  }
}
