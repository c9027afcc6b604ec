// Asks the same upstream once more, where it could not be reached or asked for a moment's rest, and nothing of an
// answer has come: for a request that no other upstream could take.
//
// States: asked → passing (an answer, or a failure that stays one, goes on) | resting (what came is dropped) → asked.

import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { UpstreamAttempt } from '../../core/record.ts';
import { DEFAULT_UPSTREAM } from '../../core/upstream.ts';
import { forbidsRetry, restUntil } from '../../upstream/failover.ts';
import { isBrokenConnection } from '../../upstream/forward.ts';
import type { Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import type { Waiting } from './attempt.ts';

export interface RetriedAnswerOptions {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly retriesMax: number;
  readonly waiting: Waiting;
  /** What the last answer passes to. */
  readonly handler: Dispatcher.DispatchHandler;
  readonly sender: Sender;
}

/** Sends the request; its answer comes to the handler. */
export interface Sender {
  dispatch(handler: Dispatcher.DispatchHandler): void;
}

/** An upstream that wants more rest is its client's to wait for: it may have better to do. */
const REST_MS_MAX = 5000;
/** Long enough for a server that is started anew to listen again. */
const CONNECT_PAUSE_MS = 200;

export class RetriedAnswer implements Dispatcher.DispatchHandler {
  readonly #options: RetriedAnswerOptions;
  #left: number;
  #isPassing = false;
  #beganMs = 0;
  /** Of the answer that was dropped. */
  #dropped: Dispatcher.DispatchController | null = null;

  constructor(options: RetriedAnswerOptions) {
    this.#options = options;
    this.#left = options.retriesMax;
    this.#beganMs = options.clock.monotonicMs();
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#options.handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    if (controller === this.#dropped || status < 200) return;
    const restMs = this.#left > 0 ? this.#restMs(controller, status) : null;
    if (restMs === null) {
      this.#isPassing = true;
      // Where there was a choice of upstreams, it is noted there.
      if (this.#left < this.#options.retriesMax && this.#options.exchange.candidates === null)
        this.#note('answered', status);
      this.#options.handler.onResponseStart?.(controller, status, headers, statusMessage);
      return;
    }
    this.#dropped = controller;
    this.#again('error_status', status, restMs);
    controller.abort(new Error('the upstream is asked again'));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (controller !== this.#dropped) this.#options.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    if (controller !== this.#dropped) this.#options.handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (controller === this.#dropped && controller !== null) return;
    const { exchange, handler, waiting } = this.#options;
    const mayGoOn = !this.#isPassing && waiting.abortReason === null && this.#left > 0;
    if (mayGoOn && mayPass(error)) this.#again('unreachable', null, CONNECT_PAUSE_MS);
    else if (mayGoOn && HARMLESS.has(exchange.method) && isBrokenConnection(error))
      this.#again('broken', null, 0);
    else {
      if (!this.#isPassing && this.#left < this.#options.retriesMax && exchange.candidates === null)
        this.#note('unreachable', null);
      handler.onResponseError?.(controller, error);
    }
  }

  /** Null for an answer that passes. */
  #restMs(controller: Dispatcher.DispatchController, status: number): number | null {
    if (status !== 429 && status < 500) return null;
    const headers = (controller.rawHeaders ?? []) as readonly Buffer[];
    if (forbidsRetry(headers)) return null;
    const nowMs = this.#options.clock.now();
    const untilMs = restUntil(headers, nowMs);
    if (untilMs === null || untilMs - nowMs > REST_MS_MAX) return null;
    return Math.max(0, untilMs - nowMs);
  }

  #note(outcome: UpstreamAttempt['outcome'], status: number | null): void {
    const { exchange, clock } = this.#options;
    const ms = Math.round((clock.monotonicMs() - this.#beganMs) * 1000) / 1000;
    const upstream = exchange.candidate?.upstream.name ?? DEFAULT_UPSTREAM;
    exchange.attempts.push({ upstream, model: exchange.modelThere, outcome, status, ms });
  }

  #again(outcome: 'error_status' | 'unreachable' | 'broken', status: number | null, pauseMs: number): void {
    const { exchange, clock, waiting, sender } = this.#options;
    this.#note(outcome, status);
    this.#left -= 1;
    waiting.waitAgain();
    const ask = guard(exchange, () => {
      // Its client may have left meanwhile, or its budget have ended it.
      if (exchange.isFinished || exchange.response.destroyed) return;
      this.#beganMs = clock.monotonicMs();
      sender.dispatch(this);
    });
    setTimeout(ask, pauseMs);
  }
}

/**
 * What only reads is asked again on a new connection where one died under it, as browsers do: a server may close one that
 * has waited at the moment in which it is used. What may cost is not: it may have been done.
 */
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Failures to connect that may be over in a moment; a wrong name, a certificate or a proxy's refusal are not. */
const MAY_PASS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

function mayPass(error: Error): boolean {
  const causes: readonly Error[] = error instanceof AggregateError ? error.errors : [error];
  return causes.some((cause) => MAY_PASS.has((cause as NodeJS.ErrnoException).code ?? ''));
}
