// One request that follows an identical one which is already at the upstream.
//
// States: waiting (nothing sent) → reading (its client gets the stream as it arrives) → served (the record waits for
// what that saved) → done. From waiting it may go back to the cache step: with the whole answer, or because there is
// none to be had.

import type { Flight, Follower, Landing, OpenStream } from '../../cache/flights.ts';
import type { TapeReader } from '../../cache/tape.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { Journal } from '../../core/journal.ts';
import type { ByteFilter } from '../../core/protocol.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import { edgeOf } from '../../protocols/streams/stream-edge.ts';
import type { Cuttable, Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import { hitHeaders } from './cache-question.ts';
import { writeHitHead } from './hit-head.ts';

export interface FollowingOptions {
  readonly exchange: Exchange;
  readonly flight: Flight;
  readonly journal: Journal;
  /** Headers that its answer gets besides the cache's own. */
  readonly headers: readonly string[];
  /** Called at most once, with nothing sent: with how the flight ended, or null where there is no use in waiting. */
  readonly goBack: (landing: Landing | null) => void;
}

/** A request waits this long for an answer that does not stream before it goes by itself. */
const FOLLOW_MS = 60_000;
/** The record of a request that was served in full waits this long for what that saved. */
const LANDING_MS = 10_000;
const FRESH_HIT = hitHeaders({ createdAtMs: 0 }, 'inflight', 0);
/** A stream that is to be ended waits this long for the event on its way. */
const LAST_EVENT_MS = 1000;

export class Following implements Follower, Cuttable {
  readonly #options: FollowingOptions;
  readonly #leave: () => void;
  readonly #onClose = (): void => this.#closed();
  #state: 'waiting' | 'reading' | 'served' | 'done' = 'waiting';
  #timer: NodeJS.Timeout | null;
  #reader: TapeReader | null = null;
  #filter: ByteFilter | null = null;
  #tapeEnd: () => 'open' | 'whole' | 'broken' = () => 'open';
  #isFull = false;
  readonly #edge = edgeOf('events');
  #lastWord: string | Uint8Array | null = null;
  #landing: Landing | null = null;

  constructor(options: FollowingOptions) {
    this.#options = options;
    const { exchange, flight } = options;
    exchange.response.once('close', this.#onClose);
    exchange.workedBy(this);
    this.#timer = setTimeout(
      guard(exchange, () => this.#goBack(null)),
      FOLLOW_MS,
    );
    // Its client may be gone by then; it must not keep the process.
    this.#timer.unref();
    this.#leave = flight.follow(this);
  }

  opened(stream: OpenStream): void {
    guard(this.#options.exchange, () => this.#open(stream))();
  }

  #open({ tape, carriesUsage }: OpenStream): void {
    const { exchange, journal, headers } = this.#options;
    const { facts, mount } = exchange;
    const { streamUsage } = mount.protocol;
    const suits = facts.stream && (carriesUsage || facts.lacksStreamUsage || streamUsage === null);
    if (this.#state !== 'waiting' || !suits || !tape.holdsAll || tape.end === 'broken') return;
    this.#state = 'reading';
    this.#stopTimer();
    this.#filter = facts.lacksStreamUsage ? (streamUsage?.filter() ?? null) : null;
    this.#tapeEnd = () => tape.end;
    exchange.cacheUse = 'inflight';
    exchange.status = 200;
    journal.flushStarts();
    exchange.times.markFirstByte();
    writeHitHead(exchange, null, [...FRESH_HIT, ...headers]);
    this.#reader = tape.read(
      guard(exchange, () => this.#pump()),
      guard(exchange, () => this.#break('This client read more slowly than a shared answer can wait for.')),
    );
    this.#pump();
  }

  outgrown(): void {
    guard(this.#options.exchange, () => this.#goBack(null))();
  }

  landed(landing: Landing): void {
    guard(this.#options.exchange, () => this.#land(landing))();
  }

  #land(landing: Landing): void {
    this.#landing = landing;
    if (this.#state === 'waiting') {
      // What ended the leader without an answer may be a kill that is about to end this request too.
      if (landing.answer === null) setImmediate(guard(this.#options.exchange, () => this.#goBack(landing)));
      else this.#goBack(landing);
    }
    if (this.#state === 'served') this.#settle();
  }

  #goBack(landing: Landing | null): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'done';
    this.#stopTimer();
    this.#options.exchange.response.off('close', this.#onClose);
    this.#leave();
    this.#options.goBack(landing);
  }

  /** Hands on what is there, until the client has enough for now. */
  #pump(): void {
    const { response } = this.#options.exchange;
    const reader = this.#reader;
    if (reader === null) return;
    while (!this.#isFull && !response.writableEnded && !response.destroyed) {
      const chunk = reader.next();
      if (chunk !== null) this.#write(this.#filter === null ? chunk : this.#filter.push(chunk));
      else if (this.#tapeEnd() === 'open') return;
      else if (this.#tapeEnd() === 'broken') {
        // What broke it may be a kill that is about to end this request too, with words of its own.
        setImmediate(guard(this.#options.exchange, () => this.#break('The shared answer broke off.')));
        return;
      } else {
        if (this.#filter !== null) this.#write(this.#filter.flush());
        if (!response.writableEnded) response.end();
      }
    }
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { exchange } = this.#options;
    const { response } = exchange;
    const end = this.#lastWord === null ? -1 : this.#edge.endIn(bytes);
    const passed = end === -1 ? bytes : bytes.subarray(0, end);
    this.#edge.sent(passed);
    exchange.responseBytes += passed.length;
    const hasRoom = response.write(passed);
    if (end !== -1) this.#sayLastWord();
    else if (!hasRoom) {
      this.#isFull = true;
      response.once('drain', () => {
        this.#isFull = false;
        this.#pump();
      });
    }
  }

  /** A client that has seen the beginning must see the break, not a clean end. */
  #break(message: string): void {
    const { exchange } = this.#options;
    if (exchange.failure !== null || this.#state !== 'reading') return;
    exchange.failure = { error: new TokenWatchError('upstream_broken', message), outcome: 'upstream_broken' };
    exchange.response.destroy();
  }

  /** Budgets no longer allow this request; the one that it follows is not concerned. */
  cut(error: TokenWatchError): void {
    const { exchange } = this.#options;
    const { response, mount } = exchange;
    if (this.#state === 'waiting') {
      response.off('close', this.#onClose);
      this.#end();
      exchange.fail(error, 'cut');
    } else if (this.#state === 'reading' && exchange.failure === null && !response.writableEnded) {
      exchange.failure = { error, outcome: 'cut' };
      this.#lastWord = mount.protocol.errorEvent(error, exchange.id, exchange.endpoint);
      if (this.#edge.isWhole) this.#sayLastWord();
      else this.#timer = setTimeout(() => response.destroy(), LAST_EVENT_MS);
    }
  }

  #sayLastWord(): void {
    this.#stopTimer();
    this.#options.exchange.response.end(this.#lastWord);
  }

  #closed(): void {
    const { exchange } = this.#options;
    const { response, failure } = exchange;
    this.#stopTimer();
    if (failure === null && this.#state === 'reading' && response.writableFinished) {
      this.#state = 'served';
      // What it saved is known when the leader's record is.
      if (this.#landing === null)
        this.#timer = setTimeout(
          guard(exchange, () => this.#settle()),
          LANDING_MS,
        );
      else this.#settle();
      return;
    }
    this.#end();
    if (failure !== null) exchange.finish(failure.outcome, EMPTY_READING, failure.error.code);
    else exchange.finish('client_gone', EMPTY_READING, 'client_gone');
  }

  /** The record of a stream that was served to its end. */
  #settle(): void {
    const { exchange } = this.#options;
    const landing = this.#landing;
    this.#stopTimer();
    this.#end();
    if (landing === null) {
      exchange.finish('cached', EMPTY_READING, null);
      return;
    }
    const { model, responseId, finishReason, errorCode } = landing.reading;
    const reading = { ...EMPTY_READING, model, responseId, finishReason };
    exchange.savedNanoUsd = landing.end.costNanoUsd;
    if (landing.answer !== null) exchange.transcript?.replayed(landing.answer);
    // An error inside of the stream reached this client as well.
    exchange.finish(errorCode === null ? 'cached' : 'upstream_error', reading, errorCode);
  }

  #end(): void {
    this.#state = 'done';
    this.#stopTimer();
    this.#reader?.stop();
    this.#leave();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
