// Sessions as SQL: the requests of each, put together.

import type { SessionRow } from '../../core/analytics.ts';
import type { Row, SqlValue } from '../rows/request-row.ts';
import { textOf } from './report-rows.ts';
import { TOKENS } from './request-filter.ts';

const PROMPT_CACHED = 'cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens > 0';

const MODEL = 'coalesce(model_used, model_sent, model_requested)';

/** The dearest sessions first, then their first requests, for the application, and their last ones, for the model. */
export const sessionsSql = (where: string): string => `
  WITH sessions AS (
    SELECT session, count(DISTINCT app) - 1 AS other_apps, min(id) AS first, max(id) AS last,
      count(DISTINCT CASE WHEN outcome <> 'in_flight' THEN ${MODEL} END) AS models, min(started_at_ms) AS started,
      floor(max(started_at_ms + latency_ms)) AS ended, count(*) AS turns,
      count(*) FILTER (WHERE outcome NOT IN ('completed', 'cached', 'in_flight')) AS failed,
      count(*) FILTER (WHERE outcome = 'cached') AS cached, count(saved_nano_usd) AS cached_known,
      total(${TOKENS} - output_tokens) AS input_tokens, total(cache_read_tokens) AS cache_read_tokens,
      total(output_tokens) AS output_tokens, total(cost_nano_usd) AS cost, total(saved_nano_usd) AS saved,
      total(prompt_cache_saved_nano_usd) AS prompt_cache_saved,
      count(*) FILTER (WHERE ${PROMPT_CACHED} AND prompt_cache_saved_nano_usd IS NOT NULL) AS prompt_cache_known,
      count(*) FILTER (WHERE ${PROMPT_CACHED} AND prompt_cache_saved_nano_usd IS NULL) AS prompt_cache_unknown,
      count(*) FILTER (WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight') AS unpriced
    FROM requests WHERE ${where} AND session IS NOT NULL
    GROUP BY session ORDER BY cost DESC, turns DESC, session LIMIT ?)
  SELECT sessions.*, (SELECT app FROM requests WHERE id = sessions.first) AS app,
    (SELECT ${MODEL} FROM requests WHERE id = sessions.last) AS model
  FROM sessions ORDER BY cost DESC, turns DESC, session`;

export function sessionOf(row: Row): SessionRow {
  return {
    session: String(row.session),
    app: String(row.app),
    otherApps: Number(row.other_apps),
    model: textOf(row.model),
    otherModels: Math.max(0, Number(row.models) - 1),
    startedAtMs: Number(row.started),
    endedAtMs: Number(row.ended),
    turns: Number(row.turns),
    failedTurns: Number(row.failed),
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    outputTokens: Number(row.output_tokens),
    costNanoUsd: Number(row.cost),
    unpricedTurns: Number(row.unpriced),
    savedNanoUsd: knownSum(row.saved, row.cached_known, row.cached),
    cachedTurns: Number(row.cached),
    promptCacheSavedNanoUsd: knownSum(
      row.prompt_cache_saved,
      row.prompt_cache_known,
      row.prompt_cache_unknown,
    ),
    promptCacheUnknownTurns: Number(row.prompt_cache_unknown),
  };
}

/** A sum over what is known; null where all that there is is unknown. */
function knownSum(
  sum: SqlValue | undefined,
  known: SqlValue | undefined,
  others: SqlValue | undefined,
): number | null {
  return Number(known) === 0 && Number(others) > 0 ? null : Number(sum);
}
