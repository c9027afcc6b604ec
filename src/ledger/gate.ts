// The budget gate of the pipeline: bounds what a request can cost, sets that aside, and follows the request
// to its end. One ticket for each admitted request; a ticket is settled exactly once.

import type { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import { mayCost } from '../core/protocol.ts';
import type { BudgetStanding } from './account.ts';
import {
  type BoundQuestion,
  type CostBound,
  type CostBoundAnswer,
  FIRST_TOKENS,
} from './bounds/cost-bound.ts';
import { BudgetTicket, type TicketOptions } from './budget-ticket.ts';
import type { Assessment, ReserveAnswer, ReserveRequest } from './ledger-questions.ts';
import { refusalError, standingHeaders } from './refusal.ts';
import { ANY_MODEL, type RequestFacets } from './scope-matcher.ts';
import { WaitingLine } from './waiting-line.ts';

export interface GateRequest extends Omit<BoundQuestion, 'body'> {
  readonly id: string;
  readonly tag: string | null;
  readonly user?: string | null;
  readonly session?: string | null;
  /** The name of its access key. */
  readonly key?: string | null;
  /** Who else may answer it, by which name of the model: whoever is the dearest decides what is set aside. */
  readonly others: readonly { readonly upstream: string; readonly model: string | null }[];
  /** Which other models its body names, that may answer instead or as well: the same holds for them. */
  readonly alsoModels?: readonly string[];
  /** Which its body names before the one that counts. Only kill switches look at them. */
  readonly earlierModels?: readonly string[];
  /** What the request is, where it names no model: `POST /v1/videos`. */
  readonly operation: string;
  /** The parsed body; asked for only where a budget applies. */
  readonly body: () => unknown;
}

export interface GateOptions extends TicketOptions {
  /** How long a request may wait for others to end that stand in its way. 0: not at all. */
  readonly waitMs: number;
}

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

/** Requests that wait for others to end. Beyond, one is refused at once. */
const WAITING_MAX = 1_000;
/** A text that takes more of a budget's room by its bytes is counted. */
const COARSE_SHARE_MAX = 0.05;
/** A text that is no more of a request's cost is not worth counting. */
const SMALL_SHARE_MAX = 0.1;

export class BudgetGate {
  readonly #options: GateOptions;
  readonly #line: WaitingLine;

  constructor(options: GateOptions) {
    this.#options = options;
    const { ledger, waitMs } = options;
    this.#line = new WaitingLine({ ledger, waitMs, lengthMax: WAITING_MAX });
  }

  /** How long a request may wait for others. */
  get waitMs(): number {
    return this.#options.waitMs;
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

  /** Sets aside what was weighed, or refuses; null for a request that is to wait for those that stand in its way. */
  enter(request: GateRequest, weighed: Weighed): Admission | null {
    const answer = this.#line.reserve(reserveRequest(request, weighed.dearest));
    return answer && this.#admission(request, weighed, answer);
  }

  /** Does so when those have ended, or its time is over. `done` is called once. Returns what ends the wait. */
  wait(request: GateRequest, weighed: Weighed, done: (admission: Admission) => void): () => void {
    const question = reserveRequest(request, weighed.dearest);
    return this.#line.wait(question, (answer) => done(this.#admission(request, weighed, answer)));
  }

  /** Does so without waiting for others. */
  admit(request: GateRequest, weighed: Weighed = this.weigh(request)): Admission {
    const answer = this.#options.ledger.reserve(reserveRequest(request, weighed.dearest));
    return this.#admission(request, weighed, answer);
  }

  #admission(request: GateRequest, { dearest }: Weighed, answer: ReserveAnswer): Admission {
    if (answer.refusal !== null) return { ticket: null, error: refusalError(answer.refusal) };
    const bound = dearest?.bound ?? null;
    const ticket = new BudgetTicket(this.#options, dearest?.request ?? request, answer.reservation, bound);
    return { ticket, headers: admittedHeaders(answer.warning, bound) };
  }

  /** What the request would meet now: counted where it would be counted. Sets nothing aside. */
  async assess(request: GateRequest): Promise<GateAssessment> {
    const weighed = this.weigh(request);
    const { dearest } = weighed.isTight ? await this.count(request) : weighed;
    const bound = dearest?.bound ?? null;
    const assessment = this.#options.ledger.assess(reserveRequest(request, dearest));
    return {
      ...assessment,
      error: assessment.refusal === null ? null : refusalError(assessment.refusal),
      headers: assessment.refusal === null ? admittedHeaders(assessment.warning, bound) : {},
      reservesNanoUsd:
        assessment.refusal === null ? assessment.reservesNanoUsd : (bound?.costNanoUsd ?? null),
    };
  }

  /**
   * Bytes stand for tokens as long as that is cheap: counting begins where the text takes a good share of what is
   * left, or does not fit; not where even an empty one would not, or where the text is a small part of the cost.
   */
  #isTight(facets: RequestFacets, { request, bound }: PlacedBound): boolean {
    const { leastNanoUsd: least, isCuttable, input } = bound;
    if (least === null || input === null || input.refersElsewhere) return false;
    const room = this.#options.ledger.room(facets);
    if (least <= room * COARSE_SHARE_MAX) return false;
    const withoutText = this.#options.costs.cost(request, input, {
      inputTokens: Math.max(0, bound.inputTokensExpected - input.textBytes),
      outputTokens: isCuttable
        ? Math.min(FIRST_TOKENS, bound.outputTokensExpected)
        : bound.outputTokensExpected,
    });
    if (withoutText === null || withoutText > this.#options.ledger.roomOnceOthersEnd(facets)) return false;
    const text = least - withoutText;
    if (text <= least * SMALL_SHARE_MAX) return false;
    return least > room || text > room * COARSE_SHARE_MAX;
  }
}

