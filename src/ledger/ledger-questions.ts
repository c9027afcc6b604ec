// What the ledger is asked and answers.

import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import type { BudgetStanding, ThresholdCrossing } from './account.ts';
import type { Budget, Kill } from './budget.ts';
import type { BudgetRefusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import type { RequestFacets } from './scope-matcher.ts';

export interface LedgerOptions {
  readonly clock: Clock;
  readonly timeZone: string;
  /** Whether a hard budget lets a request pass whose price is unknown. */
  readonly unknownPrice: 'allow' | 'block';
  /** Told of every threshold with the budget's webhook; may repeat one, so the receiver keeps them unique. */
  readonly onThreshold: (crossing: ThresholdCrossing) => void;
  /** Whether other instances let requests through by the same budgets: then each keeps to its slices. */
  readonly isLeased?: boolean;
}

export interface LedgerConfiguration {
  readonly budgets: readonly Budget[];
  readonly kills: readonly Kill[];
  /** How often the records were deleted: what was leased before counts other money. */
  readonly resets?: number;
}

export interface ReserveRequest {
  readonly id: string;
  readonly facets: RequestFacets;
  /** The most that the request can plausibly cost; null where the price is unknown, 0 for what costs nothing. */
  readonly worstCostNanoUsd: NanoUsd | null;
  /**
   * Where less will do to begin with, because the request is ended before it costs more than it holds: what must fit.
   * Then it holds `worstCostNanoUsd` where that fits, and all that remains where it does not.
   */
  readonly leastCostNanoUsd?: NanoUsd | null;
  /** What has that price, for people: `model "gpt-9"`, `POST /v1/videos`. */
  readonly subject: string;
}

export type PriceQuestion = Omit<ReserveRequest, 'id'>;

export type ReserveAnswer =
  | {
      readonly reservation: Reservation;
      readonly refusal: null;
      /** The most used budget past its first threshold, if any. */
      readonly warning: BudgetStanding | null;
    }
  | { readonly reservation: null; readonly refusal: BudgetRefusal };

/** What the ledger would answer, and why; nothing is set aside. */
export interface Assessment {
  /** Kill switches that stop it. */
  readonly kills: readonly Kill[];
  /** Every budget that it falls under, as it stands without it. */
  readonly budgets: readonly AssessedBudget[];
  readonly refusal: BudgetRefusal | null;
  /** As in `ReserveAnswer`. */
  readonly warning: BudgetStanding | null;
  /** What it would hold; null for an unknown price. */
  readonly reservesNanoUsd: NanoUsd | null;
}

export interface AssessedBudget extends BudgetStanding {
  /** Whether this budget alone would refuse it. */
  readonly refuses: boolean;
}
