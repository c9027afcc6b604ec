import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveTotals, UsageSummary } from '../../../src/dashboard/contract.ts';
import { movedSummary } from './moved-summary.ts';

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

test('a server that began anew takes nothing away', () => {
  assert.deepEqual(after(-38), SUMMARY);
});

test('one that began after the report is counted when it ends', () => {
  assert.deepEqual([after(3).requests, after(3).inFlightRequests], [8, 0]);
});
