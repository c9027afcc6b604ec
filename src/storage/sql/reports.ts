// The answers to core/analytics.ts's questions, in SQL that several databases understand.

import type {
  Analytics,
  BreakdownDimension,
  BreakdownRow,
  ChangedLines,
  DearestSessions,
  Percentiles,
  RecentQuery,
  RequestFilter,
  RequestsPage,
  RequestsQuery,
  SeriesPoint,
  SeriesStack,
  SessionRow,
  TimeRange,
  TimingPoint,
  UnpricedRow,
  UsageSummary,
} from '../../core/analytics.ts';
import type { ExperimentRecords, UnitSums, VariantFigures } from '../../core/experiment-figures.ts';
import type { RequestRecord } from '../../core/record.ts';
import { type Row, recordFromRow } from '../rows/request-row.ts';
import { ExperimentReports } from './experiment-reports.ts';
import { keyOf, textOf, totals } from './report-rows.ts';
import { filterSql, TOKENS } from './request-filter.ts';
import { RequestPages } from './request-pages.ts';
import { ROWS_FROM } from './retention-sql.ts';
import { RollupReports } from './rollup-reports.ts';
import { sessionOf, sessionsSql } from './session-sql.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

/** `total` sums as a float: exact up to 2^53 nano-dollars, about nine million dollars, and never an error. */
const TOTALS = `
  count(*) AS requests,
  count(*) FILTER (WHERE outcome NOT IN ('completed', 'cached', 'in_flight')) AS failed,
  count(*) FILTER (WHERE outcome = 'in_flight') AS in_flight,
  total(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) AS input_tokens,
  total(cache_read_tokens) AS cache_read_tokens,
  total(cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
  total(output_tokens) AS output_tokens,
  total(reasoning_tokens) AS reasoning_tokens,
  total(cost_nano_usd) AS cost,
  count(*) FILTER (WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight') AS unpriced,
  count(*) FILTER (WHERE usage_source = 'estimate') AS estimated`;

/** So many records are read one by one in some milliseconds, and their percentiles are exact. */
const EXACT_ROWS_MAX = 10_000;

/** Sessions whose records are asked for by one statement. */
const SESSIONS_AT_ONCE = 50;

function within(
  range: TimeRange,
  filter: RequestFilter,
  { like }: SqlReader,
): { readonly where: string; readonly values: readonly (string | number)[] } {
  const { sql, values } = filterSql(filter, like);
  return {
    where: `started_at_ms >= ? AND started_at_ms < ?${sql}`,
    values: [range.fromMs, range.toMs, ...values],
  };
}

export class SqlReports implements Analytics {
  readonly #database: SqlReader;
  readonly #rollups: RollupReports;
  readonly #pages: RequestPages;
  readonly #experiments: ExperimentReports;

  /** Reports on spans of more records than `exactRowsMax` are read from roll-ups. */
  constructor(database: SqlReader, exactRowsMax = EXACT_ROWS_MAX) {
    this.#database = database;
    this.#rollups = new RollupReports(database, exactRowsMax);
    this.#pages = new RequestPages(database, this.#rollups, exactRowsMax);
    this.#experiments = new ExperimentReports(database, exactRowsMax);
  }

