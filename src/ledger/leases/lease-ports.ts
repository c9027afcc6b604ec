// What several instances need of a store that they share, so that a hard budget is one budget. How it works, and why it
// holds, is told in lease-desk.ts.

import type { NanoUsd } from '../../core/money.ts';
import type { Scope, SharedBy } from '../budget.ts';

/** What an instance has let through of one budget in one of its periods. */
export interface LeaseFigures {
  readonly spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
  readonly unpricedRequests: number;
  readonly overrunNanoUsd: NanoUsd;
}

/** One budget's period. A budget that counts other money (scope, period, a reset) has another key. */
export interface LeaseWindow {
  readonly key: string;
  readonly startMs: number;
  /** Infinity for `total`. */
  readonly endMs: number;
  readonly scope: Scope;
  /** Null where nothing is refused: then only figures are exchanged. */
  readonly limitNanoUsd: NanoUsd | null;
  /** Of a budget with an allowance for each: whose this is. Null where all spend together. */
  readonly member: LeaseMember | null;
}

/** One session, user, key or application, whose leases have a key of their own. */
export interface LeaseMember {
  /** Of the budget, which all its members share. */
  readonly budgetKey: string;
  readonly per: SharedBy;
  /** Empty: all requests that have none. */
  readonly name: string;
}

export interface LeaseClaim extends LeaseFigures {
  readonly window: LeaseWindow;
  /** What the instance may let through until it is answered; what it gives back it has taken off before it asks. */
  readonly keptNanoUsd: NanoUsd;
  /** What requests wait for beyond that; 0: nothing. */
  readonly neededNanoUsd: NanoUsd;
  /** The smallest of those requests: less is of no use. */
  readonly leastNanoUsd: NanoUsd;
  /** What it will want before its next exchange, by its rate. */
  readonly aheadNanoUsd: NanoUsd;
  /** Of a member: nothing is held any more, and every record of it is in the database. Its lease is dropped. */
  readonly isDone: boolean;
}

export interface LeaseAsk {
  readonly instance: InstanceName;
  /**
   * Of the budgets by which it asks: by others than the store's nothing more is granted. Null where it has none from
   * the store: then nothing is exchanged, and it only tells that it lives.
   */
  readonly rulesVersion: number | null;
  readonly claims: readonly LeaseClaim[];
  /**
   * Every record of this process and of earlier ones of its folder is in the database: what it holds for members that
   * are not among the claims is free, but for what those records say.
   */
  readonly areRecordsIn: boolean;
  /** Whether it holds something for a member. */
  readonly holdsMembers: boolean;
  /** It ends, and has given back what it did not spend. */
  readonly isLast: boolean;
}

export interface InstanceName {
  /** Of its data folder. */
  readonly id: string;
  /** Of this process: two of one id do not share a lease. */
  readonly run: string;
  readonly host: string;
  readonly version: string;
}

export interface LeaseGrant {
  readonly key: string;
  readonly startMs: number;
  /** What the instance may let through in this period, all that it has let through included. */
  readonly grantedNanoUsd: NanoUsd;
  /** Of all others. Of one that is not heard of, all that it holds counts as spent. */
  readonly others: LeaseFigures;
  /** Another instance waits for money: what is not needed at once is better given back. */
  readonly isWanted: boolean;
  /** There was not enough for what waits. */
  readonly isUnmet: boolean;
}

export type LeaseAnswer =
  | {
      readonly isSuperseded: false;
      /** The database's clock, which decides the period. */
      readonly nowMs: number;
      readonly rulesVersion: number;
      readonly grants: readonly LeaseGrant[];
      /** Members for whom another instance waits, whether this one claimed them or not. */
      readonly wanted: readonly Pick<LeaseWindow, 'key' | 'startMs'>[];
    }
  /** Another process has taken this instance's id over. */
  | { readonly isSuperseded: true };

export interface InstanceFacts {
  readonly id: string;
  readonly host: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  /** `silent`: not heard of for ten seconds; what it holds stays spent until its records are in. */
  readonly state: 'running' | 'silent' | 'stopped';
  readonly leases: readonly InstanceLease[];
}

export interface InstanceLease {
  readonly budgetId: string;
  readonly periodStartMs: number;
  readonly grantedNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
}

export interface LeaseBank {
  /** Tells, gives back, asks and hears, in one transaction. The instance must be registered. */
  exchangeLeases(ask: LeaseAsk): Promise<LeaseAnswer>;
  /**
   * A process takes an instance's id; throws `folder_in_use` where another one, elsewhere, has it. Tells the database's
   * time.
   */
  registerInstance(name: InstanceName): Promise<{ readonly nowMs: number }>;
  /** Of a process that has registered and not said that it ends; null without one. */
  runOf(instanceId: string): Promise<string | null>;
  /** That process has ended, and all its records are in: what it holds beyond them is free again. */
  releaseEnded(instanceId: string, run: string): Promise<void>;
  instances(): Promise<readonly InstanceFacts[]>;
  /** Over all instances, of those members that one of them knows. An answer for each, in their order. */
  memberFigures(asks: readonly MembersAsk[]): Promise<readonly MemberFigures[]>;
}

export interface MembersAsk {
  readonly budgetKey: string;
  readonly startMs: number;
  readonly limitNanoUsd: NanoUsd;
}

export interface MemberFigures {
  readonly known: number;
  /** Those that have spent all of their allowance. */
  readonly usedUp: number;
  /** The one that has used most; null where none is known. */
  readonly most: {
    readonly name: string;
    readonly spentNanoUsd: NanoUsd;
    readonly reservedNanoUsd: NanoUsd;
  } | null;
}
