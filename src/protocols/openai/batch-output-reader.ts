// Counts the output file of a batch: one line a request, each with a whole response, at the batch price.

import type { MeterReading } from '../../core/protocol.ts';
import type { UsageRun } from '../../core/usage.ts';
import { asObject, asText } from '../json-value.ts';
import { type DocumentReader, EMPTY_READING } from '../metering.ts';
import { tokenUsage } from './usage.ts';

export class BatchOutputReader implements DocumentReader {
  readonly #fileId: string;
  readonly #runs: UsageRun[] = [];

  constructor(fileId: string) {
    this.#fileId = fileId;
  }

  read(document: unknown): void {
    const body = asObject(asObject(asObject(document)?.response)?.body);
    const usage = asObject(body?.usage);
    if (usage === null) return;
    this.#runs.push({
      kind: 'message',
      model: asText(body?.model),
      usage: tokenUsage(usage),
      serviceTier: 'batch',
      speed: null,
      inferenceGeo: null,
    });
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#runs[0]?.model ?? null,
      responseId: this.#fileId,
      runs: this.#runs,
      usageIsFinal: true,
      complete: true,
      billingKey: this.#runs.length === 0 ? null : `file:${this.#fileId}`,
    };
  }

  generatedText(): string {
    return '';
  }
}
