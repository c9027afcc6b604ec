// Between an upstream of the other API and the relay: what arrives in that API's form goes on in the client's.
//
// States: waiting (no head) → streaming (each event goes on as it comes) or gathering (a whole document, an error, or a
// form that the client did not ask for; its head waits for the end) → elsewhere (a large one, translated by a thread) →
// done. The meter gets what the upstream sent.

import type { Dispatcher } from 'undici';
import type { DecodingRoom } from '../../core/decoding-room.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { HeldShare } from '../../core/held-room.ts';
import type { Endpoint, Protocol } from '../../core/protocol.ts';
import { beginsStream } from '../../protocols/streams/body-begin.ts';
import { untranslatableAnswer } from '../../translation/answers/endings.ts';
import { portableWish } from '../../translation/portable-wish.ts';
import { translatedAnswerHeaders } from '../../translation/translated-headers.ts';
import type { StreamTranslation } from '../../translation/translator.ts';
import type { Translation } from '../call.ts';
import { errorHeaders } from '../error-response.ts';
import { type Guarded, guard } from '../guard.ts';
import { clientHeaders, type ResponseHeaders, withoutLength } from '../headers.ts';
import { AnswerDecoder, hiddenCoding, isPlain } from './answer-decoder.ts';
import type { MeterTap } from './meter-tap.ts';
import { isUntranslated, type Translated, translateWhole, type WholeQuestion } from './whole-translation.ts';

/** Translates what would keep others waiting, elsewhere. Calls `done` once, later. */
export interface LargeTranslator {
  translate(
    pieces: readonly Uint8Array[],
    question: WholeQuestion,
    done: (translated: Translated) => void,
  ): void;
}

export interface TranslatedAnswerOptions {
  /** The relay: it gets an answer in the client's form. */
  readonly next: Dispatcher.DispatchHandler;
  readonly translation: Pick<Translation, 'translator' | 'protocol' | 'wish'>;
  /** Whose answer it is. */
  readonly guarded: Guarded;
  readonly large: LargeTranslator;
  /** What it holds, of all answers; whoever made it leaves it when the answer is out. */
  readonly share: HeldShare;
  /** For what decoders hold. */
  readonly decoding: DecodingRoom;
  readonly client: { readonly protocol: Protocol; readonly endpoint: Endpoint; readonly requestId: string };
  readonly createdAtSeconds: number;
  /** The head arrived. Returns what counts the answer. */
  readonly onHead: (status: number, headers: ResponseHeaders) => MeterTap | null;
  /** The answer came, and the client's API has no form for it: it gets this error instead. */
  readonly onUntranslatable: (error: TokenWatchError) => void;
}

