// One request's life from arrival to record. Whatever happens, `finish` settles it exactly once.

import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Recording } from '../cache/recording.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Journal, JournalEntry, TokenEstimator } from '../core/journal.ts';
import type { NanoUsd } from '../core/money.ts';
import type { PriceAnswer, Prices } from '../core/price.ts';
import type { MeterReading } from '../core/protocol.ts';
import type { CacheUse, Outcome, RequestEnd, RequestStart, UpstreamAttempt } from '../core/record.ts';
import { DEFAULT_UPSTREAM } from '../core/upstream.ts';
import { NO_USAGE, totalUsage, type UsageRun, type UsageSource } from '../core/usage.ts';
import type { BudgetTicket } from '../ledger/gate.ts';
import { estimateUsage } from '../protocols/estimate-usage.ts';
import { EMPTY_READING } from '../protocols/metering.ts';
import { Call, type Mount } from './call.ts';
import { sendError } from './error-response.ts';

export type EndOutcome = Exclude<Outcome, 'in_flight'>;

/** How a request ended, before its usage is known for sure. */
interface Ending {
  readonly entry: JournalEntry;
  readonly outcome: EndOutcome;
  readonly reading: MeterReading;
  readonly errorCode: string | null;
  readonly latencyMs: number;
}

/** What an exchange must know of the tap on its answer, to estimate what it used. */
interface AnswerText {
  generatedText(): string;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly prices: Prices;
  readonly estimator: TokenEstimator;
  readonly onStarted: (start: RequestStart) => void;
  readonly onSettled: (start: RequestStart, end: RequestEnd) => void;
}

