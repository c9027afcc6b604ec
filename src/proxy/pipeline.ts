// The one place that orders the steps of a request:
// arrive → read the body → read its facts → plan (tag, route, A/B) → budget gate → journal the start → cache →
// forward → relay and meter → settle.

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Journal, TokenEstimator } from '../core/journal.ts';
import type { Prices } from '../core/price.ts';
import type { MeterReading } from '../core/protocol.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import type { BudgetGate, Weighed } from '../ledger/gate.ts';
import { EMPTY_READING } from '../protocols/metering.ts';
import type { FailoverRules } from '../upstream/failover.ts';
import { type Forwarder, upstreamError } from '../upstream/forward.ts';
import type { Health } from '../upstream/health.ts';
import type { KeyReader } from '../upstream/keys.ts';
import { Afterwork } from './afterwork.ts';
import type { CacheStep } from './cache-step.ts';
import { type Mount, NO_FACTS } from './call.ts';
import { Delivery } from './delivery.ts';
import { REQUEST_ID_HEADER } from './error-response.ts';
import { type EndOutcome, Exchange } from './exchange.ts';
import { handshakeOf } from './handshake.ts';
import type { ResponseHeaders } from './headers.ts';
import { isPlain, MeterTap } from './meter-tap.ts';
import { Outgoing } from './outgoing.ts';
import type { Planner } from './planner.ts';
import { gateRequest, isDocument, prepare } from './prepare.ts';
import { bodyTooLarge, readBody } from './read-body.ts';
import { Relay } from './relay.ts';
import { TranslatedAnswer } from './translated-answer.ts';
import { Tunnels } from './tunnel.ts';

