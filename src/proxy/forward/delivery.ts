// Sends a request to its candidates, one after the other, until one gives an answer that its client shall have.
//
// States: asking (a candidate was sent the request) → asking the next, while nothing has reached the client and
// attempts, time and candidates are left → answered (an answer passes to the relay) | failed (nobody gave one: the last
// answer that was held back is the client's, else an error of ours).

import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { UpstreamAttempt } from '../../core/record.ts';
import type { Candidate } from '../../upstream/candidates.ts';
import { callerOf } from '../../upstream/credentials.ts';
import {
  type FailoverRules,
  failureKind,
  isHealthy,
  isProvidersFault,
  restUntil,
} from '../../upstream/failover.ts';
import { type Forwarder, upstreamError } from '../../upstream/forward.ts';
import type { Health } from '../../upstream/health.ts';
import type { KeyReader } from '../../upstream/keys.ts';
import type { Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import { Attempt, type AttemptHead, type Waiting } from './attempt.ts';
import type { HeldAnswer } from './held-answer.ts';
import type { Outgoing } from './outgoing.ts';
import { RetriedAnswer, type Sender } from './retried-answer.ts';

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly forwarder: Forwarder;
  readonly health: Health;
  readonly keys: KeyReader;
  readonly failover: FailoverRules;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #exchange: Exchange;
  readonly #outgoing: Outgoing;
  readonly #waiting: Waiting;
  readonly #sink: Dispatcher.DispatchHandler;
  readonly #candidates: readonly Candidate[];
  readonly #beganMs: number;
  /** The candidate to be asked next. */
  #next = 0;
  /** The last answer that was not passed on, for the case that no better one comes. */
  #held: { readonly answer: HeldAnswer; readonly candidate: Candidate } | null = null;

  /** Answers pass to `sink`. */
  constructor(
    options: DeliveryOptions,
    exchange: Exchange,
    outgoing: Outgoing,
    waiting: Waiting,
    sink: Dispatcher.DispatchHandler,
  ) {
    this.#options = options;
    this.#exchange = exchange;
    this.#outgoing = outgoing;
    this.#waiting = waiting;
    this.#sink = sink;
    // Those that rest are not asked; they stand last.
    this.#candidates = (exchange.candidates ?? []).filter(({ rest }) => rest === null);
    this.#beganMs = options.clock.monotonicMs();
  }

  start(): void {
    if (this.#candidates.length === 0) this.#waiting.fail(this.#restingError());
    else this.#ask();
  }

  #ask(): void {
    const { keys } = this.#options;
    const candidate = this.#candidates[this.#next] as Candidate;
    this.#next += 1;
    this.#exchange.candidate = candidate;
    let key: string | null;
    try {
      key = keys.keyOf(candidate.upstream);
    } catch (error) {
      this.#note(candidate, 'no_key', null, 0);
      this.#goOn(error as Error);
      return;
    }
    const handler = this.#attempt(candidate);
    const outgoing = this.#outgoing;
    const sender: Sender = { dispatch: (to) => outgoing.dispatchTo(candidate, key, to) };
    // Where another one is left, that one is asked instead.
    const { clock, failover } = this.#options;
    const retriesMax =
      this.#candidates.length === 1 && this.#outgoing.canBeSentAgain ? failover.retriesMax : 0;
    if (retriesMax === 0) sender.dispatch(handler);
    else
      sender.dispatch(
        new RetriedAnswer({
          exchange: this.#exchange,
          clock,
          retriesMax,
          waiting: this.#waiting,
          handler,
          sender,
        }),
      );
  }

  /** What becomes of its answer, and what its upstream's circuit learns of that. */
  #attempt(candidate: Candidate): Attempt {
    const { clock, health, failover } = this.#options;
    const circuit = health.circuit(candidate.upstream, candidate.model);
    const passage = circuit.begin(clock.now());
    this.#exchange.onErrorInside = (errorCode) => {
      if (isProvidersFault(errorCode)) circuit.broke(clock.now());
    };
    const beganMs = clock.monotonicMs();
    const tookMs = (): number => Math.round((clock.monotonicMs() - beganMs) * 1000) / 1000;
    return new Attempt({
      waiting: this.#waiting,
      sink: this.#sink,
      isStream: this.#exchange.facts.stream,
      headTimeoutMs: this.#exchange.facts.stream && this.#canGoOn() ? failover.headTimeoutMs : null,
      waitsForBody: (status) => status < 300 && failover.on.kinds.has('broken') && this.#canGoOn(),
      onHead: (head) => {
        const isGood = isHealthy(head.status, candidate.takesClientKey);
        if (isGood === null) circuit.abandoned(passage);
        else if (isGood) circuit.succeeded(passage, clock.now(), tookMs());
        else circuit.failed(passage, clock.now());
        return this.#takeHead(candidate, head, tookMs());
      },
      onBroken: (cause) => {
        if (failureKind(this.#errorOf(cause, candidate, true)) !== null) circuit.broke(clock.now());
      },
      onFailure: (cause) => {
        const error = this.#errorOf(cause, candidate, false);
        const kind = failureKind(error);
        if (kind === null) circuit.abandoned(passage);
        else circuit.failed(passage, clock.now());
        this.#note(candidate, kind ?? 'abandoned', null, tookMs());
        if (kind !== null && failover.on.kinds.has(kind)) this.#goOn(error);
        else this.#waiting.fail(error);
      },
    });
  }

  /** Whether the answer is to be held back, because another upstream is asked; otherwise it passes. */
  #takeHead(candidate: Candidate, head: AttemptHead, ms: number): ((answer: HeldAnswer) => void) | null {
    const { failover } = this.#options;
    const fails = failover.on.hasStatus(head.status);
    if (fails || head.status === 429) this.#noteRest(candidate, head);
    if (!fails || !this.#canGoOn()) {
      this.#note(candidate, 'answered', head.status, ms);
      return null;
    }
    this.#note(candidate, 'error_status', head.status, ms);
    return (answer) => {
      this.#held?.answer.drop();
      this.#held = { answer, candidate };
      this.#waiting.waitAgain();
      this.#ask();
    };
  }

  #canGoOn(): boolean {
    const { clock, failover } = this.#options;
    return (
      this.#next < this.#candidates.length &&
      this.#next < failover.attemptsMax &&
      this.#outgoing.canBeSentAgain &&
      clock.monotonicMs() - this.#beganMs < failover.timeoutMs
    );
  }

  /** To the next candidate; with none left, the client hears of the last answer, or else of the last failure. */
  #goOn(error: Error): void {
    if (this.#canGoOn()) {
      this.#waiting.waitAgain();
      this.#ask();
      return;
    }
    const held = this.#held;
    if (held === null) {
      this.#waiting.fail(this.#withAttempts(error));
      return;
    }
    const pass = guard(this.#exchange, (isWhole: boolean) => {
      // The client may have left meanwhile: then all is said.
      if (this.#waiting.abortReason !== null) return;
      if (!isWhole) {
        this.#waiting.fail(this.#withAttempts(error));
        return;
      }
      this.#exchange.candidate = held.candidate;
      held.answer.passTo(this.#sink);
    });
    held.answer.whole(pass);
  }

  #note(candidate: Candidate, outcome: UpstreamAttempt['outcome'], status: number | null, ms: number): void {
    const { upstream, model } = candidate;
    this.#exchange.attempts.push({ upstream: upstream.name, model, outcome, status, ms });
  }

  #noteRest(candidate: Candidate, { status, rawHeaders }: AttemptHead): void {
    const { clock, health } = this.#options;
    const untilMs = restUntil(rawHeaders, clock.now());
    if (untilMs === null) return;
    const caller = candidate.takesClientKey ? callerOf(this.#exchange.rawHeaders) : null;
    health.rest(candidate.upstream, candidate.model, caller, { untilMs, status });
  }

  #errorOf(cause: Error, { upstream }: Candidate, headSeen: boolean): TokenWatchError {
    return upstreamError(cause, upstream.base.origin, headSeen);
  }

  #withAttempts(error: Error): Error {
    const { attempts } = this.#exchange;
    if (attempts.length < 2 || !(error instanceof TokenWatchError)) return error;
    const tried = attempts.map(
      ({ upstream, outcome, status }) => `${upstream} (${status ?? outcome.replace('_', ' ')})`,
    );
    return new TokenWatchError(error.code, `${error.message} Tried: ${tried.join(', ')}.`, {
      cause: error.cause,
      headers: error.headers,
    });
  }

  /** Everyone asked for rest: so does the proxy, until the first of them is to be asked again. */
  #restingError(): TokenWatchError {
    const rests = (this.#exchange.candidates ?? []).flatMap(({ rest, upstream }) =>
      rest === null ? [] : [{ ...rest, name: upstream.name }],
    );
    const first = rests.reduce((soonest, rest) => (rest.untilMs < soonest.untilMs ? rest : soonest));
    const seconds = Math.max(1, Math.ceil((first.untilMs - this.#options.clock.now()) / 1000));
    const names = rests.map(({ name, status }) => `${name} (${status})`).join(', ');
    return new TokenWatchError(
      first.status === 429 ? 'upstream_rate_limited' : 'upstream_resting',
      `Every upstream asked not to be asked again yet: ${names}. The first may be asked in ${seconds} s.`,
      { headers: { 'retry-after': String(seconds) } },
    );
  }
}
