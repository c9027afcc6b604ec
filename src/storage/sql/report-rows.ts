// What reports group by, as SQL, and their rows as totals.

import type { BREAKDOWN_DIMENSIONS, BreakdownDimension, UsageTotals } from '../../core/analytics.ts';
import { SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';

const COLUMN_BY_DIMENSION: Readonly<Record<(typeof BREAKDOWN_DIMENSIONS)[number], string>> = {
  model: 'coalesce(model_used, model_requested)',
  app: 'app',
  tag: 'tag',
  session: 'session',
  protocol: 'protocol',
  upstream: 'coalesce(upstream_name, upstream)',
  outcome: 'outcome',
  rule: 'routing_rule',
  key: 'access_key',
};

const CACHE_WRITES = 'cache_write_5m_tokens + cache_write_1h_tokens';
/** A record's own sums. */
const RECORD_SUM: Readonly<Record<(typeof SUM_COLUMNS)[number], string>> = {
  requests: '1',
  failed: `CASE WHEN outcome NOT IN ('completed', 'cached', 'in_flight') THEN 1 ELSE 0 END`,
  unpriced: `CASE WHEN cost_nano_usd IS NULL AND outcome <> 'in_flight' THEN 1 ELSE 0 END`,
  estimated: `CASE WHEN usage_source = 'estimate' THEN 1 ELSE 0 END`,
  input_tokens: `input_tokens + cache_read_tokens + ${CACHE_WRITES}`,
  cache_read_tokens: 'cache_read_tokens',
  cache_write_tokens: CACHE_WRITES,
  output_tokens: 'output_tokens',
  reasoning_tokens: 'reasoning_tokens',
  cost_nano_usd: 'coalesce(cost_nano_usd, 0)',
  saved_nano_usd: 'coalesce(saved_nano_usd, 0)',
};
export const RECORD_SUMS = SUM_COLUMNS.map((name) => `${RECORD_SUM[name]} AS ${name}`).join(', ');

/**
 * The text from the `=` of `,NAME=` to the next comma, of the tag between commas; null where there is none. With its
 * sign, for a database may take the empty text for null. `?1` is `,NAME=`: the parameters behind it follow in their
 * order.
 */
const FACET_VALUE = `CASE WHEN instr(',' || tag, ?1) = 0 THEN NULL ELSE
  substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 2,
    instr(substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 2), ',') - 1) END`;

export const textOf = (value: Row[string] | undefined): string | null =>
  typeof value === 'string' ? value : null;

/**
 * What a breakdown groups by, and what it reads in the column `key`; `facet` is the value of `?1` for a facet of the
 * tag.
 */
export function keyOf(by: BreakdownDimension): {
  readonly column: string;
  readonly facet: readonly string[];
  readonly keyIn: (row: Row) => string | null;
} {
  if (by.startsWith('tag:')) {
    return {
      column: FACET_VALUE,
      facet: [`,${by.slice('tag:'.length)}=`],
      keyIn: (row) => textOf(row.key)?.slice('='.length) ?? null,
    };
  }
  return {
    column: COLUMN_BY_DIMENSION[by as keyof typeof COLUMN_BY_DIMENSION],
    facet: [],
    keyIn: (row) => textOf(row.key),
  };
}

export function totals(row: Row): UsageTotals {
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
