import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prices } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { costRangeIf } from './what-if.ts';

test('a range of cost is one of tokens: what was searched for stays', () => {
  const record = {
    usage: { ...NO_USAGE, inputTokens: 100, outputTokens: 10, webSearches: 3 },
    runs: null,
    serviceTier: null,
    upstream: '',
    modelUsed: 'm',
    modelRequested: 'm',
    startedAtMs: 0,
  } as unknown as RequestRecord;
  const seen: (readonly number[])[] = [];
  const prices: Prices = {
    cost: ({ runs }) => {
      const { inputTokens, outputTokens, webSearches } = runs[0]!.usage;
      seen.push([inputTokens, outputTokens, webSearches]);
      return { costNanoUsd: 0, source: null, doubt: null };
    },
  };
  costRangeIf(prices, record, { model: 'other', upstream: null, tier: null, cache: null }, 0.2);
  assert.deepEqual(seen, [
    [80, 8, 3],
    [120, 12, 3],
  ]);
});