export interface PipelineOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly prices: Prices;
  readonly estimator: TokenEstimator;
  readonly forwarder: Forwarder;
  readonly bodyBytesMax: number;
  readonly connectTimeoutMs: number;
  readonly overallTimeoutMs: number;
  readonly asksForStreamUsage: boolean;
  /** Null where budgets are off. */
  readonly budgets: BudgetGate | null;
  /** Null where the cache is off. */
  readonly cache: CacheStep | null;
  readonly planner: Planner;
  readonly health: Health;
  readonly keys: KeyReader;
  readonly failover: FailoverRules;
  readonly onStarted: (start: RequestStart) => void;
  readonly onSettled: (start: RequestStart, end: RequestEnd) => void;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #tunnels: Tunnels;
  readonly #afterwork = new Afterwork();
  /** Requests that have begun and are not settled. A count: a set would keep their starts from being collected. */
  #unsettled = 0;
  #whenSettled: (() => void) | null = null;

  constructor(options: PipelineOptions) {
    this.#options = {
      ...options,
      onStarted: (start) => {
        this.#unsettled += 1;
        options.onStarted(start);
      },
      onSettled: (start, end) => {
        this.#unsettled -= 1;
        options.onSettled(start, end);
        if (this.#unsettled === 0) this.#whenSettled?.();
      },
    };
    this.#tunnels = new Tunnels({
      prepareHandshake: (exchange) => handshakeOf(exchange, options.keys),
      connectTimeoutMs: options.connectTimeoutMs,
      answerTimeoutMs: options.overallTimeoutMs,
      flush: () => options.journal.flush(),
    });
  }

  /** Resolves when every request that has begun is settled (an estimate may take a moment longer than its answer). */
  async settled(): Promise<void> {
    this.#afterwork.run();
    if (this.#unsettled === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
  }

  /** A WebSocket. `head` is what the client sent behind its handshake. */
  upgrade(mount: Mount, target: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // For answers that are no upgrade: an error of ours, or the upstream's refusal.
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    const exchange = new Exchange(this.#options, mount, target, request, response);
    const model = new URLSearchParams(target.split('?')[1]).get('model');
    exchange.facts = { ...NO_FACTS, model, stream: true };
    this.#catchUp();
    this.#options.planner.plan(exchange, undefined);
    this.#admit(exchange, undefined, (budgetHeaders) => {
      exchange.begin();
      exchange.sent = true;
      this.#tunnels.open(exchange, socket, head, [...budgetHeaders, ...upstreamNotes(exchange)]);
    });
  }

  /** Cuts the WebSockets, which would not end by themselves. */
  cutTunnels(): void {
    this.#tunnels.close();
  }

  /** `target` is the path and query below the mount. */
  handle(mount: Mount, target: string, request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(this.#options, mount, target, request, response);
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > this.#options.bodyBytesMax) {
      exchange.fail(bodyTooLarge(this.#options.bodyBytesMax), 'refused');
      return;
    }
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    if (!isDocument(exchange)) {
      this.#forward(exchange, null);
      return;
    }
    readBody(request, this.#options.bodyBytesMax, (error, body) => {
      if (error !== null) exchange.fail(error, error.code === 'client_gone' ? 'client_gone' : 'refused');
      else this.#forward(exchange, body);
    });
  }

  #forward(exchange: Exchange, body: Buffer | null): void {
    if (body !== null) exchange.requestBytes = body.length;
    this.#catchUp();
    const { planner, cache } = this.#options;
    const prepared = prepare(planner, exchange, body);
    if (prepared.refusal !== null) {
      exchange.fail(prepared.refusal, 'refused');
      return;
    }
    this.#admit(exchange, prepared.document, (budgetHeaders) => {
      exchange.begin();
      const headers = [...prepared.headers, ...budgetHeaders];
      if (cache === null) this.#send(exchange, prepared.body, headers);
      else cache.consult(exchange, prepared, headers, (all) => this.#send(exchange, prepared.body, all));
    });
  }

  /** Settles what is answered, where a decision about the next request may depend on it. */
  #catchUp(): void {
    const { planner, budgets, cache } = this.#options;
    if (cache !== null || planner.followsRules || budgets?.limitsAnything) this.#afterwork.run();
  }

  /** Sends it upstream, and the answer, with `extraHeaders`, to the client. */
  #send(exchange: Exchange, body: Buffer | null, extraHeaders: readonly string[]): void {
    const outgoing = new Outgoing(exchange, body, this.#options);
    const relay = this.#relay(exchange, outgoing.asksForUsage, extraHeaders);
    exchange.sent = true;
    if (exchange.candidates === null) this.#options.forwarder.dispatch(outgoing.request(), relay);
    else new Delivery(this.#options, exchange, outgoing, relay, this.#sink(exchange, relay)).start();
  }

  /** What takes the upstream's answer: the relay, or what brings it into the client's form for it. */
  #sink(exchange: Exchange, relay: Relay): Dispatcher.DispatchHandler {
    const { translation, mount, endpoint, id } = exchange;
    if (translation === null) return relay;
    return new TranslatedAnswer({
      next: relay,
      translation,
      client: { protocol: mount.protocol, endpoint, requestId: id },
      createdAtSeconds: Math.floor(exchange.startedAtMs / 1000),
      onHead: (status, headers) => this.#tap(exchange, status, headers, false),
      onUntranslatable: (error) => {
        exchange.failure ??= { error, outcome: 'upstream_error' };
      },
    });
  }

  /** Sets money aside, then goes on with headers for the answer; or refuses the request, and answers it. */
  #admit(exchange: Exchange, document: unknown, goOn: (headers: readonly string[]) => void): void {
    const { budgets } = this.#options;
    if (budgets === null) {
      goOn([]);
      return;
    }
    const request = gateRequest(exchange, document);
    const answer = (weighed: Weighed): void => {
      const admission = budgets.admit(request, weighed);
      if (admission.ticket === null) {
        exchange.fail(admission.error, 'refused');
        return;
      }
      exchange.ticket = admission.ticket;
      goOn(Object.entries(admission.headers).flat());
    };
    const weighed = budgets.weigh(request);
    if (!weighed.isTight) {
      answer(weighed);
      return;
    }
    const leave = (): void =>
      exchange.fail(new TokenWatchError('client_gone', 'The client went away.'), 'client_gone');
    exchange.response.once('close', leave);
    budgets.count(request).then((counted) => {
      if (exchange.isFinished) return;
      exchange.response.off('close', leave);
      answer(counted);
    });
  }

  #relay(exchange: Exchange, filtersUsage: boolean, extraHeaders: readonly string[]): Relay {
    const { response, mount } = exchange;
    const relay = new Relay({
      response,
      streamFilter: filtersUsage ? (mount.protocol.streamUsage?.filter() ?? null) : null,
      wholeAnswerTimeoutMs: this.#options.overallTimeoutMs,
      onHead: (status, headers) => {
        exchange.status = status;
        exchange.upstreamRequestId = headers.upstreamRequestId;
        this.#options.journal.flushStarts();
        // A translated answer is counted in the form in which it came.
        const tap = exchange.translation === null ? this.#tap(exchange, status, headers, filtersUsage) : null;
        return { extra: [REQUEST_ID_HEADER, exchange.id, ...extraHeaders, ...upstreamNotes(exchange)], tap };
      },
      onFirstByte: () => exchange.markFirstByte(),
      keepsFlowing: (waitingBytes) => exchange.recording?.keepsFlowing(waitingBytes) ?? false,
      onEnd: (how) => exchange.recording?.ended(how),
      onFailure: (cause, headSent) => {
        if (exchange.failure !== null) return;
        const error = upstreamError(cause, exchange.base.origin, headSent);
        exchange.failure = { error, outcome: outcomeOf(error) };
        // A client that has seen the beginning must see the break, not a clean end.
        if (headSent) response.destroy();
        else exchange.fail(error, exchange.failure.outcome);
      },
    });
    exchange.ticket?.onCut((error) => cut(exchange, relay, error));
    this.#settleAtEnd(exchange, relay);
    return relay;
  }

  /** Settles when the client has its answer or has left; an answer that others follow goes on until they have it. */
  #settleAtEnd(exchange: Exchange, relay: Relay): void {
    const { response, recording } = exchange;
    let isSettled = false;
    const settle = (): void => {
      if (!isSettled) this.#settle(exchange, relay);
      isSettled = true;
    };
    const leave = (): void => {
      relay.abort(new TokenWatchError('client_gone', 'The client went away.'));
      settle();
    };
    recording?.lead(
      () => relay.flow(),
      () => {
        if (relay.isDetached) leave();
      },
    );
    response.on('close', () => {
      exchange.markOver();
      if (exchange.failure !== null) {
        settle();
        return;
      }
      if (response.writableFinished) {
        this.#afterwork.add(settle);
        return;
      }
      if (!recording?.isFollowed || !relay.detach(settle)) leave();
    });
  }

  /** Counts an answer as its bytes come; null where nothing is to be counted. */
  #tap(exchange: Exchange, status: number, headers: ResponseHeaders, filtersUsage: boolean): MeterTap | null {
    const head = { status, contentType: headers.contentType };
    const { protocol } = exchange.translation ?? exchange.mount;
    const { endpoint, path } = exchange.translation ?? exchange;
    const metering = protocol.meter(endpoint, head, path);
    const meter =
      metering === null || exchange.recording === null || !exchange.isAsPlanned
        ? metering
        : exchange.recording.watch(
            {
              ...head,
              isPlain: isPlain(headers.contentEncoding),
              carriesUsage: filtersUsage || !exchange.facts.lacksStreamUsage,
            },
            metering,
          );
    const tap = meter === null ? null : new MeterTap(meter, headers.contentEncoding);
    if (exchange.ticket?.followsProgress)
      tap?.onProgress((characters) => exchange.ticket?.progress(characters));
    exchange.tap = tap;
    return tap;
  }

  #settle(exchange: Exchange, relay: Relay): void {
    const { failure } = exchange;
    exchange.responseBytes = Math.max(exchange.responseBytes, relay.responseBytes);
    const { tap } = exchange;
    const whole = exchange.response.writableFinished;
    const settle = (reading: MeterReading): void => {
      if (failure !== null) exchange.finish(failure.outcome, reading, failure.error.code);
      // A client that closes after the protocol's last word has its whole answer.
      else if (relay.isDetached || (!whole && !reading.complete))
        exchange.finish('client_gone', reading, 'client_gone');
      else {
        const isError = failed(exchange.status, reading.errorCode);
        exchange.finish(isError ? 'upstream_error' : 'completed', reading, null);
      }
    };
    if (tap === null) settle(EMPTY_READING);
    else tap.finish(settle);
  }
}

