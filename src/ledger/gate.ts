// The budget gate of the pipeline: bounds what a request can cost, sets that aside, and follows the request
// to its end. One ticket for each admitted request; a ticket is settled exactly once.

import type { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import { mayCost } from '../core/protocol.ts';
import type { RequestEnd } from '../core/record.ts';
import type { BudgetStanding } from './account.ts';
import type { ChargedKeys } from './charged-keys.ts';
import type { BoundQuestion, CostBound, CostBoundAnswer } from './cost-bound.ts';
import type { Assessment, Ledger, PriceQuestion } from './ledger.ts';
import { refusalError, standingHeaders } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import { ANY_MODEL, type RequestFacets } from './scope-matcher.ts';

export interface GateRequest extends Omit<BoundQuestion, 'body'> {
  readonly id: string;
  readonly tag: string | null;
  /** Who else may answer it, by which name of the model: whoever is the dearest decides what is set aside. */
  readonly others: readonly { readonly upstream: string; readonly model: string | null }[];
  /** What the request is, where it names no model: `POST /v1/videos`. */
  readonly operation: string;
  /** The parsed body; asked for only where a budget applies. */
  readonly body: () => unknown;
}

export interface GateOptions {
  readonly charged: ChargedKeys;
  readonly ledger: Ledger;
  readonly costs: CostBound;
  /** Whether a stream is cut when its running cost crosses a hard limit. */
  readonly cutsStreams: boolean;
}

/** What of a request's record its ticket is settled with. */
export type TicketEnd = Pick<
  RequestEnd,
  'costNanoUsd' | 'usage' | 'usageSource' | 'outcome' | 'billingKey' | 'modelUsed'
>;

export type Admission =
  | { readonly ticket: BudgetTicket; readonly headers: Readonly<Record<string, string>> }
  | { readonly ticket: null; readonly error: TokenWatchError };

/** What `admit` would answer, and why. */
export interface GateAssessment extends Assessment {
  readonly error: TokenWatchError | null;
  /** Of the answer, where it is admitted. */
  readonly headers: Readonly<Record<string, string>>;
  /** What would be set aside; null where no budget applies, or for an unknown price. */
  readonly reservesNanoUsd: NanoUsd | null;
}

/** What a request can cost, before it is admitted. */
export interface Weighed {
  /** Where it may cost most. Null where nothing can touch the request: its cost need not be bounded. */
  readonly dearest: PlacedBound | null;
  /** Whether the budgets are so short of room that its input is worth counting. */
  readonly isTight: boolean;
}

interface PlacedBound {
  /** As it goes to that upstream. */
  readonly request: GateRequest;
  readonly bound: CostBoundAnswer;
}

/** A text that takes more of a budget's room by its bytes is counted. */
const COARSE_SHARE_MAX = 0.05;
/** A text that is no more of a request's cost is not worth counting. */
const SMALL_SHARE_MAX = 0.1;

export class BudgetGate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** False where no budget and no kill switch is in force. */
  get limitsAnything(): boolean {
    return this.#options.ledger.limitsAnything;
  }

  weigh(request: GateRequest): Weighed {
    const { ledger, costs } = this.#options;
    if (ledger.ignores(facetsOf(request))) return { dearest: null, isTight: false };
    const dearest = boundOf(costs, request);
    return { dearest, isTight: this.#isTight(facetsOf(request), dearest) };
  }

  /** Lowers a bound by counting the input, in milliseconds. Sets nothing aside. */
  async count(request: GateRequest): Promise<Weighed> {
    const { costs } = this.#options;
    const body = request.body();
    const counting = placesOf(request).map(async (at) => {
      const question = { ...at, body };
      return { request: at, bound: await costs.count(question, costs.bound(question)) };
    });
    return { dearest: dearestOf(await Promise.all(counting)), isTight: false };
  }

  /** Sets aside what was weighed, or refuses. */
  admit(request: GateRequest, { dearest }: Weighed = this.weigh(request)): Admission {
    const bound = dearest?.bound ?? null;
    const answer = this.#options.ledger.reserve({ id: request.id, ...priceQuestion(request, dearest) });
    if (answer.refusal !== null) return { ticket: null, error: refusalError(answer.refusal) };
    const ticket = new BudgetTicket(this.#options, dearest?.request ?? request, answer.reservation, bound);
    return { ticket, headers: admittedHeaders(answer.warning, bound) };
  }

  /** What the request would meet now: counted where it would be counted. Sets nothing aside. */
  async assess(request: GateRequest): Promise<GateAssessment> {
    const weighed = this.weigh(request);
    const { dearest } = weighed.isTight ? await this.count(request) : weighed;
    const bound = dearest?.bound ?? null;
    const assessment = this.#options.ledger.assess(priceQuestion(request, dearest));
    return {
      ...assessment,
      error: assessment.refusal === null ? null : refusalError(assessment.refusal),
      headers: assessment.refusal === null ? admittedHeaders(assessment.warning, bound) : {},
      reservesNanoUsd: bound?.costNanoUsd ?? null,
    };
  }

  /**
   * Bytes stand for tokens as long as that is cheap: counting begins where the text takes a good share of what is
   * left, or does not fit; not where even an empty one would not, or where the text is a small part of the cost.
   */
  #isTight(facets: RequestFacets, { request, bound }: PlacedBound): boolean {
    const { costNanoUsd, input } = bound;
    if (costNanoUsd === null || input === null || input.refersElsewhere) return false;
    const room = this.#options.ledger.room(facets);
    if (costNanoUsd <= room * COARSE_SHARE_MAX) return false;
    const withoutText = this.#options.costs.cost(request, input, {
      inputTokens: Math.max(0, bound.inputTokensExpected - input.textBytes),
      outputTokens: bound.outputTokensExpected,
    });
    if (withoutText === null || withoutText > room) return false;
    const text = costNanoUsd - withoutText;
    if (text <= costNanoUsd * SMALL_SHARE_MAX) return false;
    return costNanoUsd > room || text > room * COARSE_SHARE_MAX;
  }
}

