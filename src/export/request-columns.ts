// The columns of an export of requests: what a record has, money as whole nano-dollars and in dollars.

import { NANO_USD_PER_USD } from '../core/money.ts';
import { type Column, decimal, flag, integer, text, time } from './column.ts';

export const REQUEST_COLUMNS: readonly Column[] = [
  text('id', (record) => record.id),
  time('started_at', (record) => record.startedAtMs),
  text('protocol', (record) => record.protocol),
  text('endpoint', (record) => record.endpoint),
  text('method', (record) => record.method),
  text('path', (record) => record.path),
  text('app', (record) => record.app),
  text('tag', (record) => record.tag),
  text('session', (record) => record.session),
  text('user', (record) => record.user),
  text('access_key', (record) => record.accessKey),
  text('model_requested', (record) => record.modelRequested),
  text('model_sent', (record) => record.modelSent),
  text('model_used', (record) => record.modelUsed),
  text('upstream', (record) => record.upstream),
  text('upstream_name', (record) => record.upstreamName),
  text('routing_rule', (record) => record.routingRule),
  text('experiment', (record) => record.experiment),
  text('variant', (record) => record.variant),
  text('unplanned', (record) => record.unplanned),
  flag('streamed', (record) => record.streamed),
  text('outcome', (record) => record.outcome),
  integer('status', (record) => record.status),
  text('error_code', (record) => record.errorCode),
  text('finish_reason', (record) => record.finishReason),
  decimal('latency_ms', (record) => record.latencyMs),
  decimal('time_to_first_byte_ms', (record) => record.timeToFirstByteMs),
  integer('request_bytes', (record) => record.requestBytes),
  integer('response_bytes', (record) => record.responseBytes),
  integer('input_tokens', (record) => record.usage.inputTokens),
  integer('cache_read_tokens', (record) => record.usage.cacheReadTokens),
  integer('cache_write_5m_tokens', (record) => record.usage.cacheWrite5mTokens),
  integer('cache_write_1h_tokens', (record) => record.usage.cacheWrite1hTokens),
  integer('output_tokens', (record) => record.usage.outputTokens),
  integer('reasoning_tokens', (record) => record.usage.reasoningTokens),
  integer('web_searches', (record) => record.usage.webSearches),
  text('usage_source', (record) => record.usageSource),
  text('service_tier', (record) => record.serviceTier),
  integer('cost_nano_usd', (record) => record.costNanoUsd),
  decimal('cost_usd', (record) => inUsd(record.costNanoUsd)),
  integer('reported_cost_nano_usd', (record) => record.reportedCostNanoUsd),
  text('price_source', (record) => record.priceSource),
  text('cost_doubt', (record) => record.costDoubt),
  text('cache_use', (record) => record.cacheUse),
  integer('saved_nano_usd', (record) => record.savedNanoUsd),
  integer('prompt_cache_saved_nano_usd', (record) => record.promptCacheSavedNanoUsd),
];

export function inUsd(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / NANO_USD_PER_USD;
}
