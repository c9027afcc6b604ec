// A chart stacked by session. Of millions of sessions a few are shown: each is looked up by itself, in the time that it
// lived, instead of all being summed up for every part of the chart.

import type { RequestFilter, SeriesStack, TimeRange } from '../../core/analytics.ts';
import { finestGrains, SESSION_GRAINS_MS, type Span, spanOf, withoutRecords } from '../rollup/grains.ts';
import type { Row } from '../rows/request-row.ts';
import { RECORD_SUMS } from './report-rows.ts';
import { filterSql } from './request-filter.ts';
import { IN_FLIGHT, recordsIn, unionOf } from './rollup-parts.ts';
import type { Sql } from './rollup-places.ts';
import { sessionParts } from './session-parts.ts';
import type { SqlReader } from './sql-reader.ts';

const DAY_MS = SESSION_GRAINS_MS.at(-1) as number;
/** Of a long life, so many parts are read by one statement. */
const PARTS_AT_ONCE = 32;

export interface SessionStacksQuestion {
  readonly range: TimeRange;
  readonly bucketMs: number;
  readonly filter: RequestFilter;
  /** No records are left of before. */
  readonly rowsFromMs: number;
}

interface Bucket {
  requests: number;
  tokens: number;
  costNanoUsd: number;
}

/** In the order of `keys`; null is for the requests without a session. */
export async function sessionStacks(
  database: SqlReader,
  keys: readonly (string | null)[],
  question: SessionStacksQuestion,
): Promise<readonly SeriesStack[]> {
  const { range, bucketMs } = question;
  const filter = filterSql(question.filter, database.like);
  const stacks: SeriesStack[] = [];
  for (const key of keys) {
    const buckets = new Map<number, Bucket>();
    const add = (row: Row): void => {
      const atMs = Number(row.bucket);
      const bucket = buckets.get(atMs) ?? { requests: 0, tokens: 0, costNanoUsd: 0 };
      buckets.set(atMs, bucket);
      bucket.requests += Number(row.requests);
      bucket.tokens += Number(row.tokens);
      bucket.costNanoUsd += Number(row.cost);
    };
    const life = await lifeOf(database, key ?? '', range);
    const ended = life === null ? [] : sessionParts(key ?? '', spanIn(life, question), filter);
    const parts = [...ended, runningOf(key, range, filter)];
    for (let first = 0; first < parts.length; first += PARTS_AT_ONCE) {
      const { sql, values } = unionOf(parts.slice(first, first + PARTS_AT_ONCE));
      const rows = await database.rows(
        `SELECT at_ms - at_ms % ? AS bucket, total(requests) AS requests,
            total(input_tokens + output_tokens) AS tokens, total(cost_nano_usd) AS cost FROM (${sql}) parts GROUP BY bucket`,
        [bucketMs, ...values],
      );
      for (const row of rows) add(row);
    }
    const points = [...buckets].filter(([, { requests }]) => requests > 0).sort(([a], [b]) => a - b);
    stacks.push({ key, points: points.map(([at, bucket]) => ({ bucketMs: at, ...bucket })) });
  }
  return stacks;
}

/** The part of the range that it may have lived in, to the day. */
async function lifeOf(database: SqlReader, session: string, range: TimeRange): Promise<TimeRange | null> {
  const [row] = await database.rows('SELECT first_ms, last_ms FROM rollup_lives WHERE session = ?', [
    session,
  ]);
  if (row === undefined) return null;
  const [firstMs, lastMs] = [Number(row.first_ms), Number(row.last_ms)];
  const fromMs = Math.max(range.fromMs, firstMs - (firstMs % DAY_MS));
  const toMs = Math.min(range.toMs, lastMs - (lastMs % DAY_MS) + DAY_MS);
  return fromMs < toMs ? { fromMs, toMs } : null;
}

function spanIn(life: TimeRange, { bucketMs, rowsFromMs }: SessionStacksQuestion): Span {
  const span = spanOf(life, SESSION_GRAINS_MS, bucketMs) ?? { segments: [], edges: [life] };
  return withoutRecords(span, finestGrains(SESSION_GRAINS_MS, 0, rowsFromMs));
}

/** What runs is in no sum. */
function runningOf(key: string | null, range: TimeRange, filter: Sql): Sql {
  const whose = key === null ? ' AND session IS NULL' : ' AND session = ?';
  const own = { sql: `${whose}${filter.sql}`, values: [...(key === null ? [] : [key]), ...filter.values] };
  return recordsIn([range], IN_FLIGHT, own, `${RECORD_SUMS}, 1 AS in_flight`);
}
