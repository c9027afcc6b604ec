// A usage record as a row of the table, and back.

import type {
  Outcome,
  RecordedRun,
  RequestEnd,
  RequestRecord,
  RequestStart,
  UpstreamAttempt,
} from '../../core/record.ts';
import { PENDING_END } from '../../core/record-in-flight.ts';

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** A record's end, or what stands for it while there is none. */
export type EndOrPending = Omit<RequestEnd, 'outcome' | 'upstream' | 'upstreamName'> &
  Partial<Pick<RequestEnd, 'upstream' | 'upstreamName'>> & { readonly outcome: Outcome };

export const IN_FLIGHT: EndOrPending = Object.freeze({ ...PENDING_END, outcome: 'in_flight' });

/** Columns by name; their order is the order of the parameters. One literal: it is built for every request. */
export function requestRow(start: RequestStart, end: EndOrPending): Row {
  const { usage } = end;
  return {
    id: start.id,
    started_at_ms: start.startedAtMs,
    protocol: start.protocol,
    endpoint: start.endpoint,
    method: start.method,
    path: start.path,
    model_requested: start.modelRequested || null,
    upstream: end.upstream ?? start.upstream,
    streamed: start.streamed ? 1 : 0,
    app: start.app,
    user_agent: start.userAgent || null,
    session: start.session || null,
    tag: start.tag || null,
    outcome: end.outcome,
    status: end.status,
    error_code: end.errorCode || null,
    upstream_request_id: end.upstreamRequestId || null,
    response_id: end.responseId || null,
    model_used: end.modelUsed || start.paidModel || null,
    finish_reason: end.finishReason || null,
    time_to_first_byte_ms: end.timeToFirstByteMs,
    latency_ms: end.latencyMs,
    request_bytes: end.requestBytes,
    response_bytes: end.responseBytes,
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_5m_tokens: usage.cacheWrite5mTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    input_audio_tokens: usage.inputAudioTokens,
    cache_read_audio_tokens: usage.cacheReadAudioTokens,
    output_audio_tokens: usage.outputAudioTokens,
    web_searches: usage.webSearches,
    usage_source: end.usageSource,
    runs: end.runs === null ? null : JSON.stringify(end.runs),
    service_tier: end.serviceTier || null,
    cost_nano_usd: end.costNanoUsd,
    reported_cost_nano_usd: end.reportedCostNanoUsd,
    price_source: end.priceSource || null,
    billing_key: end.billingKey,
    model_sent: start.modelSent,
    routing_rule: start.routingRule,
    experiment: start.experiment,
    variant: start.variant,
    reserved_nano_usd: start.reservedNanoUsd,
    reserved_at_ms: start.reservedAtMs,
    cache_use: end.cacheUse ?? null,
    saved_nano_usd: end.savedNanoUsd ?? null,
    // A line that an earlier version spooled has neither.
    upstream_name: (end.upstream === undefined ? start.upstreamName : end.upstreamName) ?? null,
    attempts: end.attempts ? JSON.stringify(end.attempts) : null,
    list_cost_nano_usd: end.listCostNanoUsd ?? null,
    unplanned: start.unplanned ?? null,
    user_name: start.user || null,
    access_key: start.accessKey || null,
    cost_doubt: end.costDoubt ?? null,
    prompt_cache_saved_nano_usd: end.promptCacheSavedNanoUsd ?? null,
  };
}

/** The names do not depend on the record. */
export const COLUMN_NAMES: readonly string[] = Object.keys(requestRow({} as RequestStart, IN_FLIGHT));

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
    unplanned: text(row.unplanned),
    user: text(row.user_name),
    accessKey: text(row.access_key),
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
    runs: row.runs === null ? null : (JSON.parse(text(row.runs) ?? 'null') as RecordedRun[]),
    serviceTier: text(row.service_tier),
    costNanoUsd: amount(row.cost_nano_usd),
    reportedCostNanoUsd: amount(row.reported_cost_nano_usd),
    listCostNanoUsd: amount(row.list_cost_nano_usd),
    priceSource: text(row.price_source),
    costDoubt: text(row.cost_doubt) as RequestRecord['costDoubt'],
    cacheUse: text(row.cache_use) as RequestRecord['cacheUse'],
    savedNanoUsd: amount(row.saved_nano_usd),
    promptCacheSavedNanoUsd: amount(row.prompt_cache_saved_nano_usd),
    billingKey: text(row.billing_key),
  };
}