export class Exchange extends Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  requestBytes = 0;
  responseBytes = 0;
  status: number | null = null;
  upstreamRequestId: string | null = null;
  /** True once the request has left for the upstream. */
  sent = false;
  /** What budgets set aside for it; null where none was asked. */
  ticket: BudgetTicket | null = null;
  /** What the cache said of it; null where the cache is off. */
  cacheUse: CacheUse | null = null;
  savedNanoUsd: NanoUsd | null = null;
  /** Takes its answer for the cache; null where it is not to be kept. */
  recording: Recording | null = null;
  /**
   * Counts its answer; null before there is one, or where nothing is to be counted. An object, since a function of its
   * own for each exchange in a field costs V8 a quarter of the request (measured: 38 of 170 µs).
   */
  tap: AnswerText | null = null;
  /** How it failed, where it did: decides the record whatever happens after. */
  failure: { readonly error: TokenWatchError; readonly outcome: EndOutcome } | null = null;
  /** Told of an error that a good answer's body reported, by its type or code. */
  onErrorInside: ((errorCode: string) => void) | null = null;
  /** How each upstream fared that it was sent to, where there was a choice. */
  readonly attempts: UpstreamAttempt[] = [];
  readonly #options: ExchangeOptions;
  readonly #arrivedMs: number;
  #firstByteMs: number | null = null;
  #overMs: number | null = null;
  #entry: JournalEntry | null = null;
  #finished = false;

  constructor(
    options: ExchangeOptions,
    mount: Mount,
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    super({
      id: randomUUIDv7(),
      mount,
      method: request.method ?? 'GET',
      target,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      startedAtMs: options.clock.now(),
    });
    this.#options = options;
    this.request = request;
    this.response = response;
    this.#arrivedMs = options.clock.monotonicMs();
  }

  get isFinished(): boolean {
    return this.#finished;
  }

  /** Journals the start, with what is known by now. */
  begin(): JournalEntry {
    const { caller, ticket } = this;
    const start: RequestStart = {
      id: this.id,
      startedAtMs: this.startedAtMs,
      protocol: this.mount.protocol.name,
      endpoint: this.endpoint.name,
      method: this.method,
      path: this.path,
      modelRequested: this.facts.model,
      upstream: this.base.address,
      upstreamName: this.#upstreamName,
      streamed: this.facts.stream,
      app: caller.app,
      userAgent: caller.userAgent,
      session: caller.session,
      tag: this.tag,
      modelSent: this.model === this.facts.model ? null : this.model,
      routingRule: this.plan?.rule ?? null,
      experiment: this.plan?.experiment ?? null,
      variant: this.plan?.variant ?? null,
      reservedNanoUsd: ticket?.reservedNanoUsd ?? null,
      reservedAtMs: ticket === null || ticket.reservedAtMs === this.startedAtMs ? null : ticket.reservedAtMs,
    };
    const entry = this.#options.journal.start(start);
    this.#entry = entry;
    this.#options.onStarted(start);
    return entry;
  }

  markFirstByte(): void {
    this.#firstByteMs ??= this.#sinceArrival();
  }

  /** Its client has its answer, or has left; what was begun for it may still go on. */
  markOver(): void {
    this.#overMs ??= this.#sinceArrival();
  }

  /** Answers with TokenWatch's own error, and records it. */
  fail(error: TokenWatchError, outcome: EndOutcome): void {
    if (this.#finished) return;
    if (!this.response.headersSent && !this.response.destroyed) {
      if (this.#entry === null) this.begin();
      this.#options.journal.flushStarts();
      this.status = error.status;
      this.responseBytes = sendError(this.response, this.mount.protocol, error, this.id);
    }
    this.finish(outcome, EMPTY_READING, error.code);
  }

  /** Its client left before it had an answer. */
  leave(): void {
    this.fail(new TokenWatchError('client_gone', 'The client went away.'), 'client_gone');
  }

  /** Settles the record, with an estimate where the answer does not tell its usage; a second call does nothing. */
  finish(outcome: EndOutcome, reading: MeterReading, errorCode: string | null): void {
    if (this.#finished) return;
    this.#finished = true;
    if (reading.errorCode !== null && (this.status ?? 0) < 400) this.onErrorInside?.(reading.errorCode);
    const latencyMs = this.#overMs ?? this.#sinceArrival();
    const ending = { entry: this.#entry ?? this.begin(), outcome, reading, errorCode, latencyMs };
    const settle = (runs: readonly UsageRun[], source: UsageSource): void =>
      this.#settle(ending, runs, source);

    // An error answer costs nothing; a request that TokenWatch cut was at work upstream.
    const answered = this.status !== null && this.status >= 400 && outcome !== 'cut';
    if (reading.usageIsFinal) settle(reading.runs, reading.runs.length > 0 ? 'provider' : 'none');
    else if (!this.endpoint.metered || !this.endpoint.hasModel || !this.sent || answered)
      settle(reading.runs, 'none');
    else {
      const question = {
        reading,
        promptText: this.#promptText(),
        generatedText: this.tap?.generatedText() ?? '',
        model: reading.model ?? this.modelThere,
      };
      estimateUsage(question, this.#options.estimator).then(
        (runs) => settle(runs, 'estimate'),
        () => settle(reading.runs, 'none'),
      );
    }
  }

  /** Tells everyone what it came to: first the budgets, which others wait for. */
  #settle(ending: Ending, runs: readonly UsageRun[], usageSource: UsageSource): void {
    const { entry, reading } = ending;
    const end = this.#end(ending, runs, usageSource);
    this.ticket?.settle(end);
    this.#options.journal.settle(entry, end);
    this.#options.onSettled(entry.start, end);
    this.recording?.settled(end, reading);
  }

  #end(ending: Ending, runs: readonly UsageRun[], usageSource: UsageSource): RequestEnd {
    const { outcome, reading, errorCode, latencyMs } = ending;
    const model = reading.model ?? this.modelThere;
    const price = this.#price(runs, model);
    return {
      upstream: this.base.address,
      upstreamName: this.#upstreamName,
      attempts: this.attempts.length > 1 ? this.attempts : null,
      outcome,
      status: this.status,
      errorCode: errorCode ?? reading.errorCode,
      upstreamRequestId: this.upstreamRequestId,
      responseId: reading.responseId,
      modelUsed: model,
      finishReason: reading.finishReason,
      timeToFirstByteMs: this.#firstByteMs,
      latencyMs,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      usage: runs.length === 0 ? NO_USAGE : totalUsage(runs),
      usageSource,
      runs: runs.length > 1 ? runs : null,
      serviceTier: runs[0]?.serviceTier ?? null,
      costNanoUsd: price.costNanoUsd,
      reportedCostNanoUsd: reading.reportedCostNanoUsd,
      priceSource: price.source,
      cacheUse: this.cacheUse,
      savedNanoUsd: this.savedNanoUsd,
      billingKey: reading.billingKey,
    };
  }

  /** Null for the mount's own upstream, and one that a rule names by its address. */
  get #upstreamName(): string | null {
    const { name, base } = this.candidate?.upstream ?? {};
    return name === undefined || name === DEFAULT_UPSTREAM || name === base?.address ? null : name;
  }

  /** A fault in the price book costs this request's price, not the process. */
  #price(runs: readonly UsageRun[], model: string | null): PriceAnswer {
    const upstream = this.base.origin;
    try {
      return this.#options.prices.cost({ runs, model, upstream, atMs: this.startedAtMs });
    } catch {
      // An unknown price is an honest answer.
      return { costNanoUsd: null, source: null };
    }
  }

  #promptText(): string {
    if (this.body === null) return '';
    try {
      return this.mount.protocol.promptText(this.endpoint, JSON.parse(this.body.toString('utf8')));
    } catch {
      // A body that is no JSON has no prompt that could be counted.
      return '';
    }
  }

  #sinceArrival(): number {
    return Math.round((this.#options.clock.monotonicMs() - this.#arrivedMs) * 1000) / 1000;
  }
}
