// One request's life from arrival to record. Whatever happens, `finish` settles it exactly once.

import { randomUUIDv7 } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { KeyAdmission } from '../access/keys/key-use.ts';
import type { Recording } from '../cache/recording.ts';
import { boundedEnd, RUNS_MAX } from '../core/bounded-end.ts';
import type { FreshReading } from '../core/charged-lines.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Journal, JournalEntry, TokenEstimator } from '../core/journal.ts';
import type { LinkedSet } from '../core/linked-set.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Prices } from '../core/price.ts';
import type { MeterReading } from '../core/protocol.ts';
import type { CacheUse, RequestEnd, RequestStart, UpstreamAttempt } from '../core/record.ts';
import type { RequestSight } from '../core/request-sight.ts';
import type { Transcript } from '../core/transcript.ts';
import { allInputTokens, isUsed, totalUsage, type UsageRun, type UsageSource } from '../core/usage.ts';
import type { BudgetTicket } from '../ledger/budget-ticket.ts';
import { chargeBasis } from '../protocols/charge-basis.ts';
import { EMPTY_READING } from '../protocols/meters/metering.ts';
import { estimateUsage } from '../protocols/tokens/estimate-usage.ts';
import { billingKeyOf, type ChargedBefore, unchargedReading } from './billing-key.ts';
import { Call, type Mount } from './call.ts';
import type { Ending, EndOutcome } from './ending.ts';
import { sendError, statusFor } from './error-response.ts';
import { estimateQuestion } from './estimate-question.ts';
import { type GuardedRequest, type GuardedResponse, guard } from './guard.ts';
import { priceQuestion, recordedRuns, settledCost } from './listed-price.ts';
import { requestStart, upstreamNameOf } from './request-start.ts';
import { type NewChunkGaps, RequestTimes } from './request-times.ts';

/** What an exchange must know of the tap on its answer, to estimate what it used. */
interface AnswerText {
  generatedText(): string;
}

/** What has a request at work. */
export interface Cuttable {
  /** Ends it, in the way that its client can still read. */
  cut(error: TokenWatchError): void;
}

export interface ExchangeOptions extends ChargedBefore {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly prices: Prices;
  readonly estimator: TokenEstimator;
  /** Requests that have arrived and are not settled. */
  readonly open: LinkedSet<Exchange>;
  readonly onStarted: (start: RequestStart) => void;
  readonly onSettled: (start: RequestStart, end: RequestEnd, sight: RequestSight) => void;
  /** What the upstream is told of the trace; null where none is passed on. */
  readonly tracing: { readonly traceparent: (id: string, headers: IncomingHttpHeaders) => string } | null;
  /** Measures how far the parts of a stream are apart; null where nobody asks. */
  readonly newChunkGaps: NewChunkGaps;
  /** A fault of TokenWatch's own ended this request. */
  readonly onFault: (requestId: string, fault: unknown) => void;
}

/** A stream that a fault has ended waits this long for the event on its way. */
const LAST_WORD_MS = 1500;

export class Exchange extends Call implements RequestSight {
  readonly request: GuardedRequest;
  readonly response: GuardedResponse;
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
  /** Of a session: what it has paid so far. */
  paidNanoUsd: NanoUsd = 0;
  /** What it took of its access key's limits; null where it has none. */
  admission: KeyAdmission | null = null;
  /** Told of a body that is streamed through, as it passes; what it throws ends the request. */
  onBodyBytes: ((bytes: Uint8Array) => void) | null = null;
  /** Takes its answer for the cache; null where it is not to be kept. */
  recording: Recording | null = null;
  /** Copies it for the archive; null where it is not to be kept. */
  transcript: Transcript | null = null;
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
  readonly times: RequestTimes;
  #entry: JournalEntry | null = null;
  #worker: Cuttable | null = null;
  #finished = false;
  #isSettled = false;
  #isEstimating = false;
  #hasCrashed = false;

  constructor(
    options: ExchangeOptions,
    mount: Mount,
    target: string,
    request: GuardedRequest,
    response: GuardedResponse,
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
    request.guarded = this;
    response.guarded = this;
    options.open.add(this);
    this.times = new RequestTimes(options.clock, options.newChunkGaps);
  }

  /** Its client has seen the beginning of an answer, or has its WebSocket. */
  get hasBegunAnswer(): boolean {
    return this.response.headersSent || this.status === 101;
  }

  get isFinished(): boolean {
    return this.#finished;
  }

  /** In place of the client's own, for the upstream; null: the client's own passes. */
  get traceparent(): string | null {
    return this.#options.tracing?.traceparent(this.id, this.headers) ?? null;
  }

