// Changes that another proxy made to a shared database: looked at when the database tells of them, instead of at the
// next turn. What is not told is found by that turn all the same.

import type { Budgets } from './budgets.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';

/** Records were taken in. */
export const RECORDS_HINT = 'records';

export function followHints({ store }: Records, budgets: Budgets | null, rules: Rules): void {
  // A look that fails is told of by the watch's own next one.
  const ignore = (): void => undefined;
  store.onHint((topic) => {
    // Batches of records come several times a second, and change no rule.
    if (topic === RECORDS_HINT) return;
    budgets?.watch.refresh().catch(ignore);
    rules.watch.refresh().catch(ignore);
  });
}
