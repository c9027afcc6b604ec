// Since when a store knows of requests: by records, and before them by sums.

import type { StoreFacts } from '../store.ts';

export function agesOf(
  row: Readonly<Record<string, unknown>> | undefined,
): Pick<StoreFacts, 'oldestStartedAtMs' | 'rowsFromMs'> {
  const rowsFromMs = Number(row?.rows_from ?? 0);
  // A day is whole: where none was deleted, the record itself tells better.
  const known = rowsFromMs > 0 ? [row?.oldest, row?.oldest_day] : [row?.oldest];
  const moments = known.filter((ms) => typeof ms === 'number');
  return { oldestStartedAtMs: moments.length === 0 ? null : Math.min(...moments), rowsFromMs };
}