  /** Journals the start, with what is known by now. */
  begin(): JournalEntry {
    this.times.markBegun();
    const { ticket } = this;
    const start = requestStart(this, ticket);
    const entry = this.#options.journal.start(start);
    this.#entry = entry;
    if (ticket !== null) ticket.watcher = this;
    this.#options.onStarted(start);
    return entry;
  }

  /** What budgets set aside for it has become more: so it stands in its record, should the process be killed. */
  reservationGrew(reservedNanoUsd: NanoUsd, paidModel: string | null = null): boolean {
    const { journal } = this.#options;
    if (this.#entry !== null) journal.raise(this.#entry, reservedNanoUsd, paidModel);
    return journal.makeDurable();
  }

  /** It leaves for the upstream. */
  markSent(): void {
    this.sent = true;
    this.times.markSent();
  }

  /** Who ends it while it is at work. The last one said holds. */
  workedBy(worker: Cuttable): void {
    this.#worker = worker;
    this.ticket?.onCut(guard(this, (error: TokenWatchError) => worker.cut(error)));
  }

  /** Ends it now, in the way that its client can still read. */
  cut(error: TokenWatchError): void {
    if (this.#finished) return;
    if (this.#worker === null) this.fail(error, 'refused');
    else this.#worker.cut(error);
  }

  /** A fault of ours in this request: its client hears of it if it can, its record says so, and so does the log. */
  crash(fault: unknown): void {
    this.#options.onFault(this.id, fault);
    try {
      const error = new TokenWatchError(
        'internal_error',
        `TokenWatch failed at this request; its log says why, under ${this.id}. Other requests go on.`,
      );
      if (this.#hasCrashed) this.#endBare(error);
      else {
        this.#hasCrashed = true;
        this.#endCrashed(error);
      }
    } catch (another) {
      this.#options.onFault(this.id, another);
      this.response.destroy();
    }
  }

  #endCrashed(error: TokenWatchError): void {
    const { response } = this;
    if (this.#finished || response.closed) {
      this.#endBare(error);
      return;
    }
    this.cut(error);
    // An answer that has begun ends with a last word where it can, and breaks off where it cannot.
    if (!response.writableEnded) setTimeout(() => response.destroy(), LAST_WORD_MS).unref();
  }

  /** The record at least, whatever else is lost. */
  #endBare(error: TokenWatchError): void {
    const { response } = this;
    if (!response.writableFinished) response.destroy();
    const outcome: EndOutcome = response.writableFinished ? 'completed' : this.sent ? 'cut' : 'refused';
    if (!this.#finished) this.finish(outcome, EMPTY_READING, error.code);
    else if (!this.#isSettled && !this.#isEstimating && this.#entry !== null) {
      const latencyMs = this.times.now();
      const ending = {
        entry: this.#entry,
        outcome,
        reading: EMPTY_READING,
        errorCode: error.code,
        latencyMs,
        isUnknown: false,
        fresh: null,
      };
      this.#settle(ending, [], 'none');
    }
  }

  /** Answers with TokenWatch's own error, and records it. */
  fail(error: TokenWatchError, outcome: EndOutcome): void {
    if (this.#finished) return;
    if (!this.response.headersSent && !this.response.destroyed) {
      if (this.#entry === null) this.begin();
      this.#options.journal.flushStarts();
      this.status = statusFor(error, this.headers);
      this.responseBytes = sendError(this.response, this, error);
    }
    this.finish(outcome, EMPTY_READING, error.code);
  }

  /** Its client left before it had an answer. */
  leave(): void {
    this.fail(new TokenWatchError('client_gone', 'The client went away.'), 'client_gone');
  }

  /** Settles the record, with an estimate where the answer does not tell its usage; a second call does nothing. */
  finish(outcome: EndOutcome, told: MeterReading, errorCode: string | null): void {
    if (this.#finished) return;
    this.#finished = true;
    const fresh = unchargedReading(this, told, outcome === 'completed', this.#options);
    const errorInside = outcome === 'truncated' ? outcome : told.errorCode;
    if (errorInside !== null && (this.status ?? 0) < 400) this.onErrorInside?.(errorInside);
    const latencyMs = this.times.overAfterMs ?? this.times.now();
    const ended = { entry: this.#entry ?? this.begin(), outcome, errorCode, latencyMs };
    if (!(fresh instanceof Promise)) {
      this.#conclude({ ...ended, ...fresh });
      return;
    }
    this.#isEstimating = true;
    const conclude = guard(this, (read: FreshReading) => {
      this.#isEstimating = false;
      this.#conclude({ ...ended, ...read });
    });
    void fresh.then(conclude);
  }

  #conclude(ending: Omit<Ending, 'isUnknown'>): void {
    const { outcome, reading } = ending;
    const settle = (runs: readonly UsageRun[], source: UsageSource, isUnknown = false): void =>
      this.#settle({ ...ending, isUnknown }, runs, source);

    // A request that TokenWatch cut was at work upstream; one that is sent elsewhere was not.
    const isError = this.status !== null && this.status >= 300 && outcome !== 'cut';
    const { charge } = this.endpoint;
    const hasText = (): boolean => (this.tap?.generatedText() ?? '') !== '';
    const wasSilent = outcome === 'timed_out' && this.times.firstByteAfterMs === null;
    const basis = chargeBasis({ charge, sent: this.sent, isError, wasSilent, reading, hasText });
    if (basis === 'held') this.#settle({ ...ending, isUnknown: true, isHeld: true }, [], 'none');
    else if (basis === 'provider') settle(reading.runs, 'provider');
    else if (basis === 'nothing') settle([], 'none');
    else if (basis === 'unknown') settle(reading.runs, 'none', true);
    else {
      this.#isEstimating = true;
      this.recording?.ending(outcome, reading);
      const estimated = guard(this, (runs: readonly UsageRun[], source: UsageSource, isUnknown: boolean) => {
        this.#isEstimating = false;
        settle(runs, source, isUnknown);
      });
      estimateUsage(estimateQuestion(this, outcome, reading), this.#options.estimator).then(
        (runs) => estimated(runs, 'estimate', !isUsed(totalUsage(runs))),
        () => estimated(reading.runs, 'none', true),
      );
    }
  }

  /** Tells everyone what it came to: first the budgets, which others wait for. */
  #settle(ending: Ending, runs: readonly UsageRun[], usageSource: UsageSource): void {
    const { entry, reading } = ending;
    const end = this.#end(ending, runs, usageSource);
    this.#isSettled = true;
    this.#options.open.delete(this);
    // A fault in one of them must not keep the others from hearing of the end.
    try {
      this.admission?.release(this.#tokensUsed(end), this.#options.clock.monotonicMs());
      this.ticket?.settle(end);
    } finally {
      try {
        this.#options.journal.settle(entry, end);
        const { fresh } = ending;
        if (fresh !== null) this.#options.chargedLines.write(fresh.results, fresh.marks);
        this.#options.onSettled(entry.start, end, this);
      } finally {
        try {
          this.recording?.settled(end, reading);
        } finally {
          this.transcript?.settled(entry.start, end);
        }
      }
    }
  }

  #end(ending: Ending, told: readonly UsageRun[], usageSource: UsageSource): RequestEnd {
    const { outcome, reading, errorCode, latencyMs } = ending;
    const question = priceQuestion(this, told, reading.model);
    const { runs } = question;
    const model = reading.model ?? this.modelThere;
    // What was at work upstream and cannot be counted, for a fault of ours, did not cost nothing.
    const isUncounted = errorCode === 'internal_error' && this.sent && runs.length === 0;
    const isUnread = (runs.length > 0 && reading.hasUnpricedParts) || runs.length > RUNS_MAX;
    const isUnknown = isUncounted || ending.isUnknown || isUnread;
    const { clock, knownAnswers, prices } = this.#options;
    const cost = settledCost(prices, question, reading, { usageSource, isUnknown, paid: this.paidNanoUsd });
    return boundedEnd({
      upstream: this.base.address,
      upstreamName: upstreamNameOf(this),
      attempts: this.attempts.length > 1 ? this.attempts : null,
      outcome,
      status: this.status,
      errorCode: errorCode ?? reading.errorCode,
      upstreamRequestId: this.upstreamRequestId,
      responseId: reading.responseId,
      modelUsed: model,
      finishReason: reading.finishReason,
      timeToFirstByteMs: this.times.firstByteAfterMs,
      latencyMs,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      usage: totalUsage(runs),
      usageSource,
      runs: recordedRuns(prices, question, model, cost),
      serviceTier: runs[0]?.serviceTier ?? null,
      costNanoUsd: ending.isHeld ? (this.ticket?.reservedNanoUsd ?? null) : cost.costNanoUsd,
      reportedCostNanoUsd: reading.reportedCostNanoUsd,
      listCostNanoUsd: cost.listCostNanoUsd,
      priceSource: cost.source,
      costDoubt: cost.doubt,
      cacheUse: this.cacheUse,
      savedNanoUsd: this.savedNanoUsd,
      promptCacheSavedNanoUsd: cost.promptCacheSavedNanoUsd,
      billingKey: billingKeyOf(this, reading, runs, knownAnswers, clock.now()),
    });
  }

  /** For its access key's limit. Null where nobody knows. */
  #tokensUsed({ usage, usageSource, costNanoUsd }: RequestEnd): number | null {
    if (!this.sent) return 0;
    if (usageSource === 'none' && costNanoUsd !== 0) return null;
    return allInputTokens(usage) + usage.outputTokens;
  }
}
