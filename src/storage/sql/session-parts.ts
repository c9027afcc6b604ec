// The rows that a session's figures add up from: its sums, found one by one, and its records at the ends of a span.

import type { Span } from '../rollup/grains.ts';
import { SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import { RECORD_SUMS } from './report-rows.ts';
import type { Sql } from './rollup-places.ts';

/** Buckets that one part names. */
const BUCKETS_AT_ONCE = 16;

/** `filter` is without SQL where nothing is narrowed. The empty text stands for the requests without a session. */
export function sessionParts(session: string, { segments, edges }: Span, filter: Sql): readonly Sql[] {
  const from =
    filter.sql === '' ? 'rollup_session' : 'rollup_session_keyed JOIN rollup_keys ON rollup_keys.id = key_id';
  const sums = segments.flatMap(({ grainMs, fromMs, toMs }) =>
    bucketsOf(fromMs, toMs, grainMs).map((buckets) => ({
      sql: `SELECT bucket_ms AS at_ms, ${SUM_COLUMNS.join(', ')}, 0 AS in_flight FROM ${from}
        WHERE grain_ms = ? AND bucket_ms IN (${buckets.map(() => '?').join(', ')}) AND session = ?${filter.sql}`,
      values: [grainMs, ...buckets, session, ...filter.values],
    })),
  );
  const records = edges.map(({ fromMs, toMs }) => ({
    sql: `SELECT started_at_ms AS at_ms, ${RECORD_SUMS}, 0 AS in_flight FROM requests
      WHERE ${session === '' ? 'session IS NULL' : 'session = ?'}
      AND outcome <> 'in_flight' AND started_at_ms >= ? AND started_at_ms < ?${filter.sql}`,
    values: [...(session === '' ? [] : [session]), fromMs, toMs, ...filter.values],
  }));
  return [...sums, ...records];
}

/** Named one by one, for behind a bucket comes the session in the table's order. The last fills the places left. */
function bucketsOf(fromMs: number, toMs: number, grainMs: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / grainMs / BUCKETS_AT_ONCE) }, (_, part) =>
    Array.from({ length: BUCKETS_AT_ONCE }, (__, index) =>
      Math.min(fromMs + (part * BUCKETS_AT_ONCE + index) * grainMs, toMs - grainMs),
    ),
  );
}
