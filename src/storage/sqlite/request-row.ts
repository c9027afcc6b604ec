// A usage record as a row of the table, and back.

import type { RequestEnd, RequestRecord, RequestStart, UpstreamAttempt } from '../../core/record.ts';
import { NO_USAGE, type UsageRun } from '../../core/usage.ts';

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** What a record in flight has not got yet. */
export const PENDING_END: Omit<RequestEnd, 'outcome' | 'upstream' | 'upstreamName'> = Object.freeze({
  attempts: null,
  status: null,
  errorCode: null,
  upstreamRequestId: null,
  responseId: null,
  modelUsed: null,
  finishReason: null,
  timeToFirstByteMs: null,
  latencyMs: 0,
  requestBytes: 0,
  responseBytes: 0,
  usage: NO_USAGE,
  usageSource: 'none',
  runs: null,
  serviceTier: null,
  costNanoUsd: null,
  reportedCostNanoUsd: null,
  priceSource: null,
  cacheUse: null,
  savedNanoUsd: null,
  billingKey: null,
});

/** Column names and how each is read from a record. The order is the order of the parameters. */
const COLUMNS: Readonly<Record<string, (record: RequestRecord) => SqlValue>> = {
  id: (r) => r.id,
  started_at_ms: (r) => r.startedAtMs,
  protocol: (r) => r.protocol,
  endpoint: (r) => r.endpoint,
  method: (r) => r.method,
  path: (r) => r.path,
  model_requested: (r) => r.modelRequested || null,
  upstream: (r) => r.upstream,
  streamed: (r) => (r.streamed ? 1 : 0),
  app: (r) => r.app,
  user_agent: (r) => r.userAgent || null,
  session: (r) => r.session || null,
  tag: (r) => r.tag || null,
  outcome: (r) => r.outcome,
  status: (r) => r.status,
  error_code: (r) => r.errorCode || null,
  upstream_request_id: (r) => r.upstreamRequestId || null,
  response_id: (r) => r.responseId || null,
  model_used: (r) => r.modelUsed || null,
  finish_reason: (r) => r.finishReason || null,
  time_to_first_byte_ms: (r) => r.timeToFirstByteMs,
  latency_ms: (r) => r.latencyMs,
  request_bytes: (r) => r.requestBytes,
  response_bytes: (r) => r.responseBytes,
  input_tokens: (r) => r.usage.inputTokens,
  cache_read_tokens: (r) => r.usage.cacheReadTokens,
  cache_write_5m_tokens: (r) => r.usage.cacheWrite5mTokens,
  cache_write_1h_tokens: (r) => r.usage.cacheWrite1hTokens,
  output_tokens: (r) => r.usage.outputTokens,
  reasoning_tokens: (r) => r.usage.reasoningTokens,
  input_audio_tokens: (r) => r.usage.inputAudioTokens,
  cache_read_audio_tokens: (r) => r.usage.cacheReadAudioTokens,
  output_audio_tokens: (r) => r.usage.outputAudioTokens,
  web_searches: (r) => r.usage.webSearches,
  usage_source: (r) => r.usageSource,
  runs: (r) => (r.runs === null ? null : JSON.stringify(r.runs)),
  service_tier: (r) => r.serviceTier || null,
  cost_nano_usd: (r) => r.costNanoUsd,
  reported_cost_nano_usd: (r) => r.reportedCostNanoUsd,
  price_source: (r) => r.priceSource || null,
  billing_key: (r) => r.billingKey,
  model_sent: (r) => r.modelSent,
  routing_rule: (r) => r.routingRule,
  experiment: (r) => r.experiment,
  variant: (r) => r.variant,
  reserved_nano_usd: (r) => r.reservedNanoUsd,
  reserved_at_ms: (r) => r.reservedAtMs,
  cache_use: (r) => r.cacheUse ?? null,
  saved_nano_usd: (r) => r.savedNanoUsd ?? null,
  // A line that an earlier version spooled has neither.
  upstream_name: (r) => r.upstreamName ?? null,
  attempts: (r) => (r.attempts ? JSON.stringify(r.attempts) : null),
};

export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS);
const READERS = Object.values(COLUMNS);

export function rowValues(record: RequestRecord): SqlValue[] {
  return READERS.map((read) => read(record));
}

export function recordInFlight(start: RequestStart): RequestRecord {
  return { ...start, ...PENDING_END, outcome: 'in_flight' };
}

const text = (value: SqlValue | undefined): string | null => (typeof value === 'string' ? value : null);
const amount = (value: SqlValue | undefined): number | null => (typeof value === 'number' ? value : null);
const count = (value: SqlValue | undefined): number => amount(value) ?? 0;

export function recordFromRow(row: Row): RequestRecord {
  return {
    id: text(row.id) ?? '',
    startedAtMs: count(row.started_at_ms),
    protocol: text(row.protocol) as RequestRecord['protocol'],
    endpoint: text(row.endpoint) ?? '',
    method: text(row.method) ?? '',
    path: text(row.path) ?? '',
    modelRequested: text(row.model_requested),
    upstream: text(row.upstream) ?? '',
    upstreamName: text(row.upstream_name),
    attempts: row.attempts === null ? null : (JSON.parse(text(row.attempts) ?? 'null') as UpstreamAttempt[]),
    streamed: row.streamed === 1,
    app: text(row.app) ?? '',
    userAgent: text(row.user_agent),
    session: text(row.session),
    tag: text(row.tag),
    modelSent: text(row.model_sent),
    routingRule: text(row.routing_rule),
    experiment: text(row.experiment),
    variant: text(row.variant),
    reservedNanoUsd: amount(row.reserved_nano_usd),
    reservedAtMs: amount(row.reserved_at_ms),
    outcome: text(row.outcome) as RequestRecord['outcome'],
    status: amount(row.status),
    errorCode: text(row.error_code),
    upstreamRequestId: text(row.upstream_request_id),
    responseId: text(row.response_id),
    modelUsed: text(row.model_used),
    finishReason: text(row.finish_reason),
    timeToFirstByteMs: amount(row.time_to_first_byte_ms),
    latencyMs: count(row.latency_ms),
    requestBytes: count(row.request_bytes),
    responseBytes: count(row.response_bytes),
    usage: {
      inputTokens: count(row.input_tokens),
      cacheReadTokens: count(row.cache_read_tokens),
      cacheWrite5mTokens: count(row.cache_write_5m_tokens),
      cacheWrite1hTokens: count(row.cache_write_1h_tokens),
      outputTokens: count(row.output_tokens),
      reasoningTokens: count(row.reasoning_tokens),
      inputAudioTokens: count(row.input_audio_tokens),
      cacheReadAudioTokens: count(row.cache_read_audio_tokens),
      outputAudioTokens: count(row.output_audio_tokens),
      webSearches: count(row.web_searches),
    },
    usageSource: text(row.usage_source) as RequestRecord['usageSource'],
    runs: row.runs === null ? null : (JSON.parse(text(row.runs) ?? 'null') as UsageRun[]),
    serviceTier: text(row.service_tier),
    costNanoUsd: amount(row.cost_nano_usd),
    reportedCostNanoUsd: amount(row.reported_cost_nano_usd),
    priceSource: text(row.price_source),
    cacheUse: text(row.cache_use) as RequestRecord['cacheUse'],
    savedNanoUsd: amount(row.saved_nano_usd),
    billingKey: text(row.billing_key),
  };
}
