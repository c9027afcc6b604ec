// What a request's record says while the request runs.

import type { RequestEnd, RequestRecord, RequestStart } from './record.ts';
import { NO_USAGE } from './usage.ts';

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
  listCostNanoUsd: null,
  priceSource: null,
  costDoubt: null,
  cacheUse: null,
  savedNanoUsd: null,
  promptCacheSavedNanoUsd: null,
  billingKey: null,
});

export function recordInFlight(start: RequestStart): RequestRecord {
  return { ...start, ...PENDING_END, outcome: 'in_flight' };
}
