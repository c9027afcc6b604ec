// Money set aside for one request. States: open, then settled; never back. The ledger alone moves it.

import type { NanoUsd } from '../core/money.ts';
import type { PeriodSums } from './account.ts';
import type { BudgetRefusal } from './refusal.ts';
import type { RequestFacets } from './scope-matcher.ts';

export class Reservation {
  readonly id: string;
  readonly facets: RequestFacets;
  /** The ledger's time, which decides the period that pays. It belongs into the request's record. */
  readonly reservedAtMs: number;
  /** Null where the price is unknown. Grows when the request turns out to cost more. */
  reservedNanoUsd: NanoUsd | null;
  /** One entry for each matching budget. */
  readonly sums: PeriodSums[];
  settled = false;
  /** Stops the request at once. Set by whoever carries it. */
  onCut: ((refusal: BudgetRefusal) => void) | null = null;

  constructor(
    id: string,
    facets: RequestFacets,
    reservedAtMs: number,
    reservedNanoUsd: NanoUsd | null,
    sums: PeriodSums[],
  ) {
    this.id = id;
    this.facets = facets;
    this.reservedAtMs = reservedAtMs;
    this.reservedNanoUsd = reservedNanoUsd;
    this.sums = sums;
  }
}
