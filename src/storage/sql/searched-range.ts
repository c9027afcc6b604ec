// Where a text is looked for. No sum knows of texts, and a look at every record takes microseconds each: of very many
// requests the newest are looked at, so many as that takes no time that anybody notices.

import type { TimeRange } from '../../core/analytics.ts';
import { GRAINS_MS } from '../rollup/grains.ts';
import type { SqlReader } from './sql-reader.ts';

/** The newest part of a range with about so many ended requests, to the minute; all of it where it has no more. */
export async function newestOf(
  database: SqlReader,
  { fromMs, toMs }: TimeRange,
  requestsMax: number,
): Promise<TimeRange> {
  let part: TimeRange = { fromMs, toMs };
  let left = requestsMax;
  for (const grainMs of GRAINS_MS.toReversed()) {
    const rows = await database.rows(
      `SELECT bucket_ms, requests FROM rollup_total
        WHERE grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ? ORDER BY bucket_ms DESC`,
      [grainMs, part.fromMs - (part.fromMs % grainMs), part.toMs],
    );
    let isAll = true;
    for (const row of rows) {
      const bucketMs = Number(row.bucket_ms);
      if (Number(row.requests) > left) {
        part = { fromMs: bucketMs, toMs: Math.min(bucketMs + grainMs, toMs) };
        isAll = false;
        break;
      }
      left -= Number(row.requests);
    }
    // Only of the longest may all fit: of the others one was too many before.
    if (isAll) return { fromMs: Math.max(fromMs, grainMs === GRAINS_MS.at(-1) ? fromMs : part.fromMs), toMs };
  }
  // A minute of too many is looked at whole where there is none before it.
  const isFirst = left === requestsMax;
  return { fromMs: Math.min(toMs, Math.max(fromMs, isFirst ? part.fromMs : part.toMs)), toMs };
}
