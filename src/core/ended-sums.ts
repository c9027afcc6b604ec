// Sums of requests that have ended, to move figures on by. A request is added where it ends, by whoever holds it there:
// whoever only passes its line on need not read it for that.

import { isSuccess } from './outcome.ts';
import type { RequestEnd } from './record.ts';
import { allInputTokens } from './usage.ts';

export interface EndedSums {
  readonly requests: number;
  readonly failedRequests: number;
  readonly unpricedRequests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

export const NOTHING_ENDED: EndedSums = Object.freeze({
  requests: 0,
  failedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
});

export function withEnd(
  sums: EndedSums,
  { outcome, usage, costNanoUsd }: Pick<RequestEnd, 'outcome' | 'usage' | 'costNanoUsd'>,
): EndedSums {
  return {
    requests: sums.requests + 1,
    failedRequests: sums.failedRequests + Number(!isSuccess(outcome)),
    unpricedRequests: sums.unpricedRequests + Number(costNanoUsd === null),
    inputTokens: sums.inputTokens + allInputTokens(usage),
    outputTokens: sums.outputTokens + usage.outputTokens,
    costNanoUsd: sums.costNanoUsd + (costNanoUsd ?? 0),
  };
}

export function withSums(sums: EndedSums, more: EndedSums): EndedSums {
  return {
    requests: sums.requests + more.requests,
    failedRequests: sums.failedRequests + more.failedRequests,
    unpricedRequests: sums.unpricedRequests + more.unpricedRequests,
    inputTokens: sums.inputTokens + more.inputTokens,
    outputTokens: sums.outputTokens + more.outputTokens,
    costNanoUsd: sums.costNanoUsd + more.costNanoUsd,
  };
}
