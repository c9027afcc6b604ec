// Passes the upstream's answer to the client as it arrives, with back-pressure, and a copy to the meter.
//
// States: waiting (no head yet) → relaying (head sent, body passing) → ended (whole, broken, or the client gone). In
// the first two it may be detached from its client: the answer goes on for others who follow it.

import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import type { ByteFilter, Framing } from '../../core/protocol.ts';
import { beginOf, framingByBytes } from '../../protocols/streams/body-begin.ts';
import { edgeOf, type StreamEdge } from '../../protocols/streams/stream-edge.ts';
import { endOnceRead } from '../end-once-read.ts';
import { clientHeaders, type ResponseHeaders, withoutLength } from '../headers.ts';
import { phraseBytes, writeUpstreamHead } from '../upstream-head.ts';
import type { MeterTap } from './meter-tap.ts';

export interface RelayOptions {
  readonly response: ServerResponse;
  /** Bounds a whole JSON answer from its dispatch on; other bodies are bounded by their silences. */
  readonly wholeAnswerTimeoutMs: number;
  readonly owner: RelayOwner;
}

/** What is told of an answer as it passes. An object, since functions of its own for each answer are dear. */
export interface RelayOwner {
  /** How the events of a stream of that type are told apart; null for what is none. */
  framingOf(contentType: string | null): Framing | null;
  /** Removes from an event stream what the client did not ask for; null passes every byte. */
  streamFilter(): ByteFilter | null;
  /** The head arrived, and is about to leave for the client. Returns headers to add, and the body's tap. */
  headCame(status: number, headers: ResponseHeaders): { extra: string[]; tap: MeterTap | null };
  firstByteCame(): void;
  /** Whether the answer should go on arriving while its client has so many bytes to read. */
  keepsFlowing(waitingBytes: number): boolean;
  /** The upstream's part is over; before anything else is told of it. */
  ended(how: 'whole' | 'broken'): void;
  /** The upstream failed; `hadHead` tells whether an answer had begun, though its client may not have seen that yet. */
  failed(error: Error, hadHead: boolean): void;
}

/** The head of an answer whose first byte is not here yet. */
interface WaitingHead {
  readonly status: number;
  readonly phrase: string;
  readonly headers: ResponseHeaders;
  readonly extra: readonly string[];
}

/** A good head waits so long for its first byte: what breaks by then was no answer, and gets an error's status. */
const LONE_HEAD_MS = 25;
/** A stream that is to be ended waits this long for the event on its way. */
const LAST_EVENT_MS = 1000;
/** And passes so much of it: what is longer, or has no end, breaks off. */
const LAST_EVENT_BYTES = 64 * 1024;

export class Relay implements Dispatcher.DispatchHandler {
  readonly #owner: RelayOwner;
  readonly #wholeAnswerTimeoutMs: number;
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | null = null;
  #filter: ByteFilter | null = null;
  #timer: NodeJS.Timeout | null = null;
  #abortReason: Error | null = null;
  #responseBytes = 0;
  #wroteBody = false;
  #ended = false;
  /** Of a stream that can be ended with an event of ours. */
  #edge: StreamEdge | null = null;
  /** Whether it may be one that goes by another name. */
  #mayBeStream = false;
  /** What ends the stream as soon as the event on its way is whole. */
  #lastWord: { readonly event: string | Uint8Array; readonly reason: Error } | null = null;
  /** Of the event on its way that came since. */
  #lastEventBytes = 0;
  #whenEnded: (() => void) | null = null;
  #tap: MeterTap | null = null;
  #waitingHead: WaitingHead | null = null;
  #headTimer: NodeJS.Timeout | null = null;

  constructor({ response, wholeAnswerTimeoutMs, owner }: RelayOptions) {
    this.#owner = owner;
    this.#wholeAnswerTimeoutMs = wholeAnswerTimeoutMs;
    this.#response = response;
    this.#startTimer();
  }

  /** Why the request was ended from here; null where it was not. */
  get abortReason(): Error | null {
    return this.#abortReason;
  }

  /** Bytes of body handed to the client. */
  get responseBytes(): number {
    return this.#responseBytes;
  }

  /** No head came, and another upstream is asked: the wait for an answer begins anew. */
  waitAgain(): void {
    this.#clearTimer();
    this.#controller = null;
    this.#abortReason = null;
    this.#startTimer();
  }

