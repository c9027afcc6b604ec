// The forecast on the first day of records: there is nothing but what today has cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesPoint } from '../../src/core/analytics.ts';
import { costForecast } from '../../src/dashboard/reports/cost-forecast.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { BudgetStore } from '../budgets/budget-store.ts';

const NOON_MS = Date.UTC(2026, 2, 10, 12);
const clock = { now: () => NOON_MS, monotonicMs: () => 0 };
const DOLLAR = 1_000_000_000;

test('a budget that today alone will exceed does not last because there was no traffic before', async () => {
  const store = new BudgetStore();
  const { bank } = store;
  const startedAtMs = NOON_MS - 3_600_000;
  store.record({ id: 'a', startedAtMs, costNanoUsd: 6 * DOLLAR });
  const book = new BudgetBook({ bank, clock, timeZone: 'UTC' });
  for (const [period, dollars] of [
    ['daily', 10],
    ['monthly', 30],
  ] as const)
    await book.set({ period, limit: String(dollars) });
  const point = { bucketMs: startedAtMs, requests: 1, costNanoUsd: 6 * DOLLAR, unpricedRequests: 0 };
  const analytics = { series: async () => [point as SeriesPoint] };
  const { budgets } = await costForecast({ analytics, bank, clock, timeZone: 'UTC' }, {});
  // Six dollars by noon are twelve a day.
  assert.deepEqual(
    budgets.map(({ period, runsOut }) => [period, runsOut]),
    [
      ['daily', '2026-03-10'],
      ['monthly', '2026-03-12'],
    ],
  );
  for (const { rough } of budgets) assert.match(rough ?? '', /no whole day/);
});
