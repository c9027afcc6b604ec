// Running sums of what the live feed told, so that a page can move its figures between two reports.

import type { RequestRecord } from '../core/record.ts';
import { allInputTokens } from '../core/usage.ts';
import type { LiveTotals } from './contract.ts';

export class LiveCounters {
  #totals: LiveTotals = {
    requests: 0,
    failedRequests: 0,
    unpricedRequests: 0,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0,
  };

  get totals(): LiveTotals {
    return this.#totals;
  }

  /** A start counts for nothing yet. */
  add(record: RequestRecord): void {
    if (record.outcome === 'in_flight') return;
    const { requests, failedRequests, unpricedRequests, inputTokens, outputTokens, costNanoUsd } =
      this.#totals;
    const isFailed = record.outcome !== 'completed' && record.outcome !== 'cached';
    this.#totals = {
      requests: requests + 1,
      failedRequests: failedRequests + Number(isFailed),
      unpricedRequests: unpricedRequests + Number(record.costNanoUsd === null),
      inputTokens: inputTokens + allInputTokens(record.usage),
      outputTokens: outputTokens + record.usage.outputTokens,
      costNanoUsd: costNanoUsd + (record.costNanoUsd ?? 0),
    };
  }
}