  /** There is no answer, for this reason. */
  fail(error: Error): void {
    this.#ended = true;
    this.#clearTimer();
    const hadHead = this.#response.headersSent || this.#waitingHead !== null;
    this.#dropHead();
    this.#owner.ended('broken');
    if (this.#whenEnded !== null) this.#whenEnded();
    else this.#owner.failed(error, hadHead);
  }

  /**
   * Ends a stream of which nothing but its head went out, or whole events of our own making. False for any other answer.
   */
  endBegun(event: string | Uint8Array, isOfOurMaking: boolean): boolean {
    if (this.#edge === null || !this.#response.headersSent) return false;
    if (this.#wroteBody && !(isOfOurMaking && this.#edge.isWhole)) return false;
    this.#response.end(this.#edge.lastWord(event));
    return true;
  }

  /** Of the stream that can be ended with an event. */
  get framing(): Framing {
    return this.#edge?.framing ?? 'events';
  }

  /** Ends the upstream request. Its failure, if it had not ended, is reported as `reason`. */
  abort(reason: Error): void {
    this.#clearTimer();
    this.#dropHead();
    this.#abortReason = reason;
    if (this.#ended) return;
    if (this.#controller === null) return;
    this.#controller.abort(reason);
  }

  /**
   * Ends an open stream with `event`, behind the event that is on its way, and the upstream request with `reason`. False
   * where the answer is no such stream; then nothing was done.
   */
  endStream(event: string | Uint8Array, reason: Error): boolean {
    if (this.#edge === null || this.#ended || this.isDetached) return false;
    this.#lastWord = { event, reason };
    if (this.#edge.isWhole) this.#sayLastWord();
    else this.#timer = setTimeout(breakOff, LAST_EVENT_MS, this);
    return true;
  }

  /**
   * The client has gone, and the answer goes on without it, to the tap. `whenEnded` is called when it ended, however it
   * did. False where it has ended already.
   */
  detach(whenEnded: () => void): boolean {
    if (this.#ended) return false;
    this.#whenEnded = whenEnded;
    this.#dropHead();
    this.flow();
    return true;
  }

  get isDetached(): boolean {
    return this.#whenEnded !== null;
  }

  /** Takes in what the upstream has, though the client has not read what it got. */
  flow(): void {
    if (this.#controller?.paused && !this.#ended) this.#controller.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortReason !== null) controller.abort(this.#abortReason);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _parsed: unknown,
    statusMessage?: string,
  ): void {
    // Informational answers (103) are optional hints; only the final one is relayed.
    if (status < 200) return;
    const raw = (controller.rawHeaders ?? []) as readonly Buffer[];
    let headers = clientHeaders(raw);
    const isOpenText = headers.contentType === 'text/event-stream' && isIdentity(headers.contentEncoding);
    if (isOpenText || (!headers.hasLength && isIdentity(headers.contentEncoding) && status < 400)) {
      // Some streams go by another name.
      this.#filter = this.#owner.streamFilter();
      if (this.#filter !== null) headers = withoutLength(headers);
    }
    const framing = this.#owner.framingOf(headers.contentType);
    if (framing !== null || headers.contentType !== 'application/json') this.#clearTimer();
    const isOpen = !headers.hasLength && isIdentity(headers.contentEncoding);
    this.#mayBeStream = isOpen && status < 400;
    this.#edge = isOpen && framing !== null && (status < 400 || isOpenText) ? edgeOf(framing) : null;

    const { extra, tap } = this.#owner.headCame(status, headers);
    this.#tap = tap;
    if (this.isDetached) return;
    const phrase = phraseBytes(statusMessage);
    this.#waitingHead = { status, phrase, headers, extra };
    if (status >= 300) this.sendHead();
    // A head whose body is not here yet goes out by itself; otherwise they share a packet.
    process.nextTick(awaitFirstByte, this);
  }

  awaitFirstByte(): void {
    if (this.#waitingHead === null) this.#flushHead();
    else this.#headTimer = setTimeout(sendLoneHead, LONE_HEAD_MS, this);
  }

  sendHead(): void {
    const head = this.#waitingHead;
    if (head === null) return;
    this.#dropHead();
    writeUpstreamHead(this.#response, head.status, head.phrase, head.headers, head.extra);
  }

  sendLoneHead(): void {
    this.sendHead();
    this.#flushHead();
  }

  #flushHead(): void {
    const response = this.#response;
    const isOut = response.headersSent && !response.writableEnded && !response.destroyed;
    if (isOut && !this.#wroteBody) response.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isDetached) {
      this.#tap?.push(chunk);
      return;
    }
    this.sendHead();
    if (!this.#wroteBody) {
      this.#owner.firstByteCame();
      if (this.#mayBeStream) this.#nameByBytes(chunk);
    }
    const passed = this.#filter === null ? chunk : this.#filter.push(chunk);
    if (this.#lastWord !== null) {
      this.#passLastEvent(controller, passed);
      return;
    }
    this.#write(controller, passed);
    this.#tap?.push(chunk);
  }

  #passLastEvent(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    const end = this.#edge?.endIn(bytes) ?? -1;
    this.#lastEventBytes += bytes.length;
    this.#write(controller, end === -1 ? bytes : bytes.subarray(0, end));
    if (end !== -1) this.#sayLastWord();
    else if (this.#lastEventBytes > LAST_EVENT_BYTES) this.breakOff();
  }

  /** There is no place for a last word. */
  breakOff(): void {
    if (this.#lastWord !== null) this.abort(this.#lastWord.reason);
    this.#response.destroy();
  }

  /** Some streams go by another name. */
  #nameByBytes(first: Uint8Array): void {
    if (beginOf(first) === 'blank') return;
    this.#mayBeStream = false;
    const named = this.#edge?.framing ?? null;
    const framing = framingByBytes(named, first);
    if (framing === named || framing === 'unclear') return;
    this.#edge = framing === null ? null : edgeOf(framing);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#clearTimer();
    if (!this.isDetached) {
      this.sendHead();
      if (this.#filter !== null) this.#write(controller, this.#filter.flush());
    }
    this.#ended = true;
    this.#owner.ended('whole');
    if (this.#whenEnded !== null) {
      this.#whenEnded();
      return;
    }
    if (this.#response.writableEnded) return;
    const trailers = pairs((controller.rawTrailers ?? []) as readonly Buffer[]);
    if (trailers.length > 0 && !this.#response.hasHeader('content-length'))
      this.#response.addTrailers(trailers);
    // A connection that stays open loses nothing; one that closes must not while the client still sends.
    if (this.#response.shouldKeepAlive) this.#response.end();
    else endOnceRead(this.#response);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.#abortReason ?? error);
  }

  #write(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#ended) return;
    this.#edge?.sent(bytes);
    this.#wroteBody = true;
    this.#responseBytes += bytes.length;
    const hasRoom = this.#response.write(bytes);
    if (hasRoom || controller.paused || this.#ended) return;
    if (this.#owner.keepsFlowing(this.#response.writableLength)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  #dropHead(): void {
    if (this.#headTimer !== null) clearTimeout(this.#headTimer);
    this.#headTimer = null;
    this.#waitingHead = null;
  }

  #sayLastWord(): void {
    const { event, reason } = this.#lastWord ?? {};
    if (event === undefined || reason === undefined) return;
    this.abort(reason);
    this.#ended = true;
    this.#response.end(this.#edge?.lastWord(event));
  }

  #startTimer(): void {
    this.#timer = setTimeout(giveUp, this.#wholeAnswerTimeoutMs, this, this.#wholeAnswerTimeoutMs);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function sendLoneHead(relay: Relay): void {
  relay.sendLoneHead();
}

function giveUp(relay: Relay, afterMs: number): void {
  relay.abort(
    new TokenWatchError(
      'upstream_timeout',
      `The upstream's answer was not whole after ${afterMs / 1000} s. Raise TOKENWATCH_OVERALL_TIMEOUT if it needs longer.`,
    ),
  );
}

function breakOff(relay: Relay): void {
  relay.breakOff();
}

function awaitFirstByte(relay: Relay): void {
  relay.awaitFirstByte();
}

function isIdentity(contentEncoding: string | null): boolean {
  return contentEncoding === null || contentEncoding === 'identity';
}

function pairs(raw: readonly Buffer[]): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    result.push([(raw[index] as Buffer).toString('latin1'), (raw[index + 1] as Buffer).toString('latin1')]);
  }
  return result;
}
