// A request in the form in which it leaves for an upstream: the body as planned, and what only this upstream needs.

import { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import { replaceTopLevelValue } from '../../protocols/json/top-level-json.ts';
import { translatedRequestHeaders } from '../../translation/translated-headers.ts';
import type { Candidate } from '../../upstream/candidates.ts';
import { headersAt, targetAt } from '../../upstream/credentials.ts';
import type { Forwarder, UpstreamRequest } from '../../upstream/forward.ts';
import { joinUpstreamPath } from '../../upstream/join-url.ts';
import type { Prepared } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { GuardedHandler, guard } from '../guard.ts';
import { upstreamHeaders } from '../headers.ts';
import { HOPS_HEADER, nextHops } from '../hops.ts';
import { bodyTooLarge, hasBody } from '../read-body.ts';
import { AskedAnswer, type UsageQuestions } from './usage-questions.ts';

export interface OutgoingOptions {
  readonly bodyBytesMax: number;
  readonly asksForStreamUsage: boolean;
  /** Stands for this proxy on the requests that it has sent. */
  readonly hop: string;
  readonly forwarder: Forwarder;
  readonly usageQuestions: UsageQuestions;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #exchange: Exchange;
  readonly #prepared: Pick<Prepared, 'body' | 'text' | 'isRecoded'>;
  #withQuestion: Buffer | null;

  /** The body of `prepared` is null where it is streamed through, or there is none. */
  constructor(
    exchange: Exchange,
    prepared: Pick<Prepared, 'body' | 'text' | 'isRecoded'>,
    options: OutgoingOptions,
  ) {
    this.#options = options;
    this.#exchange = exchange;
    this.#prepared = prepared;
    this.#withQuestion = this.#askForUsage();
  }

  /** Whether the stream of the upstream that is asked holds usage that its client did not ask for. */
  get asksForUsage(): boolean {
    return this.#asked !== null;
  }

  /** The head of the client's answer came. */
  answered(status: number): void {
    const { facts, base, modelThere } = this.#exchange;
    const clientAsked = facts.stream && facts.hasStreamOptions && !facts.lacksStreamUsage;
    if (clientAsked && status < 400) this.#options.usageQuestions.answered(base, modelThere);
  }

  get #asked(): Buffer | null {
    const question = this.#withQuestion;
    if (question === null) return null;
    const { base, modelThere } = this.#exchange;
    return this.#options.usageQuestions.mayAsk(base, modelThere) ? question : null;
  }

  /** Sends it to the mount's own upstream. */
  dispatch(handler: Dispatcher.DispatchHandler): void {
    this.#dispatch(() => this.#request(), handler);
  }

  /** Sends it to the candidate that the exchange is at. `key` is the upstream's own; null without one. */
  dispatchTo(candidate: Candidate, key: string | null, handler: Dispatcher.DispatchHandler): void {
    this.#dispatch(() => this.#requestTo(candidate, key), handler);
  }

  /** Where the question for usage is refused, it is sent as the client wrote it. */
  #dispatch(request: () => UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    const { forwarder, usageQuestions } = this.#options;
    const exchange = this.#exchange;
    const plain = new GuardedHandler(exchange, handler);
    if (!this.asksForUsage) {
      forwarder.dispatch(request(), plain);
      return;
    }
    const onRefused = (namesQuestion: boolean): void => {
      if (namesQuestion) usageQuestions.refused(exchange.base, exchange.modelThere);
      this.#withQuestion = null;
      forwarder.dispatch(request(), plain);
    };
    const asked = new AskedAnswer({ handler, onRefused: guard(exchange, onRefused) });
    forwarder.dispatch(request(), new GuardedHandler(exchange, asked));
  }

  /** A body that passes through as it comes is gone once it was sent. */
  get canBeSentAgain(): boolean {
    return this.#prepared.body !== null || !hasBody(this.#exchange.request);
  }

  #request(): UpstreamRequest {
    const { mount, target } = this.#exchange;
    return {
      origin: mount.base.origin,
      path: joinUpstreamPath(mount.base, target),
      method: this.#exchange.method,
      headers: this.#headers(this.#prepared.isRecoded),
      body: this.#asked ?? this.#prepared.body ?? this.#streamed(),
    };
  }

  #requestTo(candidate: Candidate, key: string | null): UpstreamRequest {
    const { upstream } = candidate;
    const { body, isRecoded } = this.#bodyFor(candidate);
    return {
      origin: upstream.base.origin,
      path: joinUpstreamPath(
        upstream.base,
        this.#exchange.translation?.path ?? targetAt(candidate, this.#exchange.target),
      ),
      method: this.#exchange.method,
      headers: headersAt(candidate, this.#headers(isRecoded), key),
      body: body ?? this.#streamed(),
    };
  }

  /** The same bytes for every upstream, but for the value of `model` where one has another name for it. */
  #bodyFor({ model }: Candidate): Pick<Prepared, 'body' | 'isRecoded'> {
    const { translation } = this.#exchange;
    const { body, text, isRecoded } = this.#prepared;
    const planned = this.#asked ?? body;
    const isRenamed = planned !== null && model !== null && model !== this.#exchange.model;
    // What was compressed is renamed in its text, and leaves as that.
    const source = this.#asked ?? translation?.body ?? text;
    if (!isRenamed || source === null) return { body: planned, isRecoded };
    const renamed = replaceTopLevelValue(source, 'model', JSON.stringify(model));
    if (renamed === null) return { body: planned, isRecoded };
    return { body: renamed, isRecoded: isRecoded || source !== planned };
  }

  #headers(isRecoded: boolean): string[] {
    const { request, translation } = this.#exchange;
    const headers = upstreamHeaders(request.rawHeaders, request.headers.connection, {
      lengthIsKnown: this.#prepared.body !== null,
      identityOnly: this.#asked !== null,
      isRecoded,
      traceparent: this.#exchange.traceparent,
    });
    const kept =
      translation === null ? headers : translatedRequestHeaders(headers, translation.protocol.name);
    kept.push(HOPS_HEADER, nextHops(request.headers[HOPS_HEADER], this.#options.hop));
    return kept;
  }

  /** The body with the question for usage, where the client's stream lacks it. One that is compressed stays as it is. */
  #askForUsage(): Buffer | null {
    const { mount, facts, translation } = this.#exchange;
    const { body, text } = this.#prepared;
    // A translated one asks already, where its API wants to be asked.
    if (translation !== null || body === null || body !== text) return null;
    const { streamUsage } = mount.protocol;
    const wanted = this.#options.asksForStreamUsage && facts.lacksStreamUsage;
    return wanted && streamUsage !== null ? streamUsage.ask(body, facts) : null;
  }

  /** A body that is passed on as it comes, within the limit. */
  #streamed(): Transform | null {
    const exchange = this.#exchange;
    const { request } = exchange;
    if (!hasBody(request)) return null;
    const bytesMax = this.#options.bodyBytesMax;
    const limiter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        exchange.requestBytes += chunk.length;
        const error = exchange.requestBytes > bytesMax ? bodyTooLarge(bytesMax) : faultOf(exchange, chunk);
        if (error !== null) done(error);
        // What is looked at takes time: others have their turn before the next piece.
        else if (exchange.onBodyBytes !== null) setImmediate(done, null, chunk);
        else done(null, chunk);
      },
    });
    // Errors of the pipe reach the relay through the limiter, which undici watches. What the client still sends
    // is dropped: one that reads the answer only after its last byte would wait forever.
    limiter.on('error', () => {});
    limiter.on('close', () => {
      request.unpipe(limiter);
      request.resume();
    });
    request.on('close', () => {
      if (!request.complete) limiter.destroy(new TokenWatchError('client_gone', 'The client went away.'));
    });
    return request.pipe(limiter);
  }
}

/** What is wrong with a body that passes; null for nothing. */
function faultOf({ onBodyBytes }: Exchange, chunk: Buffer): Error | null {
  try {
    onBodyBytes?.(chunk);
    return null;
  } catch (error) {
    return error as Error;
  }
}
