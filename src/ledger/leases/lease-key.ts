// What the leases of a budget are known by: its id, and which money it counts.

import { createHash } from 'node:crypto';
import type { Budget } from '../budget.ts';

/** Another one where the scope, the period or whose allowance it is was changed, or the records were deleted. */
export function leaseKeyOf({ id, period, scope, per = null }: Budget, resets: number): string {
  const parts = Object.entries(scope).filter(([, value]) => value !== null);
  const counted = [period, parts.sort(([a], [b]) => (a < b ? -1 : 1)), ...(per === null ? [] : [per])];
  return `${id}/${resets}/${createHash('sha256').update(JSON.stringify(counted)).digest('hex').slice(0, 12)}`;
}

/** Of one of a budget's members: callers choose their names, and may choose long ones. */
export function memberKeyOf(budgetKey: string, name: string): string {
  return `${budgetKey}/${createHash('sha256').update(name).digest('base64url').slice(0, MEMBER_CHARACTERS)}`;
}

const MEMBER_CHARACTERS = 22;
const MEMBER_PARTS = 4;

/** Empty for the key of a whole budget. */
export function budgetKeyOfMember(key: string): string {
  const parts = key.split('/');
  return parts.length < MEMBER_PARTS ? '' : parts.slice(0, MEMBER_PARTS - 1).join('/');
}
