// The answers to core/analytics.ts's questions, in SQL.

import type { DatabaseSync } from 'node:sqlite';
import type {
  BREAKDOWN_DIMENSIONS,
  BreakdownDimension,
  BreakdownRow,
  Percentiles,
  RecentQuery,
  SeriesPoint,
  TimeRange,
  UsageSummary,
  UsageTotals,
  VariantRow,
} from '../../core/analytics.ts';
import type { RequestRecord } from '../../core/record.ts';
import { type Row, recordFromRow } from './request-row.ts';

const COLUMN_BY_DIMENSION: Readonly<Record<(typeof BREAKDOWN_DIMENSIONS)[number], string>> = {
  model: 'coalesce(model_used, model_requested)',
  app: 'app',
  tag: 'tag',
  session: 'session',
  protocol: 'protocol',
  upstream: 'coalesce(upstream_name, upstream)',
  outcome: 'outcome',
};

/**
 * The text between `,NAME=` and the next comma, of the tag between commas; null where there is none. `?1` is `,NAME=`:
 * the parameters behind it follow in their order.
 */
const FACET_VALUE = `CASE WHEN instr(',' || tag, ?1) = 0 THEN NULL ELSE
  substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 1,
    instr(substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 1), ',') - 1) END`;

/** `total` sums as a float: exact up to 2^53 nano-dollars, about nine million dollars, and never an error. */
const TOTALS = `
  count(*) AS requests,
  coalesce(sum(outcome NOT IN ('completed', 'cached', 'in_flight')), 0) AS failed,
  coalesce(sum(outcome = 'in_flight'), 0) AS in_flight,
  total(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) AS input_tokens,
  total(cache_read_tokens) AS cache_read_tokens,
  total(cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
  total(output_tokens) AS output_tokens,
  total(reasoning_tokens) AS reasoning_tokens,
  total(cost_nano_usd) AS cost,
  coalesce(sum(cost_nano_usd IS NULL AND outcome <> 'in_flight'), 0) AS unpriced,
  coalesce(sum(usage_source = 'estimate'), 0) AS estimated`;

/** Variances by the means of the values and of their squares around the group's mean. */
const VARIANTS = `
WITH ended AS (
  SELECT *, input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens AS all_input,
    avg(cost_nano_usd) OVER (PARTITION BY variant) AS mean_cost,
    avg(latency_ms) OVER (PARTITION BY variant) AS mean_latency
  FROM requests WHERE experiment = ? AND outcome <> 'in_flight'
)
SELECT variant, count(*) AS requests, sum(outcome <> 'completed') AS failed,
  sum(cost_nano_usd IS NULL) AS unpriced, total(all_input) AS input_tokens, total(output_tokens) AS output_tokens,
  total(cost_nano_usd) AS cost, max(mean_cost) AS mean_cost, max(mean_latency) AS mean_latency,
  avg((cost_nano_usd - mean_cost) * (cost_nano_usd - mean_cost)) AS variance_cost,
  avg((latency_ms - mean_latency) * (latency_ms - mean_latency)) AS variance_latency
FROM ended GROUP BY variant ORDER BY variant`;

const nullable = (value: Row[string] | undefined): number | null =>
  typeof value === 'number' ? value : null;

const IN_RANGE = 'started_at_ms >= ? AND started_at_ms < ?';

function totals(row: Row): UsageTotals {
  return {
    requests: Number(row.requests),
    failedRequests: Number(row.failed),
    inFlightRequests: Number(row.in_flight),
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    costNanoUsd: Number(row.cost),
    unpricedRequests: Number(row.unpriced),
    estimatedRequests: Number(row.estimated),
  };
}