/** Ends a request in flight that budgets no longer allow, in the way that its client can still read. */
function cut(exchange: Exchange, relay: Relay, error: TokenWatchError): void {
  const { response, mount } = exchange;
  // An answer that is out has nothing left to be cut.
  if (exchange.failure !== null || response.writableFinished) return;
  exchange.failure = { error, outcome: 'cut' };
  if (!response.headersSent) {
    relay.abort(error);
    exchange.fail(error, 'cut');
  } else if (!relay.endStream(mount.protocol.errorEvent(error, exchange.id), error)) {
    relay.abort(error);
    response.destroy();
  }
}

/** Nothing has left the proxy. */
const UNSENT: ReadonlySet<string> = new Set([
  'upstream_key_missing',
  'upstream_rate_limited',
  'upstream_resting',
]);

function outcomeOf(error: TokenWatchError): EndOutcome {
  if (error.code === 'upstream_timeout') return 'timed_out';
  if (UNSENT.has(error.code)) return 'refused';
  if (error.code === 'upstream_broken') return 'upstream_broken';
  if (error.code === 'answer_not_translatable') return 'upstream_error';
  if (error.code === 'client_gone') return 'client_gone';
  if (error.code === 'body_too_large' || error.code === 'bad_request') return 'refused';
  return 'unreachable';
}

/** Where there was a choice, who answered, and after how many were asked. */
function upstreamNotes({ candidate, attempts }: Exchange): readonly string[] {
  if (candidate === null) return [];
  const count = attempts.length > 1 ? ['x-tokenwatch-attempts', String(attempts.length)] : [];
  return ['x-tokenwatch-upstream', encodeURI(candidate.upstream.name), ...count];
}

function failed(status: number | null, errorCode: string | null): boolean {
  return (status ?? 0) >= 400 || errorCode !== null;
}
