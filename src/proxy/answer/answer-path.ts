// An upstream's answer on its way: through the relay to the client, through the tap to the meter, and into the record.

import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import type { HeldShare } from '../../core/held-room.ts';
import type { HeldRooms } from '../../core/held-rooms.ts';
import type { Journal } from '../../core/journal.ts';
import type { ByteFilter, Framing, MeterReading } from '../../core/protocol.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import { framingOf } from '../../protocols/streams/framing.ts';
import { upstreamError } from '../../upstream/forward.ts';
import type { Afterwork } from '../afterwork.ts';
import type { EndOutcome } from '../ending.ts';
import { REQUEST_ID_HEADER } from '../error-response.ts';
import type { Cuttable, Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import { headerText } from '../header-text.ts';
import type { ResponseHeaders } from '../headers.ts';
import { isPlain } from './answer-decoder.ts';
import { HeldFlow, PART_BYTES } from './held-flow.ts';
import { MeterTap } from './meter-tap.ts';
import { type LargeParser, PacedMeter } from './paced-meter.ts';
import { Relay, type RelayOwner } from './relay.ts';
import { StreamFollower } from './stream-follower.ts';
import { type LargeTranslator, TranslatedAnswer } from './translated-answer.ts';

/** The request that is answered, as it left. */
export interface AskedRequest {
  /** Whether its answer's stream holds usage that the client did not ask for. */
  readonly asksForUsage: boolean;
  /** The head of the client's answer came. */
  answered(status: number): void;
}

export interface AnswerPathOptions {
  readonly outgoing: AskedRequest;
  readonly journal: Journal;
  /** For the client: names and values in turn. */
  readonly extraHeaders: readonly string[];
  /** Bounds a whole JSON answer. */
  readonly timeoutMs: number;
  readonly afterwork: Afterwork;
  /** Parses what is large in it, and translates it. */
  readonly thread: LargeParser & LargeTranslator;
  /** For what all answers hold while they pass. */
  readonly rooms: HeldRooms;
}

export class AnswerPath implements Cuttable, RelayOwner {
  readonly relay: Relay;
  /** What takes the upstream's answer: the relay, or what brings it into the client's form for it. */
  sink: Dispatcher.DispatchHandler;
  readonly #exchange: Exchange;
  readonly #options: AnswerPathOptions;
  /** Counts the answer; null before there is one, or where nothing is to be counted. */
  #tap: MeterTap | null = null;
  #isSettled = false;
  readonly #follower: StreamFollower | null;
  /** What it holds to be translated, and of that what its client has yet to take; null where nothing is. */
  #translated: HeldShare | null = null;

  constructor(exchange: Exchange, options: AnswerPathOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.relay = new Relay({
      response: exchange.response,
      wholeAnswerTimeoutMs: options.timeoutMs,
      owner: this,
    });
    this.sink = this.#openSink();
    exchange.workedBy(this);
    const { ticket, facts } = exchange;
    if (facts.stream && ticket?.followsProgress) {
      const flow = new HeldFlow(this.sink, exchange);
      this.sink = flow;
      this.#follower = new StreamFollower(ticket, flow, exchange);
    } else {
      // Translated, a burst of megabytes would keep others waiting.
      if (exchange.translation !== null) this.sink = new HeldFlow(this.sink, exchange, PART_BYTES);
      this.#follower = null;
    }
    this.#settleAtEnd();
  }

  streamFilter(): ByteFilter | null {
    const { outgoing } = this.#options;
    return outgoing.asksForUsage ? (this.#exchange.mount.protocol.streamUsage?.filter() ?? null) : null;
  }

  headCame(status: number, headers: ResponseHeaders): { extra: string[]; tap: MeterTap | null } {
    const exchange = this.#exchange;
    const { outgoing, journal, extraHeaders } = this.#options;
    exchange.status = status;
    outgoing.answered(status);
    exchange.upstreamRequestId = headers.upstreamRequestId;
    // Before the first byte leaves for the client.
    journal.flushStarts();
    // A translated answer is counted in the form in which it came.
    const tap = exchange.translation === null ? this.#openTap(status, headers) : null;
    return { extra: [REQUEST_ID_HEADER, exchange.id, ...extraHeaders, ...upstreamNotes(exchange)], tap };
  }

  firstByteCame(): void {
    this.#exchange.times.markFirstByte();
  }

  keepsFlowing(waitingBytes: number): boolean {
    return this.#exchange.recording?.keepsFlowing(waitingBytes) ?? false;
  }

  ended(how: 'whole' | 'broken'): void {
    this.#exchange.recording?.ended(how);
  }

  failed(cause: Error, hadHead: boolean): void {
    const exchange = this.#exchange;
    if (exchange.failure !== null) return;
    const error = upstreamError(cause, exchange.base.origin, hadHead);
    exchange.failure = { error, outcome: outcomeOf(error) };
    if (!exchange.response.headersSent) exchange.fail(error, exchange.failure.outcome);
    // A client that has seen the beginning must see the break, not a clean end.
    else if (!this.relay.endBegun(this.#errorEvent(error), exchange.translation !== null))
      exchange.response.destroy();
  }

  framingOf(contentType: string | null): Framing | null {
    return framingOf(this.#exchange.endpoint, contentType);
  }

  #errorEvent(error: TokenWatchError): string | Uint8Array {
    const { mount, id, endpoint } = this.#exchange;
    return mount.protocol.errorEvent(error, id, endpoint, this.relay.framing);
  }

  #openSink(): Dispatcher.DispatchHandler {
    const exchange = this.#exchange;
    const { translation, mount, endpoint, id } = exchange;
    if (translation === null) return this.relay;
    this.#translated = this.#options.rooms.reading.share();
    return new TranslatedAnswer({
      next: this.relay,
      translation,
      guarded: exchange,
      large: this.#options.thread,
      share: this.#translated,
      decoding: this.#options.rooms.decoding,
      client: { protocol: mount.protocol, endpoint, requestId: id },
      createdAtSeconds: Math.floor(exchange.startedAtMs / 1000),
      onHead: (status, headers) => this.#openTap(status, headers),
      onUntranslatable: (error) => {
        exchange.failure ??= { error, outcome: 'upstream_error' };
      },
    });
  }

  /** Counts the answer as its bytes come; null where nothing is to be counted. */
  #openTap(status: number, headers: ResponseHeaders): MeterTap | null {
    const exchange = this.#exchange;
    const head = { status, contentType: headers.contentType, headers: headers.forClient };
    const { protocol } = exchange.translation ?? exchange.mount;
    const { rooms } = this.#options;
    const { endpoint, path } = exchange.translation ?? exchange;
    const metering = protocol.meter(endpoint, head, path);
    const carriesUsage = this.#options.outgoing.asksForUsage || !exchange.facts.lacksStreamUsage;
    const paced =
      metering === null
        ? null
        : new PacedMeter(metering, {
            guarded: exchange,
            parser: this.#options.thread,
            room: rooms.reading,
          });
    const copied =
      paced === null || exchange.transcript === null
        ? paced
        : exchange.transcript.watch({ ...head, protocol: protocol.name, path, room: rooms.copies }, paced);
    const meter =
      copied === null || exchange.recording === null || !exchange.isAsPlanned
        ? copied
        : exchange.recording.watch(
            { ...head, isPlain: isPlain(headers.contentEncoding), carriesUsage, room: rooms.copies },
            copied,
          );
    const gaps = status < 400 && exchange.facts.stream ? exchange.times.timeChunks() : null;
    const tap =
      paced === null || meter === null
        ? null
        : new MeterTap(paced, headers.contentEncoding, { meter, gaps, room: rooms.decoding });
    if (status >= 400) this.#follower?.stop();
    else if (this.#follower !== null) {
      this.#follower.expect(framingOf(endpoint, headers.contentType));
      tap?.followedBy(this.#follower);
    }
    this.#tap = tap;
    exchange.tap = tap;
    return tap;
  }

  /** Settles when the client has its answer or has left; an answer that others follow goes on until they have it. */
  #settleAtEnd(): void {
    const { response, recording } = this.#exchange;
    recording?.lead(
      guard(this.#exchange, () => this.relay.flow()),
      guard(this.#exchange, () => {
        if (this.relay.isDetached) this.#leave();
      }),
    );
    response.on('close', () => {
      this.#exchange.times.markOver();
      if (this.#exchange.failure !== null) this.#settle();
      else if (response.writableFinished)
        this.#options.afterwork.add(guard(this.#exchange, () => this.#settle()));
      else if (!recording?.isFollowed || !this.relay.detach(() => this.#settle())) this.#leave();
    });
  }

  #leave(): void {
    this.relay.abort(new TokenWatchError('client_gone', 'The client went away.'));
    this.#settle();
  }

  /** Ends a request in flight that budgets no longer allow, in the way that its client can still read. */
  cut(error: TokenWatchError): void {
    const { response, failure } = this.#exchange;
    // An answer that is out has nothing left to be cut.
    if (failure !== null || response.writableFinished) return;
    this.#exchange.failure = { error, outcome: 'cut' };
    if (!response.headersSent) {
      this.relay.abort(error);
      this.#exchange.fail(error, 'cut');
    } else if (!this.relay.endStream(this.#errorEvent(error), error)) {
      this.relay.abort(error);
      response.destroy();
    }
  }

  /** A second call does nothing. */
  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#follower?.stop();
    this.#translated?.leave();
    const exchange = this.#exchange;
    const { failure } = exchange;
    const tap = this.#tap;
    exchange.responseBytes = Math.max(exchange.responseBytes, this.relay.responseBytes);
    const isWhole = exchange.response.writableFinished;
    const settle = (reading: MeterReading): void => {
      if (failure !== null) exchange.finish(failure.outcome, reading, failure.error.code);
      // A client that closes after the protocol's last word has its whole answer.
      else if (this.relay.isDetached || (!isWhole && !reading.complete))
        exchange.finish('client_gone', reading, 'client_gone');
      else {
        exchange.finish(outcomeOfWhole(exchange, reading), reading, null);
      }
    };
    if (tap === null) settle(EMPTY_READING);
    else tap.finish(guard(exchange, settle));
  }
}

/** Of an answer that the upstream ended by itself. */
function outcomeOfWhole({ status, onlyLooks }: Exchange, reading: MeterReading): EndOutcome {
  const isError = (status ?? 0) >= (onlyLooks ? 500 : 400);
  if (isError || reading.errorCode !== null) return 'upstream_error';
  return reading.isCutShort && !onlyLooks ? 'truncated' : 'completed';
}

/** Where there was a choice, who answered, and after how many were asked. */
export function upstreamNotes({ candidate, attempts }: Exchange): readonly string[] {
  const count = attempts.length > 1 ? ['x-tokenwatch-attempts', String(attempts.length)] : [];
  if (candidate === null) return count;
  return ['x-tokenwatch-upstream', headerText(candidate.upstream.name), ...count];
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
