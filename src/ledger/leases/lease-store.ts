// What a store keeps of leases, and what the desk that gives them out asks of it.

import type { NanoUsd } from '../../core/money.ts';
import type { SharedBy } from '../budget.ts';
import type {
  InstanceName,
  LeaseClaim,
  LeaseFigures,
  LeaseWindow,
  MemberFigures,
  MembersAsk,
} from './lease-ports.ts';

/** Stands for records of nobody who holds a lease: from before the budget, or moved here from another store. */
export const NOBODY = '';

export interface LeaseRow extends LeaseFigures {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly instance: string;
  readonly grantedNanoUsd: NanoUsd;
  readonly isUnmet: boolean;
  /** Of a member's: its name. Null for those of a whole budget. */
  readonly member: string | null;
}

export interface InstanceRow extends InstanceName {
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly isStopped: boolean;
}

export type Bounds = Pick<LeaseWindow, 'startMs' | 'endMs'>;
/** Of a budget: its members' windows are this one, by other keys. */
export interface Window extends Pick<LeaseWindow, 'key' | 'startMs' | 'endMs' | 'scope'> {
  /** Whose allowance each is, where each has one. */
  readonly per: SharedBy | null;
}
export type LeasePlace = Pick<LeaseRow, 'key' | 'startMs' | 'instance'>;
export type HeldSums = LeasePlace & Pick<LeaseRow, 'grantedNanoUsd' | 'spentNanoUsd' | 'reservedNanoUsd'>;
export interface SpentBy {
  readonly instance: string;
  readonly nanoUsd: NanoUsd;
}

/** What a store keeps of it. All calls of one `transaction` are one, and nobody else's is between them. */
export interface LeaseRows {
  now(): Promise<{ readonly nowMs: number; readonly rulesVersion: number }>;
  instances(): Promise<readonly InstanceRow[]>;
  putInstance(row: InstanceRow): Promise<void>;
  leases(keys: readonly string[]): Promise<readonly LeaseRow[]>;
  /** Of a budget's members, in all periods. */
  memberLeases(budgetKey: string): Promise<readonly LeaseRow[]>;
  /** By instance, what it holds for all members of one budget's period together, under the budget's key. */
  memberSums(window: Window): Promise<readonly HeldSums[]>;
  /** Where somebody waits. */
  unmet(): Promise<readonly LeasePlace[]>;
  putLeases(rows: readonly LeaseRow[]): Promise<void>;
  removeLeases(places: readonly LeasePlace[]): Promise<void>;
  windows(): Promise<readonly Window[]>;
  /** False where it is there. */
  putWindow(window: Window): Promise<boolean>;
  forgetBefore(endMs: number): Promise<void>;
  /** Ended records at their cost, running ones at what they reserved; by whom they are. */
  spentBy(window: Window): Promise<readonly SpentBy[]>;
  /** The same of some members. */
  spentByMembers(
    window: Window,
    names: readonly string[],
  ): Promise<readonly (SpentBy & { readonly name: string })[]>;
}

export interface LeaseStore {
  transaction<T>(work: (rows: LeaseRows) => Promise<T>): Promise<T>;
  /** Holds nobody up. */
  memberFigures(ask: MembersAsk): Promise<MemberFigures>;
}

/** A claim, with the leases of its window. */
export interface Served {
  readonly claim: LeaseClaim;
  readonly there: readonly LeaseRow[];
  readonly before: LeaseRow | undefined;
}
