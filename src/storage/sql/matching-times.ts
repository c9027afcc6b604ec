// The hours and days of a span in which anything matches a filter. Of what is rare, or came for an hour, most sums by
// session and key need not be looked at: there are as many as half of the records.

import type { RequestFilter } from '../../core/analytics.ts';
import { SESSION_GRAINS_MS, type Segment, type Span } from '../rollup/grains.ts';
import { filterSql } from './request-filter.ts';
import { rollupParts, unionOf } from './rollup-parts.ts';
import type { Place } from './rollup-places.ts';
import type { SqlReader } from './sql-reader.ts';

const [HOUR_MS = 0, DAY_MS = 0] = SESSION_GRAINS_MS;
/** A day is read as a whole where more of its hours match: its sums are as many as those of half of them or all. */
const HOURS_OF_DAY_MAX = 12;
/** A statement has so many parts at most: where matches are strewn more widely, all is looked through. */
const SEGMENTS_MAX = 60;

/** `place`: where the sums of the filter are. */
export async function matchingTimes(
  span: Span,
  filter: RequestFilter,
  place: Place,
  database: SqlReader,
): Promise<Span> {
  const hourly = span.segments.map((segment) => ({ ...segment, grainMs: HOUR_MS }));
  const narrowed = filterSql(filter, database.like);
  const { sql, values } = unionOf([rollupParts(place, { segments: hourly, edges: [] }, narrowed, [])]);
  if (sql === '') return span;
  const rows = await database.rows(
    `SELECT at_ms FROM (${sql}) parts GROUP BY at_ms HAVING total(requests) > 0 ORDER BY at_ms`,
    values,
  );
  const hours = rows.map((row) => Number(row.at_ms));
  const segments = joined(span.segments.flatMap((segment) => within(segment, hours)));
  return segments.length > SEGMENTS_MAX ? span : { ...span, segments };
}

/** Of one segment, in the order of time. */
function within({ grainMs, fromMs, toMs }: Segment, all: readonly number[]): readonly Segment[] {
  const hours = all.filter((hourMs) => hourMs >= fromMs && hourMs < toMs);
  const asHours = (some: readonly number[]): readonly Segment[] =>
    some.map((hourMs) => ({ grainMs: HOUR_MS, fromMs: hourMs, toMs: hourMs + HOUR_MS }));
  if (grainMs !== DAY_MS) return asHours(hours);
  const days = Map.groupBy(hours, (hourMs) => hourMs - (hourMs % DAY_MS));
  return [...days].flatMap(([dayMs, some]) =>
    some.length > HOURS_OF_DAY_MAX ? [{ grainMs, fromMs: dayMs, toMs: dayMs + DAY_MS }] : asHours(some),
  );
}

/** Those that follow on each other as one. */
function joined(segments: readonly Segment[]): readonly Segment[] {
  const all: Segment[] = [];
  for (const segment of segments) {
    const last = all.at(-1);
    if (last?.grainMs === segment.grainMs && last.toMs === segment.fromMs)
      all[all.length - 1] = { ...last, toMs: segment.toMs };
    else all.push(segment);
  }
  return all;
}
