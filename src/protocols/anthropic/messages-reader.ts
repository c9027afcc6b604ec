// Counts a Messages answer: one JSON document, or the events of its stream.

import type { MeterReading } from '../../core/protocol.ts';
import { argumentsText } from '../call-arguments.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { onlyText } from '../json/only-text.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { asFigure } from '../meters/figure.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { statedCost } from '../meters/stated-cost.ts';
import { unnamedText } from '../tokens/unnamed-text.ts';
import {
  callsCode,
  callsServerTool,
  mergeMessageUsage,
  runsPaidCode,
  tellsOutput,
  usageRuns,
  usesUnpricedTools,
} from './usage.ts';

export class MessagesReader implements DocumentReader {
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #usage: JsonObject | null = null;
  #usageIsFinal = false;
  /** How much had been generated when the stream told its output last: where more came, it was a running total. */
  #charactersTold = 0;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  #complete = false;
  /** The provider called a tool of its own, and went on. */
  #usesServerTools = false;
  /** It ran code in a container of the provider's. */
  #runsCode = false;
  /** By the content: for gateways whose usage leaves them out. */
  #searches = 0;

  read(value: unknown): void {
    const document = asObject(value);
    if (document === null) return;
    switch (document.type) {
      case 'message':
        this.#readWhole(document);
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
        this.#runsCode ||= asObject(asObject(document.delta)?.container) !== null;
        // Some servers put it a level deeper.
        this.#takeLast(document.usage ?? asObject(document.delta)?.usage);
        break;
      case 'message_stop':
        this.#complete = true;
        this.#takeLast(document.usage ?? this.#bedrockUsage(document));
        break;
      case 'error':
        this.#errorCode = asText(asObject(document.error)?.type) ?? 'error';
        break;
      case 'completion':
        this.#readCompletion(document);
        break;
      default:
        this.#readForeign(document);
    }
  }

  addsOnly(value: unknown): string | null {
    const document = asObject(value);
    const delta = document?.type === 'content_block_delta' ? asObject(document.delta) : null;
    return delta === null ? null : onlyText(delta, DELTA_TEXTS);
  }

  addAgain(text: string): void {
    this.#text.add(text);
  }

  /** The old Text Completions API, whole or as the events of a stream: it tells no usage. */
  #readCompletion(document: JsonObject): void {
    this.#model = asText(document.model) ?? this.#model;
    this.#responseId = asText(document.id) ?? this.#responseId;
    this.#text.add(document.completion);
    this.#finishReason = asText(document.stop_reason) ?? this.#finishReason;
    if (this.#finishReason !== null) this.#complete = true;
  }

  /** What a gateway sends instead: an error in another form, a message without its type. */
  #readForeign(document: JsonObject): void {
    const told = errorIn(document);
    const error = asObject(told) ?? (typeof told === 'string' ? document : null);
    if (error !== null) this.#errorCode = asText(error.type) ?? asText(error.code) ?? 'error';
    else if (document.type === undefined) this.#errorCode ??= errorInside(document);
    if (document.type === undefined && document.role === 'assistant') {
      this.#readWhole(document);
    }
  }

  reading(): MeterReading {
    const usage = this.#usage;
    const cost = usage === null ? null : statedCost(usage);
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      runs: usage === null ? [] : usageRuns(usage, this.#usesServerTools, Math.max(0, this.#searches)),
      usageIsFinal: this.#usageIsFinal && this.#charactersTold === this.#text.characters,
      reportedCostNanoUsd: cost?.nanoUsd ?? null,
      reportedIsCharge: cost?.isCharge ?? false,
      hasUnpricedParts: (usage !== null && usesUnpricedTools(usage)) || this.#runsPaidCode(usage),
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#complete,
    };
  }

  #runsPaidCode(usage: JsonObject | null): boolean {
    return this.#searches <= 0 && runsPaidCode(usage, this.#runsCode);
  }

  lacksLastWord(): boolean {
    return !this.#complete;
  }

  generatedText(): string {
    return this.#text.toString();
  }

  #readWhole(message: JsonObject): void {
    this.#readMessage(message);
    this.#usageIsFinal = this.#usage !== null;
    this.#charactersTold = this.#text.characters;
    this.#complete = true;
  }

  #readMessage(message: JsonObject): void {
    this.#model = asText(message.model) ?? this.#model;
    this.#responseId = asText(message.id) ?? this.#responseId;
    this.#finishReason = asText(message.stop_reason) ?? this.#finishReason;
    this.#take(message.usage);
    this.#runsCode ||= asObject(message.container) !== null;
    for (const block of asArray(message.content)) this.#readBlock(asObject(block));
  }

  #take(value: unknown): JsonObject | null {
    const usage = asObject(value);
    if (usage !== null) this.#usage = mergeMessageUsage(this.#usage, usage);
    return usage;
  }

  /** What a stream's start says of the output is a beginning: only a figure behind the words is final. */
  #takeLast(value: unknown): void {
    const usage = this.#take(value);
    if (usage === null) return;
    this.#usageIsFinal = true;
    if (tellsOutput(usage)) this.#charactersTold = this.#text.characters;
  }

  /** What Bedrock adds to a stream's last event, where the message itself did not tell. */
  #bedrockUsage(document: JsonObject): JsonObject | null {
    const told = asObject(document['amazon-bedrock-invocationMetrics']);
    const isKnown = this.#usageIsFinal && (asFigure(this.#usage?.output_tokens) ?? 0) > 0;
    return told === null || isKnown ? null : asUsage(told);
  }

  #readBlock(block: JsonObject | null): void {
    if (block === null) return;
    if (block.type === 'server_tool_use' && block.name === 'web_search') this.#searches += 1;
    if (isFailedSearch(block)) this.#searches -= 1;
    this.#usesServerTools ||= callsServerTool(block);
    this.#runsCode ||= callsCode(block);
    this.#text.add(block.text);
    this.#text.add(block.thinking);
    if (block.type === 'compaction') this.#text.add(block.content);
    this.#text.add(argumentsText(block.input));
  }

  #readDelta(delta: JsonObject | null): void {
    if (delta === null) return;
    this.#text.add(delta.text);
    this.#text.add(delta.thinking);
    this.#text.add(delta.partial_json);
    if (!FOUND_DELTAS.has(String(delta.type))) this.#text.add(unnamedText(delta, DELTA_TEXTS));
  }
}

/** Of what was searched, not written. */
const FOUND_DELTAS: ReadonlySet<string> = new Set(['citations_delta', 'signature_delta']);
const DELTA_TEXTS: ReadonlySet<string> = new Set(['text', 'thinking', 'partial_json']);

/** One that the provider does not charge. */
function isFailedSearch({ type, content }: JsonObject): boolean {
  return type === 'web_search_tool_result' && asObject(content)?.type === 'web_search_tool_result_error';
}

/** Bedrock's figures in the names of the message's own. */
function asUsage(told: JsonObject): JsonObject {
  return {
    input_tokens: told.inputTokenCount,
    output_tokens: told.outputTokenCount,
    cache_read_input_tokens: told.cacheReadInputTokenCount,
    cache_creation_input_tokens: told.cacheWriteInputTokenCount,
  };
}
