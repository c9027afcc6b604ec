// Usage that is fetched again is charged once, with the record that came first.

import type { RequestEnd } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';

/** An answer that says of no usage takes no charge: the one that does may still come. */
export function chargeable(end: RequestEnd): RequestEnd {
  const isUsed = Object.values(end.usage).some((count) => count > 0);
  return isUsed ? end : { ...end, billingKey: null };
}

/** The end of a record whose usage was charged with an earlier one. */
export function chargedEarlier(end: RequestEnd): RequestEnd {
  return {
    ...end,
    usage: NO_USAGE,
    runs: null,
    costNanoUsd: 0,
    reportedCostNanoUsd: null,
    listCostNanoUsd: null,
    promptCacheSavedNanoUsd: 0,
    billingKey: null,
  };
}
