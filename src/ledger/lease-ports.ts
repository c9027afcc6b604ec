// What several instances need of a store that they share, so that a hard budget is one budget. How it works, and why it
// holds, is told in lease-desk.ts.

import type { NanoUsd } from '../core/money.ts';
import type { Scope } from './budget.ts';

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
}

export interface LeaseAsk {
  readonly instance: InstanceName;
  /**
   * Of the budgets by which it asks: by others than the store's nothing more is granted. Null where it has none from the
   * store: then nothing is exchanged, and it only tells that it lives.
   */
  readonly rulesVersion: number | null;
  readonly claims: readonly LeaseClaim[];
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
  /** A process takes an instance's id; throws `folder_in_use` where another one, elsewhere, has it. Tells the database's time. */
  registerInstance(name: InstanceName): Promise<{ readonly nowMs: number }>;
  /** Of a process that has registered and not said that it ends; null without one. */
  runOf(instanceId: string): Promise<string | null>;
  /** That process has ended, and all its records are in: what it holds beyond them is free again. */
  releaseEnded(instanceId: string, run: string): Promise<void>;
  instances(): Promise<readonly InstanceFacts[]>;
}
