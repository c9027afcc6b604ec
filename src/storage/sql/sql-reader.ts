// What reports need of a database that speaks SQL: rows for a question. The text of reports is the same for all of
// them; where a word differs, the reader says it.

import type { Row } from '../rows/request-row.ts';

export type SqlValue = string | number;

export interface SqlReader {
  /** Parameters are `?`, in their order, or `?1` for the first. */
  rows(sql: string, values: readonly SqlValue[]): Promise<Row[]>;
  /** The operator that compares with a pattern whatever the case of ASCII letters: `LIKE` or `ILIKE`. */
  readonly like: string;
  /** Whether an index by time holds what lists are sorted by: records that do not reach a page are passed over unread. */
  readonly hasListIndex: boolean;
  /** Whether records bear their key's number, and an index that holds the same leads to the records of a key. */
  readonly hasKeyIndex: boolean;
  /** Whether a table holds the records of each hour in the orders of lists. */
  readonly hasOrder: boolean;
}
