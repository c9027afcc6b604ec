// A report's sums, moved on by what the live feed has counted since it was made.

import type { LiveCounted, LiveTotals, StatsAnswer, UsageSummary } from '../../../src/dashboard/contract.ts';

/** What is shown of reports, one after the other. */
export class MovedStats {
  #last: { readonly from: StatsAnswer; readonly moved: StatsAnswer } | null = null;

  /** `counted` null: the feed does not count what this report is of. */
  of(stats: StatsAnswer, counted: LiveCounted | null): StatsAnswer {
    // A server that began anew counts from nothing: until its own report is here, nothing goes back.
    if (counted === null || stats.counted === null || stats.counted.epoch !== counted.epoch)
      return this.#last?.from === stats ? this.#last.moved : stats;
    const moved = { ...stats, summary: movedSummary(stats.summary, stats.counted, counted) };
    this.#last = { from: stats, moved };
    return moved;
  }
}

/** `from` and `to` are the feed's sums when the report was made, and now. */
export function movedSummary(summary: UsageSummary, from: LiveTotals, to: LiveTotals): UsageSummary {
  // A report overtakes what the feed has still to tell of it.
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
