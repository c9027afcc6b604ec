// What budgets need of a store.

import type { NanoUsd } from '../core/money.ts';
import { hasShape, isListOf } from '../core/shape.ts';
import { type Budget, isKill, type Kill, type Scope, type SharedBy } from './budget.ts';

/** Which records count as spent. A record without a reservation time counts at its start. */
export interface SpendQuery {
  readonly scope: Scope;
  /** Half-open, by the record's reservation time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Requests of this process that are still open: counted by the ledger, whatever their record says. */
  readonly unsettledIds: readonly string[];
  /** Also of each by itself, with an allowance of its own; null or absent: only of all together. */
  readonly per?: SharedBy | null;
  /**
   * This instance's records alone, where others share the budget. Those of its earlier processes count up to `untilMs`,
   * for their clock may have been ahead.
   */
  readonly own?: { readonly untilMs: number };
  /** Only of requests that are no longer on record, for they were old. */
  readonly deletedOnly?: true;
}

/** A bound on what a store tells of one budget by itself: those that spent most. */
export const SHARES_MAX = 50_000;

export interface SpentSoFar {
  readonly costNanoUsd: NanoUsd;
  /** Reserved by records that have started and not ended. */
  readonly reservedNanoUsd: NanoUsd;
  /** Requests that used something at an unknown price. */
  readonly unpricedRequests: number;
  /** What ended requests cost beyond what they had reserved. */
  readonly overrunNanoUsd: NanoUsd;
  /** Where it was asked: at most `SHARES_MAX`, dearest first. */
  readonly shares?: readonly ShareSpent[];
}

/** Frozen; `shares` are to be added where they are asked for. */
export const NOTHING_SPENT: Omit<SpentSoFar, 'shares'> = Object.freeze({
  costNanoUsd: 0,
  reservedNanoUsd: 0,
  unpricedRequests: 0,
  overrunNanoUsd: 0,
});

export interface ShareSpent extends Omit<SpentSoFar, 'shares'> {
  /** The session, the user …; null for requests that have none. */
  readonly share: string | null;
}

/** What the user has set, with a version that grows at every change. */
export interface BudgetRules {
  readonly version: number;
  /** How often the records were deleted, from which spending is summed. */
  readonly resets: number;
  readonly budgets: readonly Budget[];
  readonly kills: readonly Kill[];
}

/** Of them, in the data folder. */
export const KEPT_BUDGETS = {
  name: 'budgets.copy',
  isRight(value: unknown): value is BudgetRules {
    if (!hasShape(value, { version: 'number', resets: 'number' })) return false;
    const { budgets, kills } = value as { readonly budgets?: unknown; readonly kills?: unknown };
    const isBudget = (each: unknown): boolean =>
      hasShape(each, { id: 'string', name: 'string', scope: 'object', limitNanoUsd: 'number' });
    return isListOf(budgets, isBudget) && isListOf(kills, isKill);
  },
  lost: 'Without the database no budget is known; with it nothing is missing.',
};

/** A webhook message on its way. */
export interface Notice {
  readonly id: string;
  readonly budgetId: string;
  readonly periodStartMs: number;
  readonly threshold: number;
  readonly url: string;
  readonly secret: string;
  /** The body, as it is sent and signed. */
  readonly body: string;
  readonly createdAtMs: number;
  readonly attempts: number;
}

export interface BudgetBank {
  budgetRules(): Promise<BudgetRules>;
  budgetVersion(): Promise<number>;
  /** Adds a budget, or replaces the one with its id. */
  putBudget(budget: Budget): Promise<void>;
  removeBudget(id: string): Promise<void>;
  putKill(kill: Kill): Promise<void>;
  removeKill(id: string): Promise<void>;
  spentSoFar(queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]>;
  /** Whether a record has been charged with what has this billing key. */
  isCharged(billingKey: string): Promise<boolean>;

  /** Keeps a notice, unless its budget has one for that period and threshold already. */
  addNotice(notice: Notice): Promise<void>;
  /** Notices that are to be sent at `nowMs`, oldest first. */
  dueNotices(nowMs: number, limit: number): Promise<readonly Notice[]>;
  noticeDelivered(id: string, atMs: number): Promise<void>;
  /** Records a failed attempt; without a next one the notice is given up. */
  noticeFailed(id: string, error: string, nextAttemptMs: number | null): Promise<void>;
}
