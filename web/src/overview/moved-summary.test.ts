import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveCounted, LiveTotals, StatsAnswer, UsageSummary } from '../../../src/dashboard/contract.ts';
import { MovedStats, movedSummary } from './moved-summary.ts';

const TOTALS: LiveTotals = {
  requests: 40,
  failedRequests: 2,
  unpricedRequests: 1,
  inputTokens: 400,
  outputTokens: 800,
  costNanoUsd: 5000,
};
const SUMMARY = {
  requests: 7,
  inFlightRequests: 2,
  failedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 30,
  outputTokens: 100,
  costNanoUsd: 500,
} as UsageSummary;

const after = (ended: number): UsageSummary =>
  movedSummary(SUMMARY, TOTALS, { ...TOTALS, requests: 40 + ended, costNanoUsd: 5000 + 100 * ended });

test('a request that was in flight in the report is not counted again when it ends', () => {
  const figures = [0, 1, 2].map(after).map(({ requests, inFlightRequests }) => [requests, inFlightRequests]);
  assert.deepEqual(figures, [
    [7, 2],
    [7, 1],
    [7, 0],
  ]);
  assert.equal(after(2).costNanoUsd, 700);
});

test('a report that comes before what it knows is told by the feed is not taken back', () => {
  assert.deepEqual(after(-3), SUMMARY);
});

test('a server that began anew takes nothing away, and its own report is moved on by what it counts', () => {
  const counted = (epoch: string, requests: number): LiveCounted => ({ ...TOTALS, epoch, requests });
  const report = (requests: number, at: LiveCounted | null) =>
    ({
      summary: { ...SUMMARY, requests, inFlightRequests: 0 },
      counted: at,
      countedAfter: at,
    }) as StatsAnswer;
  const stats = new MovedStats();
  const requests = (of: StatsAnswer, now: LiveCounted | null) => stats.of(of, now).summary.requests;
  const before = report(94, counted('first', 40));
  assert.equal(requests(before, counted('first', 49)), 103);
  assert.equal(requests(before, counted('second', 3)), 103);
  assert.equal(requests(before, counted('second', 60)), 103);
  const after = report(112, counted('second', 60));
  assert.equal(requests(after, counted('second', 58)), 112);
  assert.equal(requests(after, counted('second', 62)), 114);
  assert.equal(requests(after, null), 114, 'while a filter that was set is asked for');
  assert.equal(requests(report(7, null), counted('second', 62)), 7, 'nobody listened when it was made');
});

test('one that began after the report is counted when it ends', () => {
  assert.deepEqual([after(3).requests, after(3).inFlightRequests], [8, 0]);
});

test('what ended while a report was read is never counted twice, and what is shown of it is not taken back', () => {
  const at = (requests: number): LiveCounted => ({
    ...TOTALS,
    epoch: 'one',
    requests,
    costNanoUsd: 100 * requests,
  });
  const report = (requests: number, [before, after]: readonly [number, number]) =>
    ({
      range: '24h',
      summary: { ...SUMMARY, requests, inFlightRequests: 0, costNanoUsd: 100 * requests },
      counted: at(before),
      countedAfter: at(after),
    }) as StatsAnswer;
  const figures = (stats: MovedStats, of: StatsAnswer, now: number) => {
    const { requests, costNanoUsd } = stats.of(of, at(now)).summary;
    return [requests, costNanoUsd];
  };
  const stats = new MovedStats();
  // Three ended while it was read, and it knows all of them: the feed tells of them before it comes, or later.
  const whole = report(13, [10, 13]);
  assert.deepEqual(figures(stats, whole, 13), [13, 1300]);
  assert.deepEqual(figures(new MovedStats(), whole, 11), [13, 1300]);
  assert.deepEqual(figures(stats, whole, 15), [15, 1500]);
  // Two ended while the next one was read, and it knows neither: the feed had shown them.
  const early = report(15, [15, 17]);
  assert.deepEqual(figures(stats, whole, 17), [17, 1700]);
  assert.deepEqual(figures(stats, early, 17), [17, 1700]);
  assert.deepEqual(figures(stats, early, 18), [18, 1800]);
  // Of another span nothing is known from before.
  const week = { ...report(115, [18, 19]), range: '7d' } as StatsAnswer;
  assert.deepEqual(figures(stats, week, 19), [115, 11_500]);
});
