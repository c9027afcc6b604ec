// Between an upstream of the other API and the relay: what arrives in that API's form goes on in the client's.
//
// States: waiting (no head) → streaming (each event goes on as it comes) or gathering (a whole document, an error, or a
// form that the client did not ask for; its head waits for the end) → done. The meter gets what the upstream sent.

import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import type { Endpoint, Protocol } from '../../core/protocol.ts';
import { asObject, type JsonObject, parseJson } from '../../protocols/json-value.ts';
import { hasManyValues } from '../../protocols/outline.ts';
import { beginsStream } from '../../protocols/sniffing-meter.ts';
import { untranslatableAnswer } from '../../translation/endings.ts';
import { errorIn, statusIn } from '../../translation/error-bodies.ts';
import { translatedAnswerHeaders } from '../../translation/translated-headers.ts';
import type { AnswerContext, StreamTranslation } from '../../translation/translator.ts';
import type { Translation } from '../call.ts';
import { errorHeaders } from '../error-response.ts';
import { type Guarded, guard } from '../guard.ts';
import { clientHeaders, type ResponseHeaders, withoutLength } from '../headers.ts';
import { decoderOf, isPlain } from './answer-decoder.ts';
import type { MeterTap } from './meter-tap.ts';

export interface TranslatedAnswerOptions {
  /** The relay: it gets an answer in the client's form. */
  readonly next: Dispatcher.DispatchHandler;
  readonly translation: Translation;
  /** Whose answer it is. */
  readonly guarded: Guarded;
  readonly client: { readonly protocol: Protocol; readonly endpoint: Endpoint; readonly requestId: string };
  readonly createdAtSeconds: number;
  /** The head arrived. Returns what counts the answer. */
  readonly onHead: (status: number, headers: ResponseHeaders) => MeterTap | null;
  /** The answer came, and the client's API has no form for it: it gets this error instead. */
  readonly onUntranslatable: (error: TokenWatchError) => void;
}

/** Several times what any model writes in one go. */
const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;
/** More would keep others waiting. */
const MEMBERS_MAX = 50_000;
const NO_HEADERS: ResponseHeaders = {
  forClient: [],
  contentType: null,
  contentEncoding: null,
  hasLength: false,
  hasTrailer: false,
  upstreamRequestId: null,
};

export class TranslatedAnswer implements Dispatcher.DispatchHandler {
  readonly #options: TranslatedAnswerOptions;
  #status = 0;
  #headers = NO_HEADERS;
  #tap: MeterTap | null = null;
  #decoder: Transform | null = null;
  #stream: StreamTranslation | null = null;
  /** Puts a stream together for a client that wants a whole answer; `#document` gets what it tells. */
  #gathered: StreamTranslation | null = null;
  #document: Uint8Array[] = [];
  #documentBytes = 0;
  #isDone = false;
  #isStream = false;

