// Counts the results of a message batch: one line a request, each with a whole message, at the batch price.

import type { MeterReading } from '../../core/protocol.ts';
import type { UsageRun } from '../../core/usage.ts';
import { asObject, asText } from '../json-value.ts';
import { type DocumentReader, EMPTY_READING } from '../metering.ts';
import { usageRuns } from './usage.ts';

export class BatchResultsReader implements DocumentReader {
  readonly #batchId: string;
  readonly #runs: UsageRun[] = [];
  #model: string | null = null;

  constructor(batchId: string) {
    this.#batchId = batchId;
  }

  read(document: unknown): void {
    const message = asObject(asObject(asObject(document)?.result)?.message);
    const usage = asObject(message?.usage);
    if (usage === null) return;
    const model = asText(message?.model);
    this.#model ??= model;
    for (const run of usageRuns(usage)) {
      this.#runs.push({ ...run, model: run.model ?? model, serviceTier: 'batch' });
    }
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#batchId,
      runs: this.#runs,
      usageIsFinal: true,
      complete: true,
      billingKey: `batch:${this.#batchId}`,
    };
  }

  generatedText(): string {
    return '';
  }
}
