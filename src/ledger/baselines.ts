// What was spent before a budget came into force, as the store tells it.

import type { PeriodSums } from './account.ts';
import type { SpentSoFar } from './ports.ts';

export function addBaselines(sums: readonly PeriodSums[], spent: readonly SpentSoFar[]): void {
  for (const [index, period] of sums.entries()) {
    const before = spent[index];
    if (before === undefined) throw new RangeError('the store answered fewer sums than it was asked for');
    if (period.shares === null) addBaseline(period, before);
    else
      for (const [share, spentByIt] of period.shares.load(before.shares ?? [])) addBaseline(share, spentByIt);
  }
}

function addBaseline(period: PeriodSums, before: SpentSoFar): void {
  // A sum beyond 2^53 is near, and above any limit.
  if (!(before.costNanoUsd >= 0)) throw new RangeError(`the store tells a sum of ${before.costNanoUsd}`);
  period.account.spend(period, before.costNanoUsd);
  period.unpricedRequests += before.unpricedRequests;
  period.overrunNanoUsd += before.overrunNanoUsd;
}
