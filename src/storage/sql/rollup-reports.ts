// Reports from roll-ups: whole days, hours and minutes of a span, the records themselves at its ends, and what runs.

import type {
  BreakdownDimension,
  BreakdownRow,
  DearestSessions,
  RequestFilter,
  SeriesPoint,
  SeriesStack,
  TimeRange,
  TimingPoint,
  UsageSummary,
} from '../../core/analytics.ts';
import {
  finestGrains,
  GRAINS_MS,
  KEYED_GRAINS_MS,
  SESSION_GRAINS_MS,
  type Span,
  spanOf,
  withoutMinutesBefore,
  withoutRecords,
  withoutSixHoursBefore,
} from '../rollup/grains.ts';
import { percentilesOf, SlotCounts, slotOf } from '../rollup/histogram.ts';
import { keptFromOf, type RollupKind } from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { DearSessions, isWalkShort } from './dear-sessions.ts';
import { matchingTimes } from './matching-times.ts';
import { keyOf, RECORD_SUMS, totals } from './report-rows.ts';
import { filterSql } from './request-filter.ts';
import { ROWS_FROM } from './retention-sql.ts';
import { edgeParts, IN_FLIGHT, recordsIn, rollupParts, unionOf } from './rollup-parts.ts';
import {
  columnsBy,
  KEPT_FROM,
  KEYED,
  type Place,
  placeFor,
  type Sql,
  sessionsPlace,
  sumsOf,
  TOTAL,
  totalOf,
} from './rollup-places.ts';
import { sessionStacks } from './session-stacks.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';
import { dearestFirst } from './stack-order.ts';

/** So many are sorted in some milliseconds. */
const SORTED_ROWS_MAX = 20_000;

interface Question {
  readonly range: TimeRange;
  readonly filter: RequestFilter;
  readonly bucketMs?: number;
}

export interface CacheUseSums {
  readonly requests: number;
  readonly savedNanoUsd: number;
  readonly costNanoUsd: number;
}

const GRAINS: Readonly<Record<RollupKind, readonly number[]>> = {
  total: GRAINS_MS,
  dimension: GRAINS_MS,
  keyed: KEYED_GRAINS_MS,
  session: SESSION_GRAINS_MS,
  session_keyed: SESSION_GRAINS_MS,
};

const TOTALS = `total(requests) AS requests, total(failed) AS failed, total(unpriced) AS unpriced,
  total(estimated) AS estimated, total(in_flight) AS in_flight, total(input_tokens) AS input_tokens,
  total(cache_read_tokens) AS cache_read_tokens, total(cache_write_tokens) AS cache_write_tokens,
  total(output_tokens) AS output_tokens, total(reasoning_tokens) AS reasoning_tokens, total(cost_nano_usd) AS cost`;

export class RollupReports {
  readonly #database: SqlReader;
  readonly #exactRowsMax: number;

  constructor(database: SqlReader, exactRowsMax: number) {
    this.#database = database;
    this.#exactRowsMax = exactRowsMax;
  }

