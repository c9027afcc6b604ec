// What the request table holds: rows that came in pages, and live ones on top of them, with no gap between.

import type { RecentAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';

export interface Rows {
  readonly records: readonly RequestRecord[];
  /** Where the next page begins; null where there is none. */
  readonly cursor: string | null;
  /** How many are kept: what has been scrolled to is not taken away again. */
  readonly rowsMax: number;
}

/** Live rows push the oldest out past this. */
export const ROWS_MAX = 5000;

export const firstPage = (answer: RecentAnswer, meanwhile: readonly RequestRecord[]): Rows =>
  withNews({ records: answer.records, cursor: answer.nextCursor, rowsMax: ROWS_MAX }, meanwhile, true);

/** A page that was asked for `after` a place which has been cut off meanwhile is left out: it is asked for again. */
export function withPage(rows: Rows, answer: RecentAnswer, after: string): Rows {
  if (rows.cursor !== after) return rows;
  const records = [...rows.records, ...answer.records];
  return { records, cursor: answer.nextCursor, rowsMax: Math.max(ROWS_MAX, records.length) };
}

/** What is pushed out can be paged to again: in a list by time a row itself says where it stood. */
export function withNews(rows: Rows, news: readonly RequestRecord[], addsNew: boolean): Rows {
  const records = merged(rows.records, news, addsNew);
  if (records.length <= rows.rowsMax) return { ...rows, records };
  const kept = records.slice(0, rows.rowsMax);
  return { ...rows, records: kept, cursor: cursorBehind(kept.at(-1)) };
}

/** As the server writes it. */
const cursorBehind = (record: RequestRecord | undefined): string | null =>
  record === undefined ? null : `at-${record.startedAtMs}-${record.id}`;

/** Newest first. `addsNew` false: only rows that are known are brought up to date. */
export function merged(
  known: readonly RequestRecord[],
  news: readonly RequestRecord[],
  addsNew: boolean,
): readonly RequestRecord[] {
  const byId = new Map(known.map((record) => [record.id, record]));
  let hasNew = false;
  for (const record of news) {
    const before = byId.get(record.id);
    if (before === undefined ? addsNew : before.outcome === 'in_flight') {
      hasNew ||= before === undefined;
      byId.set(record.id, record);
    }
  }
  const all = [...byId.values()];
  return hasNew ? all.sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1)) : all;
}