/** A model that could not be read may be any one, where the request may cost. */
function facetsOf({ app, model, tag, endpoint }: GateRequest): RequestFacets {
  return { app, model: model ?? (mayCost(endpoint) ? ANY_MODEL : null), tag };
}

function priceQuestion(request: GateRequest, dearest: PlacedBound | null): PriceQuestion {
  const model = dearest?.request.model ?? request.model;
  return {
    facets: facetsOf(request),
    worstCostNanoUsd: dearest?.bound.costNanoUsd ?? null,
    subject: model === null ? request.operation : `model "${model}"`,
  };
}

function admittedHeaders(
  warning: BudgetStanding | null,
  bound: CostBoundAnswer | null,
): Readonly<Record<string, string>> {
  const warned = warning === null ? {} : standingHeaders(warning);
  const unpriced = bound !== null && bound.costNanoUsd === null;
  return unpriced ? { ...warned, 'x-tokenwatch-budget-unpriced': 'true' } : warned;
}

/** The request at each upstream that may answer it. */
function placesOf(request: GateRequest): readonly GateRequest[] {
  const { others } = request;
  return others.length === 0 ? [request] : [request, ...others.map((place) => ({ ...request, ...place }))];
}

/** By its bytes, at the upstream where it may cost most. */
export function boundOf(costs: CostBound, request: GateRequest): PlacedBound {
  const body = request.body();
  return dearestOf(placesOf(request).map((at) => ({ request: at, bound: costs.bound({ ...at, body }) })));
}

/** Where it may cost most; an unknown price beats every known one. */
function dearestOf(places: readonly PlacedBound[]): PlacedBound {
  const costOf = ({ bound }: PlacedBound): number => bound.costNanoUsd ?? Number.POSITIVE_INFINITY;
  return places.reduce((dearest, place) => (costOf(place) > costOf(dearest) ? place : dearest));
}

/** Text of an answer per token, on average: only to see a stream run past its reservation while it runs. */
const CHARACTERS_PER_TOKEN = 4;

export class BudgetTicket {
  readonly #options: GateOptions;
  readonly #request: GateRequest;
  readonly #reservation: Reservation;
  readonly #bound: CostBoundAnswer | null;
  /** Generated characters up to which the reservation is known to suffice. */
  #coveredCharacters = 0;

  constructor(
    options: GateOptions,
    request: GateRequest,
    reservation: Reservation,
    bound: CostBoundAnswer | null,
  ) {
    this.#options = options;
    this.#request = request;
    this.#reservation = reservation;
    this.#bound = bound;
  }

  /** For the record: what a killed process leaves behind as this request's cost. Null without a bound. */
  get reservedNanoUsd(): NanoUsd | null {
    return this.#reservation.firstNanoUsd;
  }

  /** Whether the answer's length can matter to it. */
  get followsProgress(): boolean {
    return this.#bound !== null && this.#bound.costNanoUsd !== 0;
  }

  get reservedAtMs(): number {
    return this.#reservation.reservedAtMs;
  }

  /** Called at most once, when the request must stop now. */
  onCut(cut: (error: TokenWatchError) => void): void {
    this.#reservation.onCut = cut;
  }

  /**
   * Tells how much the answer holds so far. Past what was reserved, the reservation grows; where a hard budget
   * does not hold that and streams are to be cut, the request is cut.
   */
  progress(generatedCharacters: number): void {
    if (this.#bound === null || generatedCharacters <= this.#coveredCharacters) return;
    // Twice the text before the next look: a long stream is looked at a few times, not at each chunk.
    this.#coveredCharacters = Math.max(2_000, generatedCharacters + Math.min(generatedCharacters, 20_000));
    const running = this.#options.costs.cost(this.#request, this.#bound.input, {
      inputTokens: this.#bound.inputTokensExpected,
      outputTokens: Math.ceil(generatedCharacters / CHARACTERS_PER_TOKEN),
    });
    if (running === null) return;
    const { ledger, cutsStreams } = this.#options;
    const refusal = ledger.extend(this.#reservation, running, !cutsStreams);
    if (refusal !== null) this.#reservation.cut(refusal);
  }

  /** Ends the ticket with what the record says. Usage that is fetched again is charged once, as in the store. */
  settle(end: TicketEnd): void {
    const repeats = end.billingKey !== null && this.#options.charged.repeats(end.billingKey);
    this.#options.ledger.settle(this.#reservation, repeats ? 0 : end.costNanoUsd, end.modelUsed);
    if (this.#bound !== null && end.outcome === 'completed' && end.usageSource === 'provider') {
      this.#options.costs.learn(this.#request, this.#bound, end.usage);
    }
  }
}