  /** Whether a report is to be read from roll-ups: where they can tell, and the records are many. */
  async serve({ range, filter, bucketMs }: Question): Promise<boolean> {
    // No sum knows of any text.
    if (filter.text !== undefined) return false;
    if (range.fromMs < (await this.#rowsFromMs())) return true;
    // A session's records are few and found by themselves.
    if (filter.session !== undefined) return false;
    const span = spanOf(range, GRAINS_MS, bucketMs ?? null);
    if (span === null || span.segments.length === 0) return false;
    return (await this.#countIn(span)) > this.#exactRowsMax;
  }

  /** Whether so many requests lie in a range that they are better not sorted. */
  async isMany(range: TimeRange): Promise<boolean> {
    const span = spanOf(range, GRAINS_MS, null);
    return (
      span !== null &&
      span.segments.length > 0 &&
      (await this.#countIn(span)) > Math.min(2 * this.#exactRowsMax, SORTED_ROWS_MAX)
    );
  }

  async #countIn(span: Span): Promise<number> {
    const { sql, values } = rollupParts(TOTAL, span, { sql: '', values: [] }, []);
    const [row] = await this.#rows(`SELECT total(requests) AS n FROM (${sql}) parts`, values);
    return Number(row?.n);
  }

  async summary(range: TimeRange, filter: RequestFilter): Promise<UsageSummary> {
    const source = await this.#source({ range, filter }, await this.#sumsOf(filter), []);
    const [row] = await this.#rows(`SELECT ${TOTALS} FROM (${source.sql}) parts`, source.values);
    const [timing] = await this.#timings({ range, filter });
    return {
      ...totals(row ?? {}),
      latencyMs: timing?.latencyMs ?? null,
      timeToFirstByteMs: timing?.timeToFirstByteMs ?? null,
    };
  }

  async breakdown(
    range: TimeRange,
    by: BreakdownDimension,
    limit: number,
    filter: RequestFilter,
  ): Promise<readonly BreakdownRow[]> {
    return by === 'session'
      ? (await this.dearestSessions(range, limit, filter)).rows
      : this.#grouped(range, by, limit, filter);
  }

  async dearestSessions(range: TimeRange, limit: number, filter: RequestFilter): Promise<DearestSessions> {
    const dear = await this.#dearSessions(range, limit, filter);
    return dear ?? { rows: await this.#grouped(range, 'session', limit, filter), ofDearest: null };
  }

  async #grouped(
    range: TimeRange,
    by: BreakdownDimension,
    limit: number,
    filter: RequestFilter,
  ): Promise<readonly BreakdownRow[]> {
    const source = await this.#source({ range, filter }, await this.#placeFor(by, filter), columnsBy(by));
    const { column, facet, keyIn } = keyOf(by);
    // A key that a late end has taken back has no requests left.
    const sql = `SELECT ${column} AS key, ${TOTALS} FROM (${source.sql}) parts GROUP BY key HAVING total(requests) > 0
      ORDER BY cost DESC, requests DESC, key LIMIT ?`;
    const rows = await this.#rows(sql, [...facet, ...source.values, limit]);
    return rows.map((row) => ({ ...totals(row), key: keyIn(row) }));
  }

  /** Null where they are better summed up. */
  async #dearSessions(
    range: TimeRange,
    limit: number,
    filter: RequestFilter,
  ): Promise<DearestSessions | null> {
    if (filter.session !== undefined) return null;
    const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const [requests, ofRequests] = [await this.#requestsIn(range), await this.#requestsIn(all)];
    if (!isWalkShort(requests, ofRequests, limit)) return null;
    const rowsFromMs = await this.#rowsFromMs();
    const isFiltered = Object.keys(filter).length > 0;
    const matching = isFiltered ? await this.#matching(range, filter) : requests;
    const summedBy = (await this.#isByAll(filter)) ? {} : filter;
    const question = { range, filter: summedBy, running: filter, limit, rowsFromMs, requests, matching };
    return new DearSessions(this.#database, question).dearest();
  }

  async #matching(range: TimeRange, filter: RequestFilter): Promise<number> {
    const source = await this.#source({ range, filter }, await this.#sumsOf(filter), []);
    const [row] = await this.#rows(`SELECT total(requests) AS n FROM (${source.sql}) parts`, source.values);
    return Number(row?.n);
  }

  async #requestsIn(range: TimeRange): Promise<number> {
    const span = spanOf(range, GRAINS_MS, null);
    return span === null || span.segments.length === 0 ? 0 : this.#countIn(span);
  }

  async series(range: TimeRange, bucketMs: number, filter: RequestFilter): Promise<readonly SeriesPoint[]> {
    const source = await this.#source({ range, filter, bucketMs }, await this.#sumsOf(filter), []);
    const sql = `SELECT at_ms - at_ms % ? AS bucket, ${TOTALS} FROM (${source.sql}) parts
      GROUP BY bucket HAVING total(requests) > 0 ORDER BY bucket`;
    return (await this.#rows(sql, [bucketMs, ...source.values])).map((row) => ({
      ...totals(row),
      bucketMs: Number(row.bucket),
    }));
  }

  timings(range: TimeRange, bucketMs: number, filter: RequestFilter): Promise<readonly TimingPoint[]> {
    return this.#timings({ range, filter, bucketMs });
  }

  async stacks(
    range: TimeRange,
    bucketMs: number,
    by: BreakdownDimension,
    limit: number,
    filter: RequestFilter,
  ): Promise<readonly SeriesStack[]> {
    if (by === 'session') {
      const { rows: dearest } = await this.dearestSessions(range, limit, filter);
      const keys = dearest.map(({ key }) => key);
      const question = { range, bucketMs, filter, rowsFromMs: await this.#rowsFromMs() };
      return sessionStacks(this.#database, keys, question);
    }
    const source = await this.#source(
      { range, filter, bucketMs },
      await this.#placeFor(by, filter),
      columnsBy(by),
    );
    const { column, facet, keyIn } = keyOf(by);
    const sql = `SELECT ${column} AS key, at_ms - at_ms % ? AS bucket, total(requests) AS requests,
        total(input_tokens + output_tokens) AS tokens, total(cost_nano_usd) AS cost FROM (${source.sql}) parts
      GROUP BY key, bucket HAVING total(requests) > 0 ORDER BY bucket`;
    const rows = await this.#rows(sql, [...facet, bucketMs, ...source.values]);
    const byKey = Map.groupBy(rows, keyIn);
    const keys = dearestFirst(byKey).slice(0, limit);
    return keys.map((key) => ({
      key,
      points: (byKey.get(key) ?? []).map((row) => ({
        bucketMs: Number(row.bucket),
        requests: Number(row.requests),
        tokens: Number(row.tokens),
        costNanoUsd: Number(row.cost),
      })),
    }));
  }

  /** What requests since a moment came to by what the cache said. */
  async cacheUses(sinceMs: number): Promise<ReadonlyMap<string, CacheUseSums>> {
    const range = { fromMs: sinceMs, toMs: Number.MAX_SAFE_INTEGER };
    const source = await this.#source({ range, filter: {} }, KEYED, ['cache_use']);
    const sql = `SELECT cache_use, total(requests) AS requests, total(saved_nano_usd) AS saved,
        total(cost_nano_usd) AS cost FROM (${source.sql}) parts
      WHERE cache_use IS NOT NULL GROUP BY cache_use HAVING total(requests) > 0`;
    const rows = await this.#rows(sql, source.values);
    return new Map(
      rows.map((row) => [
        String(row.cache_use),
        {
          requests: Number(row.requests),
          savedNanoUsd: Number(row.saved),
          costNanoUsd: Number(row.cost),
        },
      ]),
    );
  }

  /** One point in all where there are no buckets. */
  async #timings(question: Question): Promise<readonly TimingPoint[]> {
    const summedBy = (await this.#isByAll(question.filter)) ? {} : question.filter;
    const place = totalOf(summedBy);
    const span = await this.#timedSpanOf(question, place.kind);
    const filter = filterSql(question.filter, this.#database.like);
    const summed = filterSql(summedBy, this.#database.like);
    const rollups = rollupParts(place, span, summed, [], 'latency, first_byte');
    const records = edgeParts(span, filter, 'latency_ms, time_to_first_byte_ms');
    const buckets = new Map<number, { latency: SlotCounts; firstByte: SlotCounts }>();
    const at = (row: Row) => {
      const atMs = Number(row.at_ms);
      const bucketMs = question.bucketMs === undefined ? 0 : atMs - (atMs % question.bucketMs);
      const known = buckets.get(bucketMs) ?? { latency: new SlotCounts(), firstByte: new SlotCounts() };
      buckets.set(bucketMs, known);
      return known;
    };
    if (rollups.sql !== '') {
      for (const row of await this.#rows(rollups.sql, rollups.values)) {
        const { latency, firstByte } = at(row);
        latency.addText(String(row.latency));
        firstByte.addText(String(row.first_byte));
      }
    }
    if (records.sql !== '') {
      for (const row of await this.#rows(records.sql, records.values)) {
        const { latency, firstByte } = at(row);
        latency.add(slotOf(Number(row.latency_ms)), 1);
        if (row.time_to_first_byte_ms !== null) firstByte.add(slotOf(Number(row.time_to_first_byte_ms)), 1);
      }
    }
    return [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([bucketMs, { latency, firstByte }]) => ({
        bucketMs,
        latencyMs: percentilesOf(latency),
        timeToFirstByteMs: percentilesOf(firstByte),
      }))
      .filter(({ latencyMs }) => latencyMs !== null);
  }

  /** Whether a filter narrows nothing that is summed up: the only upstream, the only access key. */
  async #isByAll(filter: RequestFilter): Promise<boolean> {
    if (totalOf(filter) !== KEYED) return false;
    const { sql, values } = filterSql(filter, this.#database.like);
    const others = `SELECT id FROM rollup_keys WHERE CASE WHEN 1 = 1${sql} THEN 1 ELSE 0 END = 0 LIMIT 1`;
    return (await this.#rows(others, values)).length === 0;
  }

  #sumsOf(filter: RequestFilter): Promise<Place> {
    return sumsOf(filter, this.#database);
  }

  async #placeFor(by: BreakdownDimension, filter: RequestFilter): Promise<Place> {
    if (by !== 'session' || filter.session !== undefined)
      return placeFor(by, filter, await this.#sumsOf(filter));
    const isByAll = Object.keys(filter).length === 0 || (await this.#isByAll(filter));
    return sessionsPlace(filter, isByAll, this.#database.like);
  }

  /** Rows that add up to the answer: `at_ms`, the sums, `in_flight`, and the `wanted` columns. */
  async #source(question: Question, place: Place, wanted: readonly string[]): Promise<Sql> {
    const whole = await this.#spanOf(question, place.kind);
    const span = place.kind === 'session_keyed' ? await this.#matchingTimes(whole, question.filter) : whole;
    const filter = filterSql(question.filter, this.#database.like);
    const columns = wanted.map((name) => `, ${name}`).join('');
    const rollups = rollupParts(place, span, filter, wanted);
    const records = edgeParts(span, filter, `${RECORD_SUMS}, 0 AS in_flight${columns}`);
    const running = recordsIn(
      [question.range],
      IN_FLIGHT,
      filter,
      `${RECORD_SUMS}, 1 AS in_flight${columns}`,
    );
    return unionOf([rollups, records, running]);
  }

  /** There are very many sums by session and key: only times are looked through that have a match. */
  async #matchingTimes(span: Span, filter: RequestFilter): Promise<Span> {
    return filter.session === undefined
      ? matchingTimes(span, filter, await this.#sumsOf(filter), this.#database)
      : span;
  }

  async #spanOf({ range, bucketMs }: Question, kind: RollupKind): Promise<Span> {
    const grains = GRAINS[kind];
    const span = spanOf(range, grains, bucketMs ?? null) ?? { segments: [], edges: [range] };
    const rowsFromMs = await this.#rowsFromMs();
    if (kind !== 'keyed') return withoutRecords(span, finestGrains(grains, 0, rowsFromMs));
    const { minutesMs, sixHoursMs } = keptFromOf((await this.#rows(KEPT_FROM, []))[0]);
    const finest = finestGrains(grains, minutesMs, rowsFromMs);
    const told = withoutRecords(withoutMinutesBefore(span, minutesMs), finest);
    return withoutSixHoursBefore(told, sixHoursMs);
  }

  /** No times are kept by session: they are those of the records that are left. */
  async #timedSpanOf(question: Question, kind: RollupKind): Promise<Span> {
    if (kind !== 'session_keyed') return this.#spanOf(question, kind);
    const { fromMs, toMs } = question.range;
    return { segments: [], edges: [{ fromMs: Math.max(fromMs, await this.#rowsFromMs()), toMs }] };
  }

  async #rowsFromMs(): Promise<number> {
    return Number((await this.#rows(ROWS_FROM, []))[0]?.ms ?? 0);
  }

  #rows(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }
}
