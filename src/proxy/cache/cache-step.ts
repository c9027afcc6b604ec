// The cache's place in the pipeline: answers a request that has begun, or hands it on with a recording to fill.
//
// States of a request here: looking up → answered | following another → answered | handed on. Whatever happens,
// it is answered or handed on exactly once, unless its client has left.

import type { CacheKey } from '../../cache/cache-key.ts';
import type { Flight, Landing } from '../../cache/flights.ts';
import type { CachedAnswer } from '../../cache/ports.ts';
import { Recording } from '../../cache/recording.ts';
import type { Clock } from '../../core/clock.ts';
import type { Journal } from '../../core/journal.ts';
import type { CacheUse } from '../../core/record.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import type { Prepared } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import {
  CACHE_HEADER,
  type CacheLook,
  type CacheView,
  cacheQuestion,
  flightKey,
  hitHeaders,
  noAnswer,
  replayed,
} from './cache-question.ts';
import type { CacheWish } from './cache-wish.ts';
import { Following } from './following.ts';
import { writeHitHead } from './hit-head.ts';
import { PacedReplay } from './paced-replay.ts';
import type { SemanticStep, SimilarRequests } from './semantic-step.ts';

export interface CacheStepOptions extends CacheView {
  /** Null where only identical requests are answered. */
  readonly semantic: SemanticStep | null;
  readonly clock: Clock;
  readonly journal: Journal;
  /** Of a stored stream; Infinity for all at once. */
  readonly replayEventsPerSecond: number;
}

/** One request on its way through this step. */
interface Visit {
  readonly exchange: Exchange;
  readonly wish: CacheWish;
  /** Headers that its answer gets besides the cache's own. */
  readonly headers: readonly string[];
  /** Sends it upstream; the headers are added to the answer. */
  readonly handOn: (headers: readonly string[]) => void;
  /** Called when the client leaves while it waits here. */
  readonly leave: () => void;
  /** Null where a similar request's answer will not do. */
  similar: SimilarRequests | null;
}

export class CacheStep {
  readonly #options: CacheStepOptions;

  constructor(options: CacheStepOptions) {
    this.#options = options;
  }

  /** The request's start is journalled already. */
  consult(exchange: Exchange, prepared: Prepared, headers: readonly string[], handOn: Visit['handOn']): void {
    const question = cacheQuestion(this.#options, exchange, prepared);
    if (question.type === 'refused') {
      exchange.fail(question.error, 'refused');
      return;
    }
    const { wish } = question;
    const visit: Visit = { exchange, wish, headers, handOn, leave: () => exchange.leave(), similar: null };
    whileItWaits(visit);
    if (question.type === 'bypass') this.#pass(visit, 'bypass');
    else this.#look(visit, question, prepared.plannedDocument);
  }

  /** Exact tier, then the identical request that runs, then similar requests, then the upstream. */
  #look(visit: Visit, question: CacheLook, document: unknown): void {
    const { cache, semantic } = this.#options;
    const { exchange } = visit;
    const { key, wish } = question;
    const begin = (): void => {
      visit.similar = semantic?.begin(exchange, question, document) ?? null;
    };
    if (wish.mode === 'refresh') {
      begin();
      this.#record(visit, key);
      return;
    }
    const goOn = (): void => {
      if (wish.mode === 'only') this.#refuse(visit);
      else this.#leadOrFollow(visit, key);
    };
    const found = guard(exchange, (answer: CachedAnswer | null) => {
      if (exchange.isFinished) return;
      if (answer !== null && this.#serve(visit, answer, 'exact')) return;
      if (!cache.isFlying(flightKey(exchange, key))) begin();
      if (visit.similar === null) goOn();
      else
        visit.similar.find(
          wish.mode === 'only',
          (similar, headers) => this.#serve(visit, similar, 'semantic', headers),
          goOn,
        );
    });
    cache.find(key.id, wish.maxAgeMs, found);
  }

  /** `failures` of others that it has waited for: it does not wait for a third. */
  #leadOrFollow(visit: Visit, key: CacheKey, failures = 0): void {
    const { cache, journal } = this.#options;
    const { exchange, headers } = visit;
    const flown = flightKey(visit.exchange, key);
    const led = cache.lead(flown);
    const flight = led === null && failures < 2 ? cache.flightOf(flown) : null;
    if (flight === null) {
      this.#pass(visit, 'miss', this.#recording(visit, key, led));
      return;
    }
    exchange.response.off('close', visit.leave);
    const goBack = (landing: Landing | null): void => {
      whileItWaits(visit);
      if (landing === null) this.#record(visit, key);
      else if (landing.answer === null) {
        // Of those whom a failure leaves without an answer, the first leads the others once more. A leader that was
        // alone and left has failed nobody.
        this.#leadOrFollow(visit, key, landing.end.outcome === 'client_gone' ? failures : failures + 1);
      } else if (!this.#serve(visit, landing.answer, 'inflight')) this.#record(visit, key);
    };
    new Following({ exchange, flight, journal, headers, goBack });
  }

  /** Upstream by itself, and its answer to the cache. */
  #record(visit: Visit, key: CacheKey): void {
    this.#pass(visit, 'miss', this.#recording(visit, key, null));
  }

