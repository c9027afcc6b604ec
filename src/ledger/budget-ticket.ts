// What an admitted request holds, followed to its end. One ticket for each; it is settled exactly once.
//
// A stream that is ended in time: it holds what is expected, and takes more while it runs, before it needs it. What its
// text amounts to is bounded by its bytes; where its budgets have no room for that, it is counted; where they have none
// for the count either, the stream is cut. What it may generate until it stops is set aside from the start.

import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { type ModelCost, modelCosts } from '../core/model-costs.ts';
import type { NanoUsd } from '../core/money.ts';
import type { RequestEnd } from '../core/record.ts';
import type { BoundQuestion, CostBound, CostBoundAnswer } from './bounds/cost-bound.ts';
import { thinkingOf } from './bounds/hidden-thinking.ts';
import { RunningCost } from './bounds/running-cost.ts';
import { RunningOutput, type RunningStream } from './bounds/running-output.ts';
import type { ChargedKeys } from './charged-keys.ts';
import type { Ledger } from './ledger.ts';
import type { BudgetRefusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';

export interface TicketOptions {
  readonly clock: Clock;
  readonly charged: ChargedKeys;
  readonly ledger: Ledger;
  readonly costs: CostBound;
  /**
   * Whether a stream is cut when its running cost crosses a hard limit, where it is not followed to be ended in time.
   */
  readonly cutsStreams: boolean;
}

export type TicketQuestion = Omit<BoundQuestion, 'body'> & { readonly body: () => unknown };

/** What of a request's record its ticket is settled with. */
export type TicketEnd = Pick<
  RequestEnd,
  | 'costNanoUsd'
  | 'listCostNanoUsd'
  | 'usage'
  | 'usageSource'
  | 'outcome'
  | 'billingKey'
  | 'modelUsed'
  | 'runs'
>;

/** Text of an answer per token, on average: only to see a stream run past its reservation while it runs. */
const CHARACTERS_PER_TOKEN = 4;
/**
 * What a provider may generate between the last look at a stream and its end: a few hundred milliseconds of the
 * fastest.
 */
export const MARGIN_TOKENS = 200;
/** Less is not worth another count. */
const COUNT_BYTES_MIN = 64;
/** Texts have fewer bytes than this for each token, on the whole. */
const TOKEN_BYTES_MAX = 8;
/** More is counted before it takes more of a budget's room by its bytes. */
const COARSE_BYTES_MIN = 1_000;
/** How long a stream waits for a larger slice, and how often: what is generated meanwhile is in its margin. */
const MORE_WAITS_MS = 150;
const MORE_ASKED_MAX = 2;
const COARSE_SHARE_MAX = 0.05;

/** An object, not a function of its own for each request: in a field, that costs V8 a quarter of the request's CPU. */
export interface ReservationWatcher {
  /** False where that could not be written down. */
  reservationGrew(reservedNanoUsd: NanoUsd): boolean;
}

export class BudgetTicket {
  /** Told when it holds more than before: the record must know. */
  watcher: ReservationWatcher | null = null;
  /** Told when a stream may be looked at again that was held up. Must not throw. */
  onCounted: (() => void) | null = null;
  readonly #options: TicketOptions;
  readonly #request: TicketQuestion;
  readonly #reservation: Reservation;
  readonly #bound: CostBoundAnswer | null;
  /** Null where nothing is bounded. */
  readonly #cost: RunningCost | null;
  readonly #output: RunningOutput | null;
  /** Generated characters up to which the reservation is known to suffice. */
  #coveredCharacters = 0;
  /** Output tokens for which it suffices. */
  #coveredTokens = 0;
  #isCounting = false;
  /** How often it has waited for a larger slice since it last got more. */
  #moreAsked = 0;
  #outputTokensMax: number | null = null;

  constructor(
    options: TicketOptions,
    request: TicketQuestion,
    reservation: Reservation,
    bound: CostBoundAnswer | null,
  ) {
    this.#options = options;
    this.#request = request;
    this.#reservation = reservation;
    this.#bound = bound;
    this.#cost = bound === null ? null : new RunningCost(options.costs, request, bound);
    const { model } = request;
    const isFollowed = bound?.isCuttable && bound.costNanoUsd !== null && model !== null;
    this.#output = isFollowed
      ? new RunningOutput(
          thinkingOf(model, request.body()),
          (text) => options.costs.countText(text, model),
          options.clock.monotonicMs(),
        )
      : null;
    if (isFollowed)
      this.#coveredTokens = this.#tokensFor(reservation.reservedNanoUsd, bound.inputTokensExpected);
  }

  /** For the record: what a killed process leaves behind as this request's cost. Null without a bound. */
  get reservedNanoUsd(): NanoUsd | null {
    return this.#reservation.recordedNanoUsd;
  }

  /** Whether the answer's length can matter to it. */
  get followsProgress(): boolean {
    return this.#bound !== null && this.#bound.costNanoUsd !== 0 && this.#bound.costNanoUsd !== null;
  }

  /** Whether a hard budget counts on what it holds: then that must outlive this process. */
  get mustBeDurable(): boolean {
    return this.#reservation.isLimited && this.#reservation.recordedNanoUsd !== 0;
  }

  /** Whether it may be ended by the clock alone: looks are due also while nothing arrives. */
  get endsInTime(): boolean {
    return this.#output !== null;
  }

  /** Of a stream that was cut: what it may have generated, for which it held enough. Null for others. */
  get outputTokensMax(): number | null {
    return this.#outputTokensMax;
  }

  get reservedAtMs(): number {
    return this.#reservation.reservedAtMs;
  }

  /** Called at most once, when the request must stop now. */
  onCut(cut: (error: TokenWatchError) => void): void {
    this.#reservation.onCut = cut;
  }

  /** Tells how far the answer is. False where it must not go on before `onCounted` is called. */
  progress(stream: RunningStream): boolean {
    if (this.#bound === null || this.#reservation.settled || this.#outputTokensMax !== null) return true;
    if (this.#output !== null) return this.#follow(stream, this.#bound, this.#output);
    this.#followAfterwards(stream, this.#bound);
    return true;
  }

  /** What a session has come to so far, by models, which nobody could bound. It is ended where its budgets are used up. */
  payUntilNow(costs: readonly ModelCost[]): void {
    const reservation = this.#reservation;
    if (reservation.settled || reservation.recordedNanoUsd !== null) return;
    const refusal = this.#options.ledger.pay(reservation, costs);
    if (refusal !== null) reservation.cut(asCut(refusal));
  }

  /** Ends the ticket with what the record says. Usage that is fetched again is charged once, as in the store. */
  settle(end: TicketEnd): void {
    const repeats = end.billingKey !== null && this.#options.charged.repeats(end.billingKey);
    const { ledger } = this.#options;
    if (repeats) ledger.settle(this.#reservation, 0, end.modelUsed);
    else ledger.settle(this.#reservation, end.costNanoUsd, end.modelUsed, modelCosts(end));
    this.watcher = null;
    if (this.#bound !== null && end.outcome === 'completed' && end.usageSource === 'provider') {
      this.#options.costs.learn(this.#request, this.#bound, end.usage);
    }
  }

  #follow(stream: RunningStream, bound: CostBoundAnswer, output: RunningOutput): boolean {
    const inputTokens = stream.progress.inputTokens ?? bound.inputTokensExpected;
    this.#takeModel(stream.progress.model, inputTokens, output);
    const outputTokensMax = this.#cost?.outputTokensMax ?? 0;
    const most =
      output.tokensMax(stream, this.#options.clock.monotonicMs()) +
      Math.max(MARGIN_TOKENS, output.stepTokens);
    // A server that goes on past the client's own bound is found out by a count: from then on there is none.
    const isPastBound = output.countedTokens > outputTokensMax;
    const tokens = isPastBound ? most : Math.min(outputTokensMax, most);
    const isEndless = output.uncountedBytes(stream) > outputTokensMax * TOKEN_BYTES_MAX;
    if (tokens <= this.#coveredTokens) {
      if (isEndless) this.#count(stream, output);
      return !isEndless;
    }
    if (this.#isCounting) return false;
    const cost = (outputTokens: number): NanoUsd => this.#cost?.of({ inputTokens, outputTokens }) ?? 0;
    const { ledger } = this.#options;
    // Half as much again, and a page: a long stream asks a few times, not at each chunk.
    const wanted = Math.max(tokens, Math.min(outputTokensMax, Math.ceil(tokens * 1.5) + 1000));
    const needed = cost(tokens);
    const more = needed - this.#reservation.reservedNanoUsd;
    const isCoarse =
      output.uncountedBytes(stream) >= COARSE_BYTES_MIN &&
      more > ledger.roomBeside(this.#reservation) * COARSE_SHARE_MAX;
    const refusal = isCoarse ? null : ledger.grow(this.#reservation, needed, cost(wanted));
    if (refusal !== null && this.#asksForMore(needed)) return false;
    if (isCoarse || (refusal !== null && output.uncountedBytes(stream) >= COUNT_BYTES_MIN)) {
      this.#count(stream, output);
      return false;
    }
    if (refusal === null) {
      this.#moreAsked = 0;
      this.#took(inputTokens);
    } else {
      // It is charged for what it may have generated, and no more than what it holds.
      const held = this.#tokensFor(this.#reservation.reservedNanoUsd, inputTokens);
      this.#outputTokensMax = Math.min(tokens, Math.max(this.#coveredTokens, held));
      this.#reservation.cut(asCut(refusal));
    }
    return true;
  }

  /** Holds the stream up for a moment where the instance may get a larger slice of its budgets. */
  #asksForMore(needed: NanoUsd): boolean {
    const { ledger } = this.#options;
    if (this.#moreAsked >= MORE_ASKED_MAX || !ledger.slices.mayHoldMore(this.#reservation, needed))
      return false;
    this.#moreAsked += 1;
    this.#isCounting = true;
    void ledger.slices.moreWithin(MORE_WAITS_MS).then(() => {
      this.#isCounting = false;
      this.onCounted?.();
    });
    return true;
  }

  #took(inputTokens: number): void {
    const { reservedNanoUsd } = this.#reservation;
    this.#coveredTokens = this.#tokensFor(reservedNanoUsd, inputTokens);
    if (reservedNanoUsd === this.#reservation.recordedNanoUsd) return;
    this.#reservation.recordedNanoUsd = reservedNanoUsd;
    const isWritten = this.watcher?.reservationGrew(reservedNanoUsd) ?? true;
    if (!isWritten && this.mustBeDurable) this.#reservation.end(notDurable());
  }

  #count(stream: RunningStream, output: RunningOutput): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    void output.count(stream).then(() => {
      this.#isCounting = false;
      this.onCounted?.();
    });
  }

  #tokensFor(amount: NanoUsd, inputTokens: number): number {
    return this.#cost?.outputFor(amount, inputTokens) ?? 0;
  }

  /** Whoever answers is who is paid. */
  #takeModel(model: string | null, inputTokens: number, output: RunningOutput): void {
    if (model === null || !this.#cost?.answeredBy(model)) return;
    output.thinksLike(thinkingOf(model, this.#request.body()));
    this.#coveredTokens = this.#tokensFor(this.#reservation.reservedNanoUsd, inputTokens);
  }

  /**
   * Past what was reserved, the reservation grows; where a hard budget does not hold that and streams are to be cut,
   * the request is cut.
   */
  #followAfterwards({ progress }: RunningStream, bound: CostBoundAnswer): void {
    const characters = progress.textBytes + progress.thinkingBytes;
    const isDearer = this.#cost?.answeredBy(progress.model) ?? false;
    if (characters <= this.#coveredCharacters && !isDearer) return;
    // Twice the text before the next look: a long stream is looked at a few times, not at each chunk.
    this.#coveredCharacters = Math.max(2_000, characters + Math.min(characters, 20_000));
    const running = this.#cost?.of({
      inputTokens: bound.inputTokensExpected,
      outputTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
    });
    if (running === null || running === undefined) return;
    const { ledger, cutsStreams } = this.#options;
    const refusal = ledger.extend(this.#reservation, running, !cutsStreams);
    if (refusal !== null) this.#reservation.cut(asCut(refusal));
  }
}

/** An answer that runs and is ended is told so. */
function asCut(refusal: BudgetRefusal): BudgetRefusal {
  return 'askedNanoUsd' in refusal ? { ...refusal, code: 'budget_exceeded', isCut: true } : refusal;
}

/** Told to whom a hard budget cannot promise anything: after a crash it would begin with money that is spent. */
export function notDurable(): TokenWatchError {
  return new TokenWatchError(
    'budget_not_durable',
    'TokenWatch cannot write down what this request sets aside, and a hard budget depends on it. Free the disk of its data folder; see the log.',
    { headers: { 'retry-after': '10' } },
  );
}