  constructor(options: TranslatedAnswerOptions) {
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#options.next.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const { translation, onHead } = this.#options;
    this.#status = status;
    this.#headers = withoutLength(clientHeaders((controller.rawHeaders ?? []) as readonly Buffer[]));
    this.#tap = onHead(status, this.#headers);
    this.#isStream = status < 400 && this.#headers.contentType === 'text/event-stream';
    if (translation.wish.stream && this.#isStream) this.#startStream(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isDone) return;
    this.#tap?.push(chunk);
    const { contentEncoding } = this.#headers;
    if (isPlain(contentEncoding)) {
      this.#take(controller, chunk);
      return;
    }
    this.#decoder ??= this.#startDecoder(controller, chunk);
    if (this.#decoder !== null && !this.#decoder.write(chunk)) {
      controller.pause();
      this.#decoder.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isDone) return;
    if (this.#decoder === null) this.#finish(controller);
    else this.#decoder.end();
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#decoder?.destroy();
    this.#options.next.onResponseError?.(controller, error);
  }

  #startStream(controller: Dispatcher.DispatchController): void {
    this.#stream = this.#options.translation.translator.stream(this.#context);
    this.#head(controller, 200, 'text/event-stream; charset=utf-8', ['cache-control', 'no-cache']);
  }

  get #context(): AnswerContext {
    const { translation, createdAtSeconds } = this.#options;
    return { wish: translation.wish, createdAtSeconds };
  }

  #startDecoder(controller: Dispatcher.DispatchController, first: Buffer): Transform | null {
    const decoder = decoderOf(this.#headers.contentEncoding, first);
    if (decoder === null) {
      this.#fail(
        controller,
        untranslatableAnswer(`its encoding "${this.#headers.contentEncoding}" is not known`),
      );
      return null;
    }
    const { guarded } = this.#options;
    const take = (bytes: Buffer): void => this.#take(controller, bytes);
    const fail = (cause: Error): void =>
      this.#break(controller, `it cannot be decompressed: ${cause.message}`);
    decoder.on('data', guard(guarded, take));
    decoder.on('error', guard(guarded, fail));
    decoder.on(
      'end',
      guard(guarded, () => this.#finish(controller)),
    );
    return decoder;
  }

  #take(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#isDone) return;
    if (!this.#isStream && this.#documentBytes === 0 && this.#status < 400 && beginsStream(bytes)) {
      // A stream under another name.
      this.#isStream = true;
      if (this.#options.translation.wish.stream) this.#startStream(controller);
    }
    if (this.#stream !== null) {
      this.#pass(controller, this.#stream.push(bytes));
      this.#endIfFailed(controller, this.#stream);
      return;
    }
    this.#documentBytes += bytes.length;
    if (this.#documentBytes > DOCUMENT_BYTES_MAX) {
      this.#document = [];
      this.#fail(controller, untranslatableAnswer(`it is larger than ${DOCUMENT_BYTES_MAX} bytes`));
    } else this.#document.push(this.#isStream ? this.#gathering().push(bytes) : bytes);
  }

  /** Some servers stream although they were not asked to: that is translated as a stream, and put together at its end. */
  #gathering(): StreamTranslation {
    const { translation, createdAtSeconds } = this.#options;
    const wish = { ...translation.wish, streamUsage: true };
    this.#gathered ??= translation.translator.stream({ wish, createdAtSeconds });
    return this.#gathered;
  }

  #finish(controller: Dispatcher.DispatchController): void {
    if (this.#isDone) return;
    const stream = this.#stream;
    if (stream === null) {
      this.#finishDocument(controller);
      return;
    }
    this.#pass(controller, stream.end());
    if (this.#endIfFailed(controller, stream)) return;
    if (!stream.isWhole) {
      this.#break(controller, 'its stream ended before the answer did');
      return;
    }
    this.#isDone = true;
    this.#options.next.onResponseEnd?.(controller, {});
  }

  #finishDocument(controller: Dispatcher.DispatchController): void {
    const bytes = Buffer.concat(this.#document);
    this.#document = [];
    const { translator } = this.#options.translation;
    try {
      if (this.#status >= 400) {
        const text = bytes.toString('utf8');
        const told = parseJson(text);
        // Gemini's come in a list.
        const body = asObject(Array.isArray(told) ? told[0] : told);
        const error = translator.error(this.#status, body, text);
        this.#send(controller, error.status, JSON.stringify(error.body));
        return;
      }
      if (this.#isStream) {
        const stream = this.#gathering();
        this.#sendWholeOf(controller, stream, Buffer.concat([bytes, stream.end()]));
        return;
      }
      const document = this.#documentOf(bytes);
      const failure = errorIn(document);
      if (failure === null) {
        this.#sendAnswer(controller, translator.answer(document, this.#context));
        return;
      }
      // An error with a status of 200: the client's SDK would take it for an answer.
      const error = translator.error(statusIn(failure), { error: failure }, '');
      this.#send(controller, error.status, JSON.stringify(error.body));
    } catch (error) {
      const known = error instanceof TokenWatchError;
      this.#fail(controller, known ? error : untranslatableAnswer(String(error)));
    }
  }

  #documentOf(bytes: Buffer): JsonObject {
    if (hasManyValues(bytes, MEMBERS_MAX))
      throw untranslatableAnswer(`it has more than ${MEMBERS_MAX} members`);
    const told = parseJson(bytes.toString('utf8'));
    // Gemini puts an error into a list.
    const document = asObject(Array.isArray(told) && told.length === 1 ? told[0] : told);
    if (document === null) throw untranslatableAnswer('it is no whole JSON document');
    return document;
  }

  #sendWholeOf(controller: Dispatcher.DispatchController, stream: StreamTranslation, told: Buffer): void {
    const { client } = this.#options;
    if (stream.failure !== null) throw stream.failure;
    const failure = errorAtEnd(told);
    if (failure !== null) {
      this.#send(controller, statusIn(asObject(failure.error) ?? failure), JSON.stringify(failure));
      return;
    }
    const form = { stream: false, streamUsage: true };
    const whole = client.protocol.replay(client.endpoint, { form: 'stream', body: told }, form);
    if (whole === null || !stream.isWhole)
      throw untranslatableAnswer('its stream ended before the answer did');
    this.#send(controller, 200, Buffer.from(whole).toString('utf8'));
  }

