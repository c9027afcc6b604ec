// Counts Chat Completions, legacy completions and embeddings: one JSON document, or the chunks of a stream.

import type { MeterReading } from '../../core/protocol.ts';
import { totalUsage, type UsageRun } from '../../core/usage.ts';
import { argumentsText } from '../call-arguments.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { onlyText } from '../json/only-text.ts';
import { errorIn, errorInside } from '../meters/error-inside.ts';
import { isFailedFinish } from '../meters/failed-finish.ts';
import { asFigure, figureText } from '../meters/figure.ts';
import { mergeUsage } from '../meters/merge-usage.ts';
import { BoundedText, type DocumentReader, EMPTY_READING } from '../meters/metering.ts';
import { gatewayCost, type StatedCost, statedCost } from '../meters/stated-cost.ts';
import { trafficTier } from '../others/gemini-reader.ts';
import { unnamedText } from '../tokens/unnamed-text.ts';
import { isPending } from './pending-answer.ts';
import {
  callsProvidersFunction,
  chatFetches,
  chatSearches,
  listsFoundPages,
  loopsWithTools,
  ownSearches,
  showsProvidersTools,
  usesUnpricedChatTools,
} from './tool-charges.ts';
import { readingUsage, tokenUsage } from './usage.ts';

export interface CompletionsReaderOptions {
  /** False for embeddings and reranking, which generate nothing. */
  readonly generates: boolean;
  /** True where one answer can be fetched again, with the same usage each time. */
  readonly isFetched?: boolean;
}

export class CompletionsReader implements DocumentReader {
  readonly #options: CompletionsReaderOptions;
  readonly #text = new BoundedText();
  #model: string | null = null;
  #responseId: string | null = null;
  #serviceTier: string | null = null;
  #usage: JsonObject | null = null;
  /** How much had been generated when usage was told last: where more came, it was a running total. */
  #charactersTold = 0;
  #finishReason: string | null = null;
  #errorCode: string | null = null;
  #complete = false;
  #usesTools = false;
  /** It was searched for, whether or not anything says how often. */
  /** The answer is sound, at least in part. */
  #speaks = false;
  #citesPages = false;
  /** llama.cpp's figures, where it tells no usage. */
  #timed: JsonObject | null = null;
  /** What a gateway says beside the answer. */
  #gatewayCost: StatedCost | null = null;
  /** OpenRouter says whose server answered. */
  #isReseller = false;
  /** Usage came in a chunk of its own, which is the last one. */
  #usageCameAlone = false;
  /** It was taken on, and is answered by another request. */
  #isPending = false;

  constructor(options: CompletionsReaderOptions = { generates: true }) {
    this.#options = options;
  }

