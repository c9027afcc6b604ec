// In which order a chart stacks what it is stacked by: as a breakdown of the same time tells it.

import type { Row } from '../rows/request-row.ts';

/** Rows have `cost` and `requests`. */
export function dearestFirst(rowsOf: ReadonlyMap<string | null, readonly Row[]>): readonly (string | null)[] {
  const all = [...rowsOf].map(([key, rows]) => ({
    key,
    cost: sum(rows, 'cost'),
    requests: sum(rows, 'requests'),
  }));
  return all
    .sort(
      (one, other) => other.cost - one.cost || other.requests - one.requests || byName(one.key, other.key),
    )
    .map(({ key }) => key);
}

const sum = (rows: readonly Row[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

/** What has none comes first. */
function byName(one: string | null, other: string | null): number {
  if (one === null || other === null) return Number(other === null) - Number(one === null);
  return one < other ? -1 : Number(one > other);
}
