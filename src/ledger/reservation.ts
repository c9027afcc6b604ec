// Money set aside for one request. States: open, then settled; never back. The ledger alone moves it.

import type { TokenWatchError } from '../core/errors.ts';
import { Linked } from '../core/linked-set.ts';
import { assertNanoUsd, type NanoUsd } from '../core/money.ts';
import type { PeriodSums } from './account.ts';
import { type BudgetRefusal, refusalError } from './refusal.ts';
import { type RequestFacets, scopeMatches, withoutOthers } from './scope-matcher.ts';

export class Reservation extends Linked {
  readonly id: string;
  readonly facets: RequestFacets;
  /** The ledger's time, which decides the period that pays. It belongs into the request's record. */
  readonly reservedAtMs: number;
  /** What is reserved by the record. Null where the cost could not be bounded. */
  recordedNanoUsd: NanoUsd | null;
  /** What is reserved now: more than at first when the request turned out to cost more. */
  reservedNanoUsd: NanoUsd;
  /** One entry for each matching budget. Shared by requests of one kind: replaced where one is added. */
  sums: readonly PeriodSums[];
  settled = false;
  /** Of a session what was paid while it runs, by whom; null before anything was. */
  #paid: Map<PeriodSums, NanoUsd> | null = null;
  /** Stops the request at once. Set by whoever carries it, and gone with the settlement. */
  onCut: ((error: TokenWatchError) => void) | null = null;

  constructor(
    id: string,
    facets: RequestFacets,
    reservedAtMs: number,
    amount: NanoUsd | null,
    sums: readonly PeriodSums[],
  ) {
    super();
    this.id = id;
    this.facets = facets;
    this.reservedAtMs = reservedAtMs;
    this.recordedNanoUsd = amount;
    this.reservedNanoUsd = amount ?? 0;
    this.sums = sums;
  }

  /** Those of the model that was asked for. Money is set aside by all that may answer; who does not is not charged. */
  get ownSums(): readonly PeriodSums[] {
    const own = withoutOthers(this.facets);
    if (own === this.facets) return this.sums;
    return this.sums.filter(({ account }) => scopeMatches(account.budget.scope, own));
  }

  /** Whether a hard budget counts on it. */
  get isLimited(): boolean {
    return this.sums.some(({ account }) => account.hardLimitNanoUsd !== Number.POSITIVE_INFINITY);
  }

  /** What of a cost is still to be paid there. */
  unpaid(period: PeriodSums, cost: NanoUsd): NanoUsd {
    return this.#paid === null ? cost : Math.max(0, cost - (this.#paid.get(period) ?? 0));
  }

  /** Notes that it pays that much there before the end; returns what of it was still to be paid. */
  pay(period: PeriodSums, cost: NanoUsd): NanoUsd {
    assertNanoUsd(cost);
    const more = this.unpaid(period, cost);
    this.#paid ??= new Map();
    this.#paid.set(period, Math.max(cost, this.#paid.get(period) ?? 0));
    return more;
  }

  /** It is settled: nothing stops it any more. */
  close(): void {
    this.settled = true;
    this.onCut = null;
  }

  /** At most once. */
  cut(refusal: BudgetRefusal): void {
    this.end(refusalError(refusal));
  }

  /** At most once. */
  end(error: TokenWatchError): void {
    const { onCut } = this;
    this.onCut = null;
    onCut?.(error);
  }
}