  #recording({ exchange, wish, similar }: Visit, key: CacheKey, flight: Flight | null): Recording {
    const { cache, clock } = this.#options;
    return new Recording({
      cache,
      clock,
      key,
      protocol: exchange.mount.protocol.name,
      endpoint: exchange.endpoint.name,
      model: exchange.model,
      ttlMs: wish.ttlMs,
      flight,
      onKept: (fresh) => similar?.kept(fresh),
    });
  }

  #pass(visit: Visit, use: 'miss' | 'bypass', recording?: Recording): void {
    const { exchange, wish, headers, handOn, leave, similar } = visit;
    exchange.cacheUse = similar?.isCheck ? 'shadow' : use;
    if (use === 'bypass' && wish.mode === 'only') {
      this.#refuse(visit);
      return;
    }
    exchange.response.off('close', leave);
    exchange.recording = recording ?? null;
    handOn([...headers, CACHE_HEADER, use.toUpperCase(), ...(similar?.headers ?? [])]);
  }

  #refuse({ exchange }: Visit): void {
    exchange.cacheUse ??= 'miss';
    exchange.fail(noAnswer(exchange.cacheUse), 'refused');
  }

  /** False where the answer cannot be had in the form that this client wants. */
  #serve(
    { exchange, headers, leave }: Visit,
    answer: CachedAnswer,
    tier: CacheUse,
    extraHeaders: readonly string[] = [],
  ): boolean {
    const { cache, clock, journal, replayEventsPerSecond } = this.#options;
    const { facts, response } = exchange;
    const body = replayed(exchange, answer);
    if (body === null) return false;
    cache.used(answer.key);
    exchange.cacheUse = tier;
    exchange.savedNanoUsd = answer.costNanoUsd;
    exchange.status = 200;
    exchange.transcript?.replayed({ form: facts.stream ? 'stream' : 'document', body });
    const replay = new PacedReplay({
      response,
      body,
      eventsPerSecond: facts.stream ? replayEventsPerSecond : Number.POSITIVE_INFINITY,
    });
    response.off('close', leave);
    settleAtEnd(exchange, replay, answer);
    journal.flush();
    exchange.times.markFirstByte();
    writeHitHead(exchange, facts.stream ? null : body.length, [
      ...hitHeaders(answer, tier, clock.now()),
      ...extraHeaders,
      ...headers,
    ]);
    replay.start();
    return true;
  }
}

/** Settles a request that a stored answer is replayed to, when its client has it, has left, or may not have the rest. */
function settleAtEnd(exchange: Exchange, replay: PacedReplay, answer: CachedAnswer): void {
  const { response, mount, id, endpoint } = exchange;
  const reading = {
    ...EMPTY_READING,
    model: answer.modelUsed,
    responseId: answer.responseId,
    finishReason: answer.finishReason,
  };
  response.once('close', () => {
    const { failure } = exchange;
    exchange.responseBytes = replay.sentBytes;
    if (failure !== null) exchange.finish(failure.outcome, reading, failure.error.code);
    else exchange.finish(response.writableFinished ? 'cached' : 'client_gone', reading, null);
  });
  exchange.workedBy({
    cut(error) {
      // Nothing is left to be cut: a document always, a stream whose last event is out.
      if (response.writableEnded) return;
      exchange.failure = { error, outcome: 'cut' };
      replay.endWith(mount.protocol.errorEvent(error, id, endpoint));
    },
  });
}

/** While a request waits here, its client may leave and its budget may end it. */
function whileItWaits({ exchange, leave }: Visit): void {
  exchange.response.once('close', leave);
  exchange.workedBy({ cut: (error) => exchange.fail(error, 'cut') });
}