export class SqliteQueries {
  readonly #connection: DatabaseSync;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  summary(range: TimeRange): UsageSummary {
    const row =
      this.#rows(`SELECT ${TOTALS} FROM requests WHERE ${IN_RANGE}`, range.fromMs, range.toMs)[0] ?? {};
    return {
      ...totals(row),
      latencyMs: this.#percentiles('latency_ms', range),
      timeToFirstByteMs: this.#percentiles('time_to_first_byte_ms', range),
    };
  }

  breakdown(range: TimeRange, by: BreakdownDimension, limit: number): readonly BreakdownRow[] {
    const facet = by.startsWith('tag:') ? by.slice('tag:'.length) : null;
    const column = facet === null ? COLUMN_BY_DIMENSION[by as keyof typeof COLUMN_BY_DIMENSION] : FACET_VALUE;
    const sql = `SELECT ${column} AS key, ${TOTALS} FROM requests WHERE ${IN_RANGE}
      GROUP BY 1 ORDER BY cost DESC, requests DESC, key LIMIT ?`;
    const parameters = [range.fromMs, range.toMs, limit];
    const rows =
      facet === null ? this.#rows(sql, ...parameters) : this.#rows(sql, `,${facet}=`, ...parameters);
    return rows.map((row) => ({
      ...totals(row),
      key: typeof row.key === 'string' ? row.key : null,
    }));
  }

  series(range: TimeRange, bucketMs: number): readonly SeriesPoint[] {
    const sql = `SELECT started_at_ms - started_at_ms % ? AS bucket, ${TOTALS} FROM requests WHERE ${IN_RANGE}
      GROUP BY 1 ORDER BY 1`;
    return this.#rows(sql, bucketMs, range.fromMs, range.toMs).map((row) => ({
      ...totals(row),
      bucketMs: Number(row.bucket),
    }));
  }

  recent(query: RecentQuery): readonly RequestRecord[] {
    const rows =
      query.beforeId === undefined
        ? this.#rows('SELECT * FROM requests ORDER BY id DESC LIMIT ?', query.limit)
        : this.#rows(
            'SELECT * FROM requests WHERE id < ? ORDER BY id DESC LIMIT ?',
            query.beforeId,
            query.limit,
          );
    return rows.map(recordFromRow);
  }

  variants(experiment: string): VariantRow[] {
    const rows = this.#connection.prepare(VARIANTS).all(experiment) as Row[];
    return rows.map((row) => ({
      variant: String(row.variant),
      requests: Number(row.requests),
      failedRequests: Number(row.failed),
      unpricedRequests: Number(row.unpriced),
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
      costNanoUsd: Number(row.cost),
      meanCostNanoUsd: nullable(row.mean_cost),
      varianceCost: nullable(row.variance_cost),
      meanLatencyMs: nullable(row.mean_latency),
      varianceLatency: nullable(row.variance_latency),
    }));
  }

  changes(cursor: number, limit: number): { records: readonly RequestRecord[]; cursor: number } {
    const rows = this.#rows('SELECT * FROM requests WHERE change > ? ORDER BY change LIMIT ?', cursor, limit);
    return { records: rows.map(recordFromRow), cursor: Number(rows.at(-1)?.change ?? cursor) };
  }

  lastChange(): number {
    return Number(this.#rows('SELECT last FROM change_counter')[0]?.last ?? 0);
  }

  /** Nearest rank. */
  #percentiles(column: string, range: TimeRange): Percentiles | null {
    const where = `${IN_RANGE} AND outcome <> 'in_flight' AND ${column} IS NOT NULL`;
    const counted = this.#rows(`SELECT count(*) AS n FROM requests WHERE ${where}`, range.fromMs, range.toMs);
    const ended = Number(counted[0]?.n ?? 0);
    if (ended === 0) return null;
    const sql = `SELECT ${column} AS value FROM requests WHERE ${where} ORDER BY ${column} LIMIT 1 OFFSET ?`;
    const at = (share: number): number => {
      const rank = Math.max(Math.ceil(share * ended) - 1, 0);
      return Number(this.#rows(sql, range.fromMs, range.toMs, rank)[0]?.value ?? 0);
    };
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  #rows(sql: string, ...parameters: (string | number)[]): Row[] {
    return this.#connection.prepare(sql).all(...parameters) as Row[];
  }
}
