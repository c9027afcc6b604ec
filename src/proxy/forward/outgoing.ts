// A request in the form in which it leaves for an upstream: the body as planned, and what only this upstream needs.

import { Transform } from 'node:stream';
import { TokenWatchError } from '../../core/errors.ts';
import { replaceTopLevelValue } from '../../protocols/top-level-json.ts';
import { translatedRequestHeaders } from '../../translation/translated-headers.ts';
import type { Candidate } from '../../upstream/candidates.ts';
import { headersAt, targetAt } from '../../upstream/credentials.ts';
import type { UpstreamRequest } from '../../upstream/forward.ts';
import { joinUpstreamPath } from '../../upstream/join-url.ts';
import type { Exchange } from '../exchange.ts';
import { upstreamHeaders } from '../headers.ts';
import { bodyTooLarge, hasBody } from '../read-body.ts';

export interface OutgoingOptions {
  readonly bodyBytesMax: number;
  readonly asksForStreamUsage: boolean;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #exchange: Exchange;
  readonly #planned: Buffer | null;
  readonly #asked: Buffer | null;

  /** `planned` is the body with the planned model, translated where it must be; null where it is streamed through, or there is none. */
  constructor(exchange: Exchange, planned: Buffer | null, options: OutgoingOptions) {
    this.#options = options;
    this.#exchange = exchange;
    this.#planned = planned;
    this.#asked = planned === null ? null : this.#askForUsage(planned);
  }

  /** Whether the answer's stream holds usage that its client did not ask for. */
  get asksForUsage(): boolean {
    return this.#asked !== null;
  }

  /** A body that passes through as it comes is gone once it was sent. */
  get canBeSentAgain(): boolean {
    return this.#planned !== null || !hasBody(this.#exchange.request);
  }

  /** For the mount's own upstream. */
  request(): UpstreamRequest {
    const { mount, target } = this.#exchange;
    return {
      origin: mount.base.origin,
      path: joinUpstreamPath(mount.base, target),
      method: this.#exchange.method,
      headers: this.#headers(),
      body: this.#asked ?? this.#planned ?? this.#streamed(),
    };
  }

  /** `key` is the upstream's own; null without one. */
  requestTo(candidate: Candidate, key: string | null): UpstreamRequest {
    const { upstream } = candidate;
    return {
      origin: upstream.base.origin,
      path: joinUpstreamPath(
        upstream.base,
        this.#exchange.translation?.path ?? targetAt(candidate, this.#exchange.target),
      ),
      method: this.#exchange.method,
      headers: headersAt(candidate, this.#headers(), key),
      body: this.#bodyFor(candidate) ?? this.#streamed(),
    };
  }

  /** The same bytes for every upstream, but for the value of `model` where one has another name for it. */
  #bodyFor({ model }: Candidate): Buffer | null {
    const body = this.#asked ?? this.#planned;
    if (body === null || model === null || model === this.#exchange.model) return body;
    return replaceTopLevelValue(body, 'model', JSON.stringify(model)) ?? body;
  }

  #headers(): string[] {
    const { request, translation } = this.#exchange;
    const headers = upstreamHeaders(request.rawHeaders, request.headers.connection, {
      lengthIsKnown: this.#planned !== null,
      identityOnly: this.#asked !== null,
    });
    return translation === null ? headers : translatedRequestHeaders(headers, translation.protocol.name);
  }

  /** The body with the question for usage, where the client's stream lacks it. */
  #askForUsage(body: Buffer): Buffer | null {
    const { mount, request, facts, translation } = this.#exchange;
    // A translated one asks already, where its API wants to be asked.
    if (translation !== null) return null;
    const { streamUsage } = mount.protocol;
    const isPlain = request.headers['content-encoding'] === undefined;
    const wanted = this.#options.asksForStreamUsage && facts.lacksStreamUsage && isPlain;
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
        if (exchange.requestBytes > bytesMax) done(bodyTooLarge(bytesMax));
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
