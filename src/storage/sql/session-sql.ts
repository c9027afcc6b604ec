// Sessions as SQL: the requests of each, put together.

import type { SessionRow } from '../../core/analytics.ts';
import type { Row } from '../request-row.ts';
import { TOKENS } from './request-filter.ts';

/** The dearest sessions first, then their first requests, for the application. */
export const sessionsSql = (where: string): string => `
  WITH sessions AS (
    SELECT session, count(DISTINCT app) - 1 AS other_apps, min(id) AS first, min(started_at_ms) AS started,
      floor(max(started_at_ms + latency_ms)) AS ended, count(*) AS turns,
      count(*) FILTER (WHERE outcome NOT IN ('completed', 'cached', 'in_flight')) AS failed,
      count(*) FILTER (WHERE outcome = 'cached') AS cached,
      total(${TOKENS} - output_tokens) AS input_tokens, total(cache_read_tokens) AS cache_read_tokens,
      total(output_tokens) AS output_tokens, total(cost_nano_usd) AS cost, total(saved_nano_usd) AS saved,
      count(*) FILTER (WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight') AS unpriced
    FROM requests WHERE ${where} AND session IS NOT NULL
    GROUP BY session ORDER BY cost DESC, turns DESC, session LIMIT ?)
  SELECT sessions.*, (SELECT app FROM requests WHERE id = sessions.first) AS app
  FROM sessions ORDER BY cost DESC, turns DESC, session`;

export function sessionOf(row: Row): SessionRow {
  return {
    session: String(row.session),
    app: String(row.app),
    otherApps: Number(row.other_apps),
    startedAtMs: Number(row.started),
    endedAtMs: Number(row.ended),
    turns: Number(row.turns),
    failedTurns: Number(row.failed),
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    outputTokens: Number(row.output_tokens),
    costNanoUsd: Number(row.cost),
    unpricedTurns: Number(row.unpriced),
    savedNanoUsd: Number(row.saved),
    cachedTurns: Number(row.cached),
  };
}