  read(value: unknown): void {
    const whole = asObject(value);
    if (whole === null) return;
    // Perplexity wraps what it answers later.
    const document = (this.#options.isFetched && asObject(whole.response)) || whole;
    this.#model = asText(document.model) ?? this.#model;
    this.#responseId = asText(document.id) ?? this.#responseId;
    this.#serviceTier = asText(document.service_tier) ?? this.#serviceTier;
    this.#isReseller ||= asText(document.provider) !== null;
    const usageBefore = this.#usage;
    const timed = timedUsage(asObject(document.timings));
    this.#timed = timed ?? this.#timed;
    this.#take(document.usage);
    const groq = asObject(document.x_groq);
    this.#take(groq?.usage);
    // Gemini's, from a gateway that leaves it as it got it.
    this.#take(document.usageMetadata);
    this.#usageCameAlone ||= asObject(document.usage) !== null && isEmpty(document.choices);
    this.#readError(errorIn(document));
    this.#readError(groq?.error);
    this.#errorCode ??= errorInside(document);
    this.#isPending = isPending(document);
    this.#gatewayCost = gatewayCost(document) ?? this.#gatewayCost;
    this.#usesTools ||= showsProvidersTools(document);
    this.#citesPages ||= listsFoundPages(document);
    // Cloudflare's.
    this.#text.add(document.response);
    let isWhole = document.object === 'list' || Array.isArray(document.data);
    for (const item of asArray(document.choices)) {
      const choice = asObject(item);
      if (choice === null) continue;
      const finish = asText(choice.finish_reason);
      this.#finishReason = finish ?? this.#finishReason;
      isWhole ||= choice.message !== undefined || document.object === 'text_completion';
      // Moonshot tells it here.
      this.#take(choice.usage);
      this.#readError(choice.error);
      if (finish !== null && isFailedFinish(finish)) this.#errorCode ??= finish;
      const message = asObject(choice.delta) ?? asObject(choice.message) ?? choice;
      this.#take(message.usage);
      this.#gatewayCost = gatewayCost(message) ?? this.#gatewayCost;
      this.#readWords(message);
    }
    if (this.#usage !== usageBefore || timed !== null) this.#charactersTold = this.#text.characters;
    if (isWhole && this.#finishReason !== null) this.#complete = true;
    if (document.object === 'list' || Array.isArray(document.data)) this.#complete = true;
  }

  addsOnly(value: unknown): string | null {
    const document = asObject(value);
    const [item, another] = asArray(document?.choices);
    const choice = asObject(item);
    const delta = asObject(choice?.delta);
    if (document === null || choice === null || delta === null || another !== undefined) return null;
    const tellsMore =
      TELLING.some((name) => (document[name] ?? null) !== null || (choice[name] ?? null) !== null) ||
      choice.message !== undefined;
    return tellsMore ? null : onlyText(delta, DELTA_TEXTS);
  }

  addAgain(text: string): void {
    this.#text.add(text);
  }

  readText(text: string): void {
    if (text.trim() === '[DONE]') this.#complete = true;
  }

  reading(): MeterReading {
    const told = this.#usage ?? this.#timed;
    const cost = (told === null ? null : statedCost(told)) ?? this.#gatewayCost;
    const usage = told === null || this.#tellsNothing(told) ? null : told;
    if (usage === null && this.#isPending && this.#errorCode === null) return this.#pendingReading();
    const runs = usage === null ? [] : [this.#run(usage)];
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      runs,
      usageIsFinal: usage !== null && this.#isFinal(),
      reportedCostNanoUsd: cost?.nanoUsd ?? null,
      reportedIsCharge: cost !== null && (cost.isCharge || this.#isReseller),
      hasUnpricedParts:
        usesUnpricedChatTools(null, told) ||
        this.#usesTools ||
        this.#hidesSearches(usage) ||
        // What is spoken has a price of its own, and is not told.
        (this.#speaks && totalUsage(runs).outputAudioTokens === 0),
      finishReason: this.#finishReason,
      errorCode: this.#errorCode,
      complete: this.#complete,
      billingKey:
        this.#options.isFetched === true && usage !== null && this.#responseId !== null
          ? `response:${this.#responseId}`
          : null,
    };
  }

  #isFinal(): boolean {
    const hasEnded = this.#complete || this.#finishReason !== null || this.#usageCameAlone;
    return hasEnded && this.#charactersTold === this.#text.characters;
  }

  get needsOutlineOnly(): boolean {
    return !this.#options.generates;
  }

  /** Many servers leave `[DONE]` out. */
  lacksLastWord(): boolean {
    const hasEnded = this.#complete || this.#finishReason !== null || this.#usageCameAlone;
    return !hasEnded && !this.#isPending;
  }

  generatedText(): string {
    return this.#text.toString();
  }

  /** Whatever it comes to is told elsewhere. */
  #pendingReading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#responseId,
      usageIsFinal: true,
      hasUnpricedParts: true,
      complete: true,
    };
  }

  /** What reads has read something. */
  #tellsNothing(usage: JsonObject): boolean {
    return !this.#options.generates && readingUsage(usage).inputTokens === 0;
  }

  #hidesSearches(usage: JsonObject | null): boolean {
    if (!this.#citesPages) return false;
    return ownSearches(this.#model).searches === 0 && (usage === null || chatSearches(usage) === 0);
  }

  #run(usage: JsonObject): UsageRun {
    // Vertex AI, where it speaks OpenAI's API.
    const traffic = asObject(asObject(usage.extra_properties)?.google)?.traffic_type;
    const serviceTier = this.#serviceTier ?? trafficTier(traffic);
    if (!this.#options.generates) return { ...RUN, usage: readingUsage(usage), serviceTier };
    const { searches, extra: ownExtra } = ownSearches(this.#model);
    const extra = { ...ownExtra, ...chatFetches(usage) };
    const tokens = tokenUsage(usage, Math.max(searches, chatSearches(usage)));
    return {
      ...RUN,
      usage: tokens,
      serviceTier,
      ...((searches > 0 || extra.pageFetches !== undefined) && { extra }),
      ...((this.#usesTools || loopsWithTools(usage)) && { isSum: true as const }),
    };
  }

  /** Servers that repeat usage (in every chunk, or under x_groq) send running totals. */
  #take(value: unknown): void {
    const usage = asObject(value);
    if (usage !== null) this.#usage = mergeUsage(this.#usage, usage);
  }

  #readError(value: unknown): void {
    const error = asObject(value);
    if (error !== null)
      this.#errorCode = asText(error.code) ?? asText(error.type) ?? figureText(error.code) ?? 'error';
    else if (typeof value === 'string' && value !== '') this.#errorCode = 'error';
  }

  #readWords(message: JsonObject): void {
    this.#addContent(message.content);
    this.#text.add(message.text);
    this.#text.add(message.refusal);
    if (!this.#addsThinking(message)) this.#text.add(unnamedText(message, READ));
    const sound = asObject(message.audio);
    this.#text.add(sound?.transcript);
    this.#speaks ||= typeof sound?.data === 'string';
    for (const item of asArray(message.tool_calls)) {
      const call = asObject(item);
      this.#usesTools ||= callsProvidersFunction(call);
      // A tool of one's own form is called with a text.
      for (const called of [asObject(call?.function), asObject(call?.custom)]) this.#addCall(called);
    }
    this.#addCall(asObject(message.function_call));
    // Groq's systems say here what they ran; OpenRouter and others what they drew.
    this.#usesTools ||= asArray(message.executed_tools).length > 0 || asArray(message.images).length > 0;
    this.#citesPages ||= asArray(message.annotations).some((item) => asObject(item)?.type === 'url_citation');
  }

  #addCall(called: JsonObject | null): void {
    if (called === null) return;
    this.#text.add(called.name);
    this.#text.add(argumentsText(called.arguments ?? called.input));
  }

  /** Once: OpenRouter tells it twice. False where there is none under these names. */
  #addsThinking(message: JsonObject): boolean {
    const thinking = message.reasoning_content ?? message.reasoning;
    this.#text.add(thinking);
    if (typeof thinking === 'string') return thinking !== '';
    let isTold = false;
    for (const item of asArray(message.reasoning_details)) {
      const detail = asObject(item);
      this.#text.add(detail?.text);
      this.#text.add(detail?.summary);
      isTold = true;
    }
    return isTold;
  }

  /** A text, or Mistral's list of parts. */
  #addContent(content: unknown): void {
    this.#text.add(content);
    for (const item of asArray(content)) {
      const part = asObject(item);
      this.#text.add(part?.text);
      for (const thought of asArray(part?.thinking)) this.#text.add(asObject(thought)?.text);
    }
  }
}

/** Members of a chunk or its choice that tell more than a text, where they tell anything. */
const TELLING = ['usage', 'x_groq', 'usageMetadata', 'error', 'response', 'finish_reason'] as const;
const DELTA_TEXTS: ReadonlySet<string> = new Set([
  'content',
  'reasoning_content',
  'reasoning',
  'refusal',
  'text',
]);

/** What is read of a message, or of a choice that has none. */
const READ: ReadonlySet<string> = new Set([
  ...DELTA_TEXTS,
  'function_call',
  'index',
  'reasoning_details',
  'tool_calls',
]);

/** What was read anew stands beside what was in the cache. */
function timedUsage(timings: JsonObject | null): JsonObject | null {
  if (timings === null) return null;
  const { cache_n, prompt_n, predicted_n } = timings;
  if (asFigure(prompt_n) === null || asFigure(predicted_n) === null) return null;
  const cached_tokens = asFigure(cache_n) ?? 0;
  const prompt_tokens = (asFigure(prompt_n) ?? 0) + cached_tokens;
  return { prompt_tokens, completion_tokens: predicted_n, prompt_tokens_details: { cached_tokens } };
}

const RUN = { kind: 'message', model: null, speed: null, inferenceGeo: null };

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
