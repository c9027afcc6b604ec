// What reports group by, as SQL, and their rows as totals.

import type { BREAKDOWN_DIMENSIONS, BreakdownDimension, UsageTotals } from '../../core/analytics.ts';
import type { Row } from '../request-row.ts';

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

/**
 * The text from the `=` of `,NAME=` to the next comma, of the tag between commas; null where there is none. With its sign,
 * for a database may take the empty text for null. `?1` is `,NAME=`: the parameters behind it follow in their order.
 */
const FACET_VALUE = `CASE WHEN instr(',' || tag, ?1) = 0 THEN NULL ELSE
  substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 2,
    instr(substr(tag || ',', instr(',' || tag, ?1) + length(?1) - 2), ',') - 1) END`;

export const textOf = (value: Row[string] | undefined): string | null =>
  typeof value === 'string' ? value : null;

/** What a breakdown groups by, and what it reads in the column `key`; `facet` is the value of `?1` for a facet of the tag. */
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
