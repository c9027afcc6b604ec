// What the leases of a budget are known by: its id, and which money it counts.

import { createHash } from 'node:crypto';
import type { Budget } from './budget.ts';

/**
 * Empty for a budget with an allowance for each: those are held by each instance by itself. Another one where the scope or the period is changed, or the records were deleted.
 */
export function leaseKeyOf({ id, period, scope, per = null }: Budget, resets: number): string {
  if (per !== null) return '';
  const parts = Object.entries(scope).filter(([, value]) => value !== null);
  const counted = JSON.stringify([period, parts.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return `${id}/${resets}/${createHash('sha256').update(counted).digest('hex').slice(0, 12)}`;
}
