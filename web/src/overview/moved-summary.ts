// A report's sums, moved on by what the live feed has counted since it was read. What ended while it was read may be in
// it or not: it is taken as known, for nothing may be counted twice, unless the figures on the page tell otherwise.

import type { LiveCounted, LiveTotals, StatsAnswer, UsageSummary } from '../../../src/dashboard/contract.ts';

const NAMES = [
  'requests',
  'failedRequests',
  'unpricedRequests',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
] as const satisfies readonly (keyof LiveTotals)[];

interface Shown {
  readonly report: StatsAnswer;
  readonly epoch: string;
  /** What the feed had counted of all that is in the report. */
  readonly from: LiveTotals;
  readonly moved: StatsAnswer;
}

/** What is shown of reports, one after the other. */
export class MovedStats {
  #last: Shown | null = null;

  /** `counted` null: the feed does not count what this report is of. */
  of(report: StatsAnswer, counted: LiveCounted | null): StatsAnswer {
    // A server that began anew counts from nothing: until its own report is here, nothing goes back.
    if (counted === null || report.counted?.epoch !== counted.epoch)
      return this.#last?.report === report ? this.#last.moved : report;
    const from = this.#last?.report === report ? this.#last.from : this.#fromOf(report, counted);
    const moved = { ...report, summary: movedSummary(report.summary, from, counted) };
    this.#last = { report, epoch: counted.epoch, from, moved };
    return moved;
  }

  /** Where what is shown by now can be true of the report as well, it stays. */
  #fromOf(report: StatsAnswer, now: LiveCounted): LiveTotals {
    const least = report.counted ?? now;
    const most = report.countedAfter ?? least;
    const last = this.#last;
    if (last === null || last.epoch !== now.epoch || last.report.range !== report.range) return most;
    const shown = ended(movedSummary(last.report.summary, last.from, now));
    const known = ended(report.summary);
    const chosen = NAMES.map((name) => {
      const from = known[name] + now[name] - shown[name];
      return [name, from >= least[name] && from <= most[name] ? from : most[name]] as const;
    });
    return Object.fromEntries(chosen) as Record<keyof LiveTotals, number>;
  }
}

/** `from` and `to` are the feed's sums when the report was read, and now. */
export function movedSummary(summary: UsageSummary, from: LiveTotals, to: LiveTotals): UsageSummary {
  // A report overtakes what the feed has still to tell of it.
  const since = (name: keyof LiveTotals): number => Math.max(0, to[name] - from[name]);
  // The feed counts what ends. What was in flight when the report was made is counted in it already.
  const endedRequests = ended(summary).requests + since('requests');
  const requests = Math.max(summary.requests, endedRequests);
  return {
    ...summary,
    requests,
    inFlightRequests: requests - endedRequests,
    failedRequests: summary.failedRequests + since('failedRequests'),
    unpricedRequests: summary.unpricedRequests + since('unpricedRequests'),
    inputTokens: summary.inputTokens + since('inputTokens'),
    outputTokens: summary.outputTokens + since('outputTokens'),
    costNanoUsd: summary.costNanoUsd + since('costNanoUsd'),
  };
}

/** Its sums as the feed makes them. */
function ended(summary: UsageSummary): LiveTotals {
  return { ...summary, requests: summary.requests - summary.inFlightRequests };
}