  async summary(asked: TimeRange, filter: RequestFilter = {}): Promise<UsageSummary> {
    const range = await this.#pages.searched(asked, filter);
    if (await this.#rollups.serve({ range, filter })) return this.#rollups.summary(range, filter);
    const { where, values } = within(range, filter, this.#database);
    const row = (await this.#rows(`SELECT ${TOTALS} FROM requests WHERE ${where}`, ...values))[0] ?? {};
    return {
      ...totals(row),
      latencyMs: await this.#percentiles('latency_ms', range, filter),
      timeToFirstByteMs: await this.#percentiles('time_to_first_byte_ms', range, filter),
    };
  }

  async breakdown(
    asked: TimeRange,
    by: BreakdownDimension,
    limit: number,
    filter: RequestFilter = {},
  ): Promise<readonly BreakdownRow[]> {
    const range = await this.#pages.searched(asked, filter);
    if (await this.#rollups.serve({ range, filter }))
      return this.#rollups.breakdown(range, by, limit, filter);
    const { where, values } = within(range, filter, this.#database);
    const { column, facet, keyIn } = keyOf(by);
    const sql = `SELECT ${column} AS key, ${TOTALS} FROM requests WHERE ${where}
      GROUP BY key ORDER BY cost DESC, requests DESC, key LIMIT ?`;
    return (await this.#rows(sql, ...facet, ...values, limit)).map((row) => ({
      ...totals(row),
      key: keyIn(row),
    }));
  }

  async dearestSessions(
    asked: TimeRange,
    limit: number,
    filter: RequestFilter = {},
  ): Promise<DearestSessions> {
    const range = await this.#pages.searched(asked, filter);
    return (await this.#rollups.serve({ range, filter }))
      ? this.#rollups.dearestSessions(range, limit, filter)
      : { rows: await this.breakdown(asked, 'session', limit, filter), ofDearest: null };
  }

  async series(
    asked: TimeRange,
    bucketMs: number,
    filter: RequestFilter = {},
  ): Promise<readonly SeriesPoint[]> {
    const range = await this.#pages.searched(asked, filter);
    if (await this.#rollups.serve({ range, filter, bucketMs }))
      return this.#rollups.series(range, bucketMs, filter);
    const { where, values } = within(range, filter, this.#database);
    const sql = `SELECT started_at_ms - started_at_ms % ? AS bucket, ${TOTALS} FROM requests WHERE ${where}
      GROUP BY bucket ORDER BY bucket`;
    return (await this.#rows(sql, bucketMs, ...values)).map((row) => ({
      ...totals(row),
      bucketMs: Number(row.bucket),
    }));
  }

  async timings(
    asked: TimeRange,
    bucketMs: number,
    filter: RequestFilter = {},
  ): Promise<readonly TimingPoint[]> {
    const range = await this.#pages.searched(asked, filter);
    if (await this.#rollups.serve({ range, filter, bucketMs }))
      return this.#rollups.timings(range, bucketMs, filter);
    const latency = await this.#timingsOf('latency_ms', range, bucketMs, filter);
    const firstByte = await this.#timingsOf('time_to_first_byte_ms', range, bucketMs, filter);
    return [...latency].map(([bucket, percentiles]) => ({
      bucketMs: bucket,
      latencyMs: percentiles,
      timeToFirstByteMs: firstByte.get(bucket) ?? null,
    }));
  }

  async stacks(
    asked: TimeRange,
    bucketMs: number,
    by: BreakdownDimension,
    limit: number,
    filter: RequestFilter = {},
  ): Promise<readonly SeriesStack[]> {
    const range = await this.#pages.searched(asked, filter);
    if (await this.#rollups.serve({ range, filter, bucketMs }))
      return this.#rollups.stacks(range, bucketMs, by, limit, filter);
    const { where, values } = within(range, filter, this.#database);
    const { column, facet, keyIn } = keyOf(by);
    const dearest = await this.breakdown(range, by, limit, filter);
    const sql = `SELECT ${column} AS key, started_at_ms - started_at_ms % ? AS bucket, count(*) AS requests,
      total(${TOKENS}) AS tokens, total(cost_nano_usd) AS cost FROM requests WHERE ${where} GROUP BY key, bucket ORDER BY bucket`;
    const rows = Map.groupBy(await this.#rows(sql, ...facet, bucketMs, ...values), keyIn);
    return dearest.map(({ key }) => ({
      key,
      points: (rows.get(key) ?? []).map((row) => ({
        bucketMs: Number(row.bucket),
        requests: Number(row.requests),
        tokens: Number(row.tokens),
        costNanoUsd: Number(row.cost),
      })),
    }));
  }

  requests(query: RequestsQuery): Promise<RequestsPage> {
    return this.#pages.page(query);
  }

  async searchedFromMs(range: TimeRange, filter: RequestFilter): Promise<number> {
    const { fromMs } = await this.#pages.searched(range, filter);
    return fromMs > range.fromMs ? fromMs : 0;
  }

  async sessions(
    asked: TimeRange,
    limit: number,
    filter: RequestFilter = {},
  ): Promise<DearestSessions<SessionRow>> {
    const range = await this.#pages.searched(asked, filter);
    const { where, values } = within(range, filter, this.#database);
    if (!(await this.#rollups.serve({ range, filter })))
      return {
        rows: (await this.#rows(sessionsSql(where), ...values, limit)).map(sessionOf),
        ofDearest: null,
      };
    // Sums tell which they are; their records, found by an index, tell the rest.
    const { rows: dearest, ofDearest } = await this.#rollups.dearestSessions(range, limit + 1, filter);
    const names = dearest.flatMap(({ key }) => key ?? []).slice(0, limit);
    const found = new Map<string, SessionRow>();
    for (let first = 0; first < names.length; first += SESSIONS_AT_ONCE) {
      // As many as the statement has places for: the last one fills what is left.
      const some = Array.from(
        { length: SESSIONS_AT_ONCE },
        (_, index) => names[Math.min(first + index, names.length - 1)] ?? '',
      );
      const these = `${where} AND session IN (${some.map(() => '?').join(', ')})`;
      for (const row of await this.#rows(sessionsSql(these), ...values, ...some, SESSIONS_AT_ONCE))
        found.set(String(row.session), sessionOf(row));
    }
    return { rows: names.flatMap((name) => found.get(name) ?? []), ofDearest };
  }

  async unpriced(range: TimeRange, limit: number): Promise<readonly UnpricedRow[]> {
    const sql = `SELECT coalesce(model_used, model_requested) AS model, endpoint, count(*) AS requests,
        min(started_at_ms) AS first, max(started_at_ms) AS last FROM requests
      WHERE started_at_ms >= ? AND started_at_ms < ? AND cost_nano_usd IS NULL AND outcome <> 'in_flight'
      GROUP BY coalesce(model_used, model_requested), endpoint ORDER BY requests DESC, model, endpoint LIMIT ?`;
    return (await this.#rows(sql, range.fromMs, range.toMs, limit)).map((row) => ({
      model: textOf(row.model),
      endpoint: String(row.endpoint),
      requests: Number(row.requests),
      firstMs: Number(row.first),
      lastMs: Number(row.last),
    }));
  }

  async request(id: string): Promise<RequestRecord | null> {
    const [row] = await this.#rows('SELECT * FROM requests WHERE id = ?', id);
    return row === undefined ? null : recordFromRow(row);
  }

  async recent(query: RecentQuery): Promise<readonly RequestRecord[]> {
    const rows =
      query.beforeId === undefined
        ? await this.#rows('SELECT * FROM requests ORDER BY id DESC LIMIT ?', query.limit)
        : await this.#rows(
            'SELECT * FROM requests WHERE id < ? ORDER BY id DESC LIMIT ?',
            query.beforeId,
            query.limit,
          );
    return rows.map(recordFromRow);
  }

  variantFigures(records: ExperimentRecords): Promise<readonly VariantFigures[]> {
    return this.#experiments.variantFigures(records);
  }

  latencyQuantiles(
    records: ExperimentRecords,
    variant: string,
    shares: readonly number[],
  ): Promise<readonly number[]> {
    return this.#experiments.latencyQuantiles(records, variant, shares);
  }

  latenciesUpTo(
    records: ExperimentRecords,
    variant: string,
    latenciesMs: readonly number[],
  ): Promise<readonly UnitSums[]> {
    return this.#experiments.latenciesUpTo(records, variant, latenciesMs);
  }

  figuresAreWhole(records: ExperimentRecords): Promise<boolean> {
    return this.#experiments.figuresAreWhole(records);
  }

  async changes(
    cursor: number,
    limit: number,
  ): Promise<{ records: readonly RequestRecord[]; cursor: number }> {
    const rows = await this.#rows(
      'SELECT * FROM requests WHERE change > ? ORDER BY change LIMIT ?',
      cursor,
      limit,
    );
    return { records: rows.map(recordFromRow), cursor: Number(rows.at(-1)?.change ?? cursor) };
  }

  async changesOfOthers(owner: string, cursor: number, limit: number): Promise<ChangedLines> {
    // What changes after this look is not among the rows, and the owner's own changes are passed for good.
    const last = await this.lastChange();
    const rows = await this.#rows(
      'SELECT * FROM requests WHERE change > ? AND change <= ? AND owner <> ? ORDER BY change LIMIT ?',
      cursor,
      last,
      owner,
      limit,
    );
    return {
      lines: rows.map((row) => JSON.stringify(recordFromRow(row))).join('\n'),
      count: rows.length,
      cursor: rows.length < limit ? Math.max(cursor, last) : Number(rows.at(-1)?.change),
    };
  }

  async lastChange(): Promise<number> {
    return Number((await this.#rows('SELECT last FROM change_counter'))[0]?.last ?? 0);
  }

  async rowsFromMs(): Promise<number> {
    return Number((await this.#rows(ROWS_FROM))[0]?.ms ?? 0);
  }

  /** Nearest rank. */
  async #percentiles(column: string, range: TimeRange, filter: RequestFilter): Promise<Percentiles | null> {
    const { where: wanted, values } = within(range, filter, this.#database);
    const where = `${wanted} AND outcome <> 'in_flight' AND ${column} IS NOT NULL`;
    const counted = await this.#rows(`SELECT count(*) AS n FROM requests WHERE ${where}`, ...values);
    const ended = Number(counted[0]?.n ?? 0);
    if (ended === 0) return null;
    const sql = `SELECT ${column} AS value FROM requests WHERE ${where} ORDER BY ${column} LIMIT 1 OFFSET ?`;
    const at = async (share: number): Promise<number> => {
      const rank = Math.max(Math.ceil(share * ended) - 1, 0);
      return Number((await this.#rows(sql, ...values, rank))[0]?.value ?? 0);
    };
    return { p50: await at(0.5), p95: await at(0.95), p99: await at(0.99) };
  }

  /** Nearest rank in each bucket, in the buckets' order. */
  async #timingsOf(
    column: string,
    range: TimeRange,
    bucketMs: number,
    filter: RequestFilter,
  ): Promise<ReadonlyMap<number, Percentiles>> {
    const { where, values } = within(range, filter, this.#database);
    const sql = `WITH ranked AS (
        SELECT started_at_ms - started_at_ms % ? AS bucket, ${column} AS value,
          row_number() OVER (PARTITION BY started_at_ms - started_at_ms % ? ORDER BY ${column}) AS place,
          count(*) OVER (PARTITION BY started_at_ms - started_at_ms % ?) AS n
        FROM requests WHERE ${where} AND outcome <> 'in_flight' AND ${column} IS NOT NULL)
      SELECT bucket, min(value) FILTER (WHERE place >= 0.5 * n) AS p50,
        min(value) FILTER (WHERE place >= 0.95 * n) AS p95, min(value) FILTER (WHERE place >= 0.99 * n) AS p99
      FROM ranked GROUP BY bucket ORDER BY bucket`;
    const rows = await this.#rows(sql, bucketMs, bucketMs, bucketMs, ...values);
    return new Map(
      rows.map((row) => [
        Number(row.bucket),
        { p50: Number(row.p50), p95: Number(row.p95), p99: Number(row.p99) },
      ]),
    );
  }

  #rows(sql: string, ...values: readonly SqlValue[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }
}
