import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WhatIfAnswer } from '../../../src/dashboard/contract.ts';
import { together } from './what-if-sum.ts';

const sum = (requests: number, nowNanoUsd: number) => ({
  requests,
  nowNanoUsd,
  thenNanoUsd: nowNanoUsd / 2,
  leastNanoUsd: nowNanoUsd / 4,
  mostNanoUsd: nowNanoUsd,
});

function answer(looked: number, froms: readonly string[], nextCursor: string | null): WhatIfAnswer {
  const rows = froms.map((from, index) => ({ from, to: 'small', ...sum(1, 100 * (index + 1)) }));
  const total = sum(
    rows.length,
    rows.reduce((all, { nowNanoUsd }) => all + nowNanoUsd, 0),
  );
  const leftOut = { unknownNow: 1, unknownThen: 2, free: looked - rows.length - 3 };
  const span = { range: '30d', fromMs: 0, toMs: 1 } as const;
  const state = { looked, isWhole: nextCursor === null, nextCursor, rowsFromMs: 0 };
  const otherWork = [{ kind: 'embeddings' as const, requests: looked, nowNanoUsd: 5 }];
  return { ...span, ...state, rows, total, leftOut, otherWork, rulesBeyondRecords: [] };
}

test('two answers add up, row by row, and the older one tells whether anything is left', () => {
  const both = together(answer(10, ['a', 'b'], 'x'), answer(20, ['b', 'c'], null));
  assert.deepEqual(
    both.rows.map(({ from, requests, nowNanoUsd, thenNanoUsd }) => [from, requests, nowNanoUsd, thenNanoUsd]),
    [
      ['b', 2, 300, 150],
      ['c', 1, 200, 100],
      ['a', 1, 100, 50],
    ],
  );
  assert.deepEqual(both.total, sum(4, 600));
  assert.deepEqual([both.looked, both.isWhole, both.nextCursor], [30, true, null]);
  assert.deepEqual(both.otherWork, [{ kind: 'embeddings', requests: 30, nowNanoUsd: 10 }]);
  assert.deepEqual(both.leftOut, { unknownNow: 2, unknownThen: 4, free: 20 });
});
