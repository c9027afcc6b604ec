// A report's sums, moved on by what the live feed has counted since it came.

import type { LiveTotals, UsageSummary } from '../../../src/dashboard/contract.ts';

/** `from` and `to` are the feed's sums when the report came, and now. */
export function movedSummary(summary: UsageSummary, from: LiveTotals, to: LiveTotals): UsageSummary {
  // A server that began anew counts from nothing: until the next report nothing is known to have been added.
  if (to.requests < from.requests) return summary;
  const since = (name: keyof LiveTotals): number => to[name] - from[name];
  // The feed counts what ends. What was in flight when the report was made is counted in it already.
  const ended = summary.requests - summary.inFlightRequests + since('requests');
  const requests = Math.max(summary.requests, ended);
  return {
    ...summary,
    requests,
    inFlightRequests: requests - ended,
    failedRequests: summary.failedRequests + since('failedRequests'),
    unpricedRequests: summary.unpricedRequests + since('unpricedRequests'),
    inputTokens: summary.inputTokens + since('inputTokens'),
    outputTokens: summary.outputTokens + since('outputTokens'),
    costNanoUsd: summary.costNanoUsd + since('costNanoUsd'),
  };
}
