// How the members of a budget stand over all instances, beside what this one knows of them.

import type { NanoUsd } from '../../core/money.ts';
import type { MemberFigures } from './lease-ports.ts';

/** Of a budget's standing what members change. */
interface Standing {
  readonly share: string | null;
  readonly shares: { readonly known: number; readonly usedUp: number } | null;
  readonly limitNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
  readonly remainingNanoUsd: NanoUsd;
}

/** Of allowances that other instances know as well. */
export function overAll<S extends Standing>(here: S, { known, usedUp, most }: MemberFigures): S {
  const { spentNanoUsd, reservedNanoUsd, limitNanoUsd, shares } = here;
  const both = {
    known: Math.max(known, shares?.known ?? 0),
    usedUp: Math.max(usedUp, shares?.usedUp ?? 0),
  };
  if (most === null || most.spentNanoUsd + most.reservedNanoUsd <= spentNanoUsd + reservedNanoUsd)
    return { ...here, shares: both };
  const { name, ...amounts } = most;
  const remainingNanoUsd = Math.max(0, limitNanoUsd - amounts.spentNanoUsd - amounts.reservedNanoUsd);
  return { ...here, ...amounts, remainingNanoUsd, share: name === '' ? null : name, shares: both };
}
