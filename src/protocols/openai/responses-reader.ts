// Counts the Responses API: one response object, or the events of its stream.

import type { MeterReading } from '../../core/protocol.ts';
import type { UsageRun } from '../../core/usage.ts';
import { argumentsText } from '../call-arguments.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { gatewayCost, statedCost } from '../meters/stated-cost.ts';
import {
  chatSearches,
  loopsWithTools,
  type ResponseCharges,
  responseCharges,
  responseSearches,
  usesUnpricedChatTools,
} from './tool-charges.ts';
import { tokenUsage } from './usage.ts';

const FINAL_STATES = new Set(['completed', 'incomplete', 'failed', 'cancelled']);
const WHOLE_OBJECTS = new Set(['response', 'response.compaction']);
/** Items of one answer that are looked at. */
const ITEMS_MAX = 10_000;

export class ResponsesReader implements DocumentReader {
  readonly #text = new BoundedText();
  /** Items as their events tell them: some servers leave the last object's list empty. */
  readonly #items: JsonObject[] = [];
  #response: JsonObject | null = null;
  #usage: JsonObject | null = null;
  /** How much had been generated when usage was told last: where more came, it was a running total. */
  #charactersTold = 0;
  #errorCode: string | null = null;
  /** The last that came was no event. */
  #isWhole = false;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    const response = asObject(document.response) ?? (isWhole(document) ? document : null);
    this.#isWhole = response === document;
    if (response !== null) this.#readResponse(response);
    else this.#readEvent(document);
    // Some gateways tell it beside the response that they send.
    if (response !== document) this.#take(document.usage);
  }

  addsOnly(value: unknown): string | null {
    const document = asObject(value);
    if (document === null || !(asText(document.type) ?? '').endsWith('.delta')) return null;
    const tellsMore = (document.response ?? document.usage ?? null) !== null || isWhole(document);
    return tellsMore || typeof document.delta !== 'string' ? null : 'delta';
  }

  addAgain(text: string): void {
    this.#text.add(text);
  }

  reading(): MeterReading {
    const response = this.#response ?? {};
    const usage = this.#usage;
    const status = asText(response.status);
    const isCompaction = response.object === 'response.compaction';
    const isFinal = isCompaction || (status !== null && FINAL_STATES.has(status));
    const id = asText(response.id);
    const cost = (usage === null ? null : statedCost(usage)) ?? gatewayCost(response);
    const model = asText(response.model);
    const charges = responseCharges(response, this.#output);
    const { pictures } = charges;
    return {
      ...EMPTY_READING,
      model,
      responseId: id,
      runs: usage === null ? [] : [this.#run(usage, charges), ...(pictures === null ? [] : [pictures])],
      usageIsFinal: usage !== null && isFinal && this.#charactersTold === this.#text.characters,
      reportedCostNanoUsd: cost?.nanoUsd ?? null,
      reportedIsCharge: cost?.isCharge ?? false,
      hasUnpricedParts: charges.hasUnpricedParts || usesUnpricedChatTools(model, usage),
      isDeferred: !isFinal && (response.background === true || status === 'queued'),
      wasGivenAtOnce: response.background === false,
      finishReason: asText(asObject(response.incomplete_details)?.reason) ?? status,
      errorCode: this.#errorCode,
      complete: isFinal || status === 'queued',
      // A stored response can be fetched again, with the same usage each time.
      billingKey: id === null ? null : responseKey(id, response.created_at),
    };
  }

  lacksLastWord(): boolean {
    if (this.#isWhole) return false;
    const status = asText(this.#response?.status);
    return status === null || !FINAL_STATES.has(status);
  }

  generatedText(): string {
    const streamed = this.#text.toString();
    const whole = outputText(this.#output);
    // Calls of a computer or a shell come in no pieces.
    return whole.length > streamed.length ? whole : streamed;
  }

  get #output(): readonly JsonObject[] {
    const listed = asArray(this.#response?.output)
      .map(asObject)
      .filter((item) => item !== null);
    return listed.length > 0 ? listed : this.#items;
  }

  #run(usage: JsonObject, { extra }: ResponseCharges): UsageRun {
    const searches = Math.max(responseSearches(this.#output, this.#response), chatSearches(usage));
    return {
      kind: 'message',
      model: null,
      usage: tokenUsage(usage, searches),
      serviceTier: asText(this.#response?.service_tier),
      speed: null,
      inferenceGeo: null,
      ...(Object.keys(extra).length > 0 && { extra }),
      ...(loopsWithTools(usage, this.#output) && { isSum: true as const }),
    };
  }

  #readResponse(response: JsonObject): void {
    this.#response = response;
    this.#take(response.usage);
    this.#readError(errorIn(response));
    if (response.status === 'failed') this.#errorCode ??= 'failed';
  }

  #take(value: unknown): void {
    const usage = asObject(value);
    if (usage === null) return;
    this.#usage = mergeUsage(this.#usage, usage);
    this.#charactersTold = this.#text.characters;
  }

  #readEvent(document: JsonObject): void {
    const type = asText(document.type) ?? '';
    if (type.endsWith('.delta')) this.#text.add(document.delta);
    else if (type === 'response.output_item.done') this.#addItem(asObject(document.item));
    else if (type === 'error')
      this.#errorCode = asText(document.code) ?? asText(asObject(document.error)?.code) ?? 'error';
    else {
      this.#readError(document.error);
      if (type === '') this.#errorCode ??= errorInside(document);
    }
  }

  #readError(value: unknown): void {
    const error = asObject(value);
    if (error !== null) this.#errorCode = asText(error.code) ?? asText(error.type) ?? 'error';
    else if (typeof value === 'string' && value !== '') this.#errorCode = 'error';
  }

  #addItem(item: JsonObject | null): void {
    // What was drawn is long, and only its kind matters here.
    if (item !== null && this.#items.length < ITEMS_MAX)
      this.#items.push({
        type: item.type,
        status: item.status,
        action: item.action,
        environment: item.environment,
      });
  }
}

/** Some servers count their ids anew when they start again: when it was made tells such answers apart. */
function responseKey(id: string, createdAt: unknown): string {
  return typeof createdAt === 'number' ? `response:${id} ${createdAt}` : `response:${id}`;
}

/** Some servers leave out what it is. */
function isWhole({ object, output, status }: JsonObject): boolean {
  if (typeof object === 'string') return WHOLE_OBJECTS.has(object);
  return Array.isArray(output) && typeof status === 'string';
}

/** Those that the model writes and the client runs. */
const OWN_CALLS = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
]);
const CALLED_WITH = ['name', 'arguments', 'input', 'action', 'actions', 'operation'];

function outputText(output: readonly JsonObject[]): string {
  const text = new BoundedText();
  for (const item of output) {
    if (OWN_CALLS.has(String(item.type))) for (const name of CALLED_WITH) text.add(argumentsText(item[name]));
    for (const part of [...asArray(item.content), ...asArray(item.summary)]) text.add(asObject(part)?.text);
  }
  return text.toString();
}
