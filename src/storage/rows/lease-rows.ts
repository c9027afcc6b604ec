// Leases as the rows of a shared database, the same in each: `key` is what tells budgets apart.

import type { Scope, SharedBy } from '../../ledger/budget.ts';
import { budgetKeyOfMember } from '../../ledger/leases/lease-key.ts';
import type { MemberFigures } from '../../ledger/leases/lease-ports.ts';
import type { HeldSums, InstanceRow, LeasePlace, LeaseRow, Window } from '../../ledger/leases/lease-store.ts';

type Row = Readonly<Record<string, unknown>>;

/** Stands for a period without an end: a database has no infinity. */
const NO_END = Number.MAX_SAFE_INTEGER;

export const storedEnd = (endMs: number): number => Math.min(endMs, NO_END);

export const endOf = (stored: unknown): number =>
  Number(stored) === NO_END ? Number.POSITIVE_INFINITY : Number(stored);

export function instanceOfRow(row: Row): InstanceRow {
  return {
    ...{ id: String(row.id), run: String(row.run), host: String(row.host), version: String(row.version) },
    ...{ startedAtMs: Number(row.started_at_ms), seenAtMs: Number(row.seen_at_ms) },
    isStopped: row.is_stopped === 1,
  };
}

export function rowOfInstance(instance: InstanceRow) {
  const { id, run, host, version, startedAtMs, seenAtMs, isStopped } = instance;
  return {
    ...{ id, run, host, version },
    ...{ started_at_ms: startedAtMs, seen_at_ms: seenAtMs, is_stopped: Number(isStopped) },
  };
}

export function leaseOfRow(key: unknown, row: Row): LeaseRow {
  return {
    ...{ key: String(key), startMs: Number(row.start_ms), endMs: endOf(row.end_ms) },
    ...{ instance: String(row.instance), grantedNanoUsd: Number(row.granted) },
    ...{ spentNanoUsd: Number(row.spent), reservedNanoUsd: Number(row.reserved) },
    ...{ unpricedRequests: Number(row.unpriced), overrunNanoUsd: Number(row.overrun) },
    isUnmet: row.is_unmet === 1,
    member: budgetKeyOfMember(String(key)) === '' ? null : String(row.member ?? ''),
  };
}

export function windowOfRow(key: unknown, row: Row): Window {
  return {
    ...{ key: String(key), startMs: Number(row.start_ms), endMs: endOf(row.end_ms) },
    scope: JSON.parse(String(row.scope)) as Scope,
    per: (row.per ?? null) as SharedBy | null,
  };
}

export function placeOfRow(key: unknown, row: Row): LeasePlace {
  return { key: String(key), startMs: Number(row.start_ms), instance: String(row.instance) };
}

/** Of all members of `window` together. */
export function heldSumsOfRow({ key, startMs }: Window, row: Row): HeldSums {
  return {
    ...{ key, startMs, instance: String(row.instance) },
    ...{ grantedNanoUsd: Number(row.granted), spentNanoUsd: Number(row.spent) },
    reservedNanoUsd: Number(row.reserved),
  };
}

/** `known` and `used_up` are in every row; the first one, if any, has used most. */
export function memberFiguresOf(rows: readonly Row[]): MemberFigures {
  const [first] = rows;
  if (first === undefined) return { known: 0, usedUp: 0, most: null };
  return {
    known: Number(first.known),
    usedUp: Number(first.used_up),
    most: {
      name: String(first.member ?? ''),
      spentNanoUsd: Number(first.spent),
      reservedNanoUsd: Number(first.reserved),
    },
  };
}

/** All but the key. */
export function rowOfLease(lease: LeaseRow) {
  return {
    ...{ start_ms: lease.startMs, end_ms: storedEnd(lease.endMs), instance: lease.instance },
    ...{ granted: lease.grantedNanoUsd, spent: lease.spentNanoUsd, reserved: lease.reservedNanoUsd },
    ...{ unpriced: lease.unpricedRequests, overrun: lease.overrunNanoUsd, is_unmet: Number(lease.isUnmet) },
    member: lease.member,
  };
}