/** What a whole answer may have: texts are several times smaller, pictures in them are not. */
const WHOLE_BYTES_MAX = 16 * 1024 * 1024;
/** Translating it takes a millisecond or two. */
const AT_ONCE_BYTES_MAX = 128 * 1024;
const NO_ROOM = 'too many large answers are on their way at once, and there is no room for this one';
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
  #decoder: AnswerDecoder | null = null;
  #hasBegun = false;
  #stream: StreamTranslation | null = null;
  /** Of an answer that is translated when all of it is there. */
  #pieces: Buffer[] = [];
  #wholeBytes = 0;
  #isDone = false;
  #isStream = false;
  /** All of it came, and somebody else translates it. */
  #isElsewhere = false;

  constructor(options: TranslatedAnswerOptions) {
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    const abort = (reason: Error): void => this.#abort(controller, reason);
    this.#options.next.onRequestStart?.(inPlaceOf(controller, { abort }), context);
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
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const { contentEncoding } = this.#headers;
      const coding = isPlain(contentEncoding) ? hiddenCoding(chunk) : contentEncoding;
      if (coding !== null) this.#decoder = this.#startDecoder(controller, coding, chunk);
      if (this.#isDone) return;
    }
    if (this.#decoder === null) this.#take(controller, chunk);
    else if (!this.#decoder.write(chunk)) {
      controller.pause();
      this.#decoder.onceDrained(() => controller.resume());
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
    this.#letGo();
    this.#decoder?.destroy();
    this.#options.next.onResponseError?.(controller, error);
  }

  /** What the upstream has ended can only be ended here. */
  #abort(controller: Dispatcher.DispatchController, reason: Error): void {
    if (this.#isElsewhere) this.onResponseError(controller, reason);
    else controller.abort(reason);
  }

  #startStream(controller: Dispatcher.DispatchController): void {
    const { translation, createdAtSeconds } = this.#options;
    this.#stream = translation.translator.stream({ wish: translation.wish, createdAtSeconds });
    this.#streamHead(controller);
  }

  #startDecoder(
    controller: Dispatcher.DispatchController,
    coding: string,
    first: Buffer,
  ): AnswerDecoder | null {
    const decoder = AnswerDecoder.open(coding, first, this.#options.decoding);
    if (decoder === null) {
      if (!this.#failUnread(controller, `its encoding "${coding}" is not known`))
        this.#fail(controller, untranslatableAnswer(`its encoding "${coding}" is not known`));
      return null;
    }
    const { guarded } = this.#options;
    const take = (bytes: Buffer): void => this.#take(controller, bytes);
    const fail = (cause: Error): void => {
      const why = `it cannot be decompressed: ${cause.message}`;
      if (!this.#failUnread(controller, why)) this.#break(controller, why);
    };
    decoder.stream.on('data', guard(guarded, take));
    decoder.stream.on('error', guard(guarded, fail));
    decoder.stream.on(
      'end',
      guard(guarded, () => this.#finish(controller)),
    );
    return decoder;
  }

  #take(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#isDone) return;
    if (!this.#isStream && this.#wholeBytes === 0 && this.#status < 400 && beginsStream(bytes)) {
      // A stream under another name.
      this.#isStream = true;
      if (this.#options.translation.wish.stream) this.#startStream(controller);
    }
    const { share } = this.#options;
    if (this.#stream !== null) {
      this.#pass(controller, this.#stream.push(bytes));
      if (!this.#endIfFailed(controller, this.#stream) && !share.holds(this.#stream.heldBytes))
        this.#fail(controller, untranslatableAnswer(NO_ROOM));
      return;
    }
    this.#wholeBytes += bytes.length;
    this.#pieces.push(bytes);
    const mebibytes = WHOLE_BYTES_MAX / 1024 / 1024;
    if (this.#wholeBytes > WHOLE_BYTES_MAX)
      this.#fail(controller, untranslatableAnswer(`it is no stream, and larger than ${mebibytes} MiB`));
    else if (!share.holds(this.#wholeBytes)) this.#fail(controller, untranslatableAnswer(NO_ROOM));
  }

  #finish(controller: Dispatcher.DispatchController): void {
    if (this.#isDone) return;
    const stream = this.#stream;
    if (stream === null) {
      this.#finishWhole(controller);
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

  /** What is large is translated elsewhere; the client may leave meanwhile. */
  #finishWhole(controller: Dispatcher.DispatchController): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    if (this.#wholeBytes <= AT_ONCE_BYTES_MAX) {
      this.#sendWhole(controller, translateWhole(Buffer.concat(pieces), this.#question));
      return;
    }
    this.#isElsewhere = true;
    const { guarded, large } = this.#options;
    const take = (translated: Translated): void => {
      if (!this.#isDone) this.#sendWhole(controller, translated);
    };
    large.translate(pieces, this.#question, guard(guarded, take));
  }

  get #question(): WholeQuestion {
    const { translation, client, createdAtSeconds } = this.#options;
    return {
      client: client.protocol.name,
      endpoint: client.endpoint.name,
      target: translation.protocol.name,
      status: this.#status,
      form: this.#isStream ? 'stream' : 'document',
      createdAtSeconds,
      ...portableWish(translation.wish),
    };
  }

  #sendWhole(controller: Dispatcher.DispatchController, translated: Translated): void {
    if (isUntranslated(translated)) {
      this.#fail(controller, new TokenWatchError(translated.code, translated.message));
      return;
    }
    const { status, form, bytes } = translated;
    // Counted until its client has taken it: there it is, whether there is room or not.
    this.#options.share.holds(bytes.length);
    if (form === 'document') this.#send(controller, status, bytes);
    else {
      this.#isDone = true;
      this.#streamHead(controller);
      this.#pass(controller, bytes);
      this.#options.next.onResponseEnd?.(controller, {});
    }
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
    this.#letGo();
    // A stream whose head has left can only break off.
    if (this.#stream !== null) {
      this.#break(controller, error.message);
      return;
    }
    onUntranslatable(error);
    const body = JSON.stringify(client.protocol.errorBody(error, client.requestId, client.endpoint));
    this.#send(controller, error.status, Buffer.from(body), Object.entries(errorHeaders(error)).flat());
    controller.abort(error);
  }

  /** An error keeps its status, whatever became of its words. False for what is none. */
  #failUnread(controller: Dispatcher.DispatchController, why: string): boolean {
    if (this.#isDone || this.#status < 400) return false;
    this.#sendWhole(controller, translateWhole(Buffer.from(`(${why})`), this.#question));
    controller.abort(new Error(why));
    return true;
  }

  #break(controller: Dispatcher.DispatchController, why: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#letGo();
    const error = new TokenWatchError('upstream_broken', `The upstream's answer broke off: ${why}.`);
    this.#options.next.onResponseError?.(controller, error);
    controller.abort(error);
  }

  #letGo(): void {
    this.#pieces = [];
    this.#options.share.leave();
  }

  #send(
    controller: Dispatcher.DispatchController,
    status: number,
    bytes: Uint8Array<ArrayBuffer>,
    headers: readonly string[] = [],
  ): void {
    this.#isDone = true;
    const length = ['content-length', String(bytes.length)];
    this.#head(controller, status, 'application/json', [...length, ...headers]);
    this.#pass(controller, bytes);
    this.#options.next.onResponseEnd?.(controller, {});
  }

  #pass(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { buffer, byteOffset, length } = bytes;
    this.#options.next.onResponseData?.(controller, Buffer.from(buffer, byteOffset, length));
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
    const rawHeaders = all.map((text) => Buffer.from(text, 'latin1'));
    next.onResponseStart?.(inPlaceOf(controller, { rawHeaders }), status, {}, '');
  }

  #streamHead(controller: Dispatcher.DispatchController): void {
    this.#head(controller, 200, 'text/event-stream; charset=utf-8', ['cache-control', 'no-cache']);
  }
}

/** The same request, with something of its own. */
function inPlaceOf(
  controller: Dispatcher.DispatchController,
  own: Partial<Dispatcher.DispatchController>,
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
    abort: (reason) => controller.abort(reason),
    pause: () => controller.pause(),
    resume: () => controller.resume(),
    ...own,
  };
}