  /** And some answer as a whole although a stream was asked for. */
  #sendAnswer(controller: Dispatcher.DispatchController, answer: JsonObject): void {
    const { client, translation } = this.#options;
    const body = JSON.stringify(answer);
    if (!translation.wish.stream) {
      this.#send(controller, 200, body);
      return;
    }
    const { streamUsage } = translation.wish;
    const told = { form: 'document' as const, body: Buffer.from(body) };
    const stream = client.protocol.replay(client.endpoint, told, { stream: true, streamUsage });
    if (stream === null) throw untranslatableAnswer('it is whole, and cannot be told as a stream');
    this.#isDone = true;
    this.#head(controller, 200, 'text/event-stream; charset=utf-8', ['cache-control', 'no-cache']);
    this.#pass(controller, stream);
    this.#options.next.onResponseEnd?.(controller, {});
  }

  #endIfFailed(controller: Dispatcher.DispatchController, stream: StreamTranslation): boolean {
    if (stream.failure === null) return false;
    this.#isDone = true;
    this.#options.onUntranslatable(stream.failure);
    this.#options.next.onResponseEnd?.(controller, {});
    controller.abort(stream.failure);
    return true;
  }

  #fail(controller: Dispatcher.DispatchController, error: TokenWatchError): void {
    const { client, onUntranslatable } = this.#options;
    // A stream whose head has left can only break off.
    if (this.#stream !== null) {
      this.#break(controller, error.message);
      return;
    }
    onUntranslatable(error);
    const body = JSON.stringify(client.protocol.errorBody(error, client.requestId, client.endpoint));
    this.#send(controller, error.status, body, Object.entries(errorHeaders(error)).flat());
    controller.abort(error);
  }

  #break(controller: Dispatcher.DispatchController, why: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const error = new TokenWatchError('upstream_broken', `The upstream's answer broke off: ${why}.`);
    this.#options.next.onResponseError?.(controller, error);
    controller.abort(error);
  }

  #send(
    controller: Dispatcher.DispatchController,
    status: number,
    body: string,
    headers: readonly string[] = [],
  ): void {
    this.#isDone = true;
    const bytes = Buffer.from(body);
    const length = ['content-length', String(bytes.length)];
    this.#head(controller, status, 'application/json', [...length, ...headers]);
    this.#pass(controller, bytes);
    this.#options.next.onResponseEnd?.(controller, {});
  }

  #pass(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#options.next.onResponseData?.(controller, Buffer.from(bytes));
  }

  #head(
    controller: Dispatcher.DispatchController,
    status: number,
    contentType: string,
    headers: readonly string[],
  ): void {
    const { next, client } = this.#options;
    const { forClient, upstreamRequestId } = this.#headers;
    const kept = translatedAnswerHeaders(forClient, client.protocol.name, upstreamRequestId);
    const all = ['content-type', contentType, ...headers, ...kept];
    next.onResponseStart?.(withHeaders(controller, all), status, {}, '');
  }
}

/** The error in the client's own form with which a translated stream ends; null where it does not. */
function errorAtEnd(told: Buffer): JsonObject | null {
  const last = told.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  const event = asObject(parseJson(last.replace(/^data: /, '')));
  return event !== null && errorIn(event) !== null ? event : null;
}

/** The same request with another head. */
function withHeaders(
  controller: Dispatcher.DispatchController,
  headers: readonly string[],
): Dispatcher.DispatchController {
  return {
    get aborted() {
      return controller.aborted;
    },
    get paused() {
      return controller.paused;
    },
    get reason() {
      return controller.reason;
    },
    rawHeaders: headers.map((text) => Buffer.from(text, 'latin1')),
    abort: (reason) => controller.abort(reason),
    pause: () => controller.pause(),
    resume: () => controller.resume(),
  };
}