/** A model that could not be read may be any one, where the request may cost; what is free spends nothing on any. */
function facetsOf(request: GateRequest): RequestFacets {
  const { app, model, tag, user, session, key } = request;
  const isPaid = mayCost(request.endpoint);
  const facets = {
    app,
    model: isPaid ? (model ?? ANY_MODEL) : null,
    tag,
    user,
    session,
    key,
  } as RequestFacets;
  if (!isPaid) return facets;
  const { alsoModels = [], earlierModels = [] } = request;
  if (alsoModels.length + earlierModels.length === 0) return facets;
  return {
    ...facets,
    ...(alsoModels.length > 0 && { alsoModels }),
    ...(earlierModels.length > 0 && { earlierModels }),
  };
}

function reserveRequest(request: GateRequest, dearest: PlacedBound | null): ReserveRequest {
  const model = dearest?.request.model ?? request.model;
  const bound = dearest?.bound ?? null;
  const worst = bound?.costNanoUsd ?? null;
  return {
    id: request.id,
    facets: facetsOf(request),
    worstCostNanoUsd: worst,
    leastCostNanoUsd: bound?.isCuttable === true ? bound.leastNanoUsd : worst,
    subject: model === null ? request.operation : `model "${model}"`,
  };
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

function admittedHeaders(
  warning: BudgetStanding | null,
  bound: CostBoundAnswer | null,
): Readonly<Record<string, string>> {
  const warned = warning === null ? NO_HEADERS : standingHeaders(warning);
  const unpriced = bound !== null && bound.costNanoUsd === null;
  return unpriced ? { ...warned, 'x-tokenwatch-budget-unpriced': 'true' } : warned;
}

/** The request at each upstream, and by each model, that may answer it. */
function placesOf(request: GateRequest): readonly GateRequest[] {
  const { others, alsoModels = [] } = request;
  if (others.length === 0 && alsoModels.length === 0) return [request];
  return [
    request,
    ...others.map((place) => ({ ...request, ...place })),
    ...alsoModels.map((model) => ({ ...request, model })),
  ];
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
