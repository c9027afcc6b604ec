// Counts the Responses API over a WebSocket: a session of responses, one after the other, each with its own last event.

import type { MessageMeter, MeterReading } from '../../core/protocol.ts';
import { RunSums } from '../../core/run-sums.ts';
import { isUsed, totalUsage } from '../../core/usage.ts';
import { asObject, asText } from '../json/json-value.ts';
import { EMPTY_READING } from '../meters/metering.ts';
import { ResponsesReader } from './responses-reader.ts';

const LAST_EVENTS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.done',
]);
/** Ids that are remembered: a last event that is repeated counts once. */
const IDS_MAX = 10_000;

export class ResponsesSocketMeter implements MessageMeter {
  readonly #runs = new RunSums();
  readonly #ended = new Set<string>();
  #reader = new ResponsesReader();
  /** A response has begun and has not come to its end. */
  #isOpen = false;
  #hasUnpricedParts = false;
  #last: MeterReading = EMPTY_READING;
  #figures = 0;

  get figures(): number {
    return this.#figures;
  }

  get answerKey(): string | null {
    return this.#last.billingKey;
  }

  read(message: unknown): void {
    const event = asObject(message);
    const type = asText(event?.type);
    if (event === null || type === null) return;
    this.#reader.read(event);
    if (LAST_EVENTS.has(type)) this.#close();
    else if (type.startsWith('response.')) this.#isOpen = true;
    // It takes the response down with it, before or after it began.
    else if (type === 'error') this.#fail();
  }

  reading(): MeterReading {
    const { model, responseId, finishReason, errorCode, billingKey } = this.#last;
    const isSingle = this.#ended.size === 1;
    return {
      ...EMPTY_READING,
      model: model ?? this.#reader.reading().model,
      responseId,
      runs: this.#runs.runs,
      usageIsFinal: true,
      hasUnpricedParts: this.#hasUnpricedParts || this.#isOpen,
      finishReason,
      errorCode: this.#runs.size === 0 ? errorCode : null,
      complete: true,
      // One that is stored can be fetched again.
      billingKey: isSingle && this.#runs.size > 0 ? billingKey : null,
    };
  }

  #close(): void {
    const reading = this.#reader.reading();
    const hasText = this.#reader.generatedText() !== '';
    this.#reader = new ResponsesReader();
    this.#isOpen = false;
    const { responseId } = reading;
    if (responseId !== null && this.#ended.has(responseId)) return;
    if (responseId !== null && this.#ended.size < IDS_MAX) this.#ended.add(responseId);
    this.#last = reading;
    // One that has come to its end without figures was charged all the same, unless it failed before a word.
    const isUntold = !isUsed(totalUsage(reading.runs)) && (hasText || reading.finishReason !== 'failed');
    this.#hasUnpricedParts ||= reading.hasUnpricedParts || isUntold;
    if (isUntold) return;
    this.#figures += 1;
    for (const run of reading.runs) this.#runs.add({ ...run, model: run.model ?? reading.model });
  }

  #fail(): void {
    this.#last = this.#reader.reading();
    // What it had written before was charged, and is not told.
    this.#hasUnpricedParts ||= this.#reader.generatedText() !== '';
    this.#reader = new ResponsesReader();
    this.#isOpen = false;
  }
}
