import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget } from '../budget.ts';
import { type LoggedChange, removedBudgets } from './logged-budgets.ts';

const json = (id: string, limitUsd: string, more: object = {}) => ({
  id,
  name: `budget-${id}`,
  limitUsd,
  period: 'daily',
  scope: { app: 'shop', model: null, tag: null, user: null, session: null, key: null },
  action: 'block',
  per: null,
  raises: [],
  createdAtMs: 1000,
  ...more,
});
const at = (ms: number): string => new Date(ms).toISOString();

test('a budget that was removed is known by the log, form by form', () => {
  const raises = [{ byUsd: '2', from: at(3000), until: at(9000), who: 'ada' }];
  const changes: readonly LoggedChange[] = [
    { at: at(1000), action: 'POST /budgets', before: null, after: json('a', '5') },
    { at: at(1500), action: 'POST /budgets', before: json('a', '5'), after: null, refusal: 'no' },
    { at: at(2000), action: 'POST /budgets', before: json('a', '5'), after: json('a', '7') },
    {
      at: at(3000),
      action: 'POST /budget/raise',
      before: json('a', '7'),
      after: { raised: json('a', '7', { raises }) },
    },
    { at: at(4000), action: 'DELETE /budgets/budget-a', before: json('a', '7', { raises }), after: null },
    { at: at(4500), action: 'DELETE /budgets/budget-b', before: json('b', '1'), after: null },
    { at: at(4600), action: 'budget remove old', before: json('c', '3'), after: null },
    { at: at(5000), action: 'POST /budgets', before: null, after: json('present', '9') },
    { at: at(6000), action: 'POST /tags', before: null, after: { name: 'x', id: 'a' } },
    { at: at(6000), action: 'DELETE /budgets/odd', before: json('d', 'much'), after: null },
  ];
  const versions = removedBudgets(changes, [{ id: 'present' } as Budget]);
  assert.deepEqual(
    versions.map(({ name, limitNanoUsd, fromMs, toMs, raises: own }) => [
      name,
      limitNanoUsd,
      fromMs,
      toMs,
      own?.length,
    ]),
    [
      ['budget-a (removed)', 5e9, 1000, 2000, 0],
      ['budget-a (removed)', 7e9, 2000, 3000, 0],
      ['budget-a (removed)', 7e9, 3000, 4000, 1],
      ['budget-b (removed)', 1e9, 1000, 4500, 0],
      ['budget-c (removed)', 3e9, 1000, 4600, 0],
    ],
  );
});
