import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prices } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { costIf, costRangeIf } from './what-if.ts';

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

test('what a request used that is not known costs nothing that could be told, under no model', () => {
  const prices: Prices = { cost: () => ({ costNanoUsd: 0, source: null, doubt: null }) };
  // Cut off when the process was killed: its cost is what had been set aside.
  const cutOff = {
    outcome: 'interrupted',
    usage: NO_USAGE,
    usageSource: 'none',
    costNanoUsd: 77,
    runs: null,
    serviceTier: null,
    upstream: '',
    modelUsed: null,
    modelRequested: 'm',
    startedAtMs: 0,
  } as unknown as RequestRecord;
  for (const model of [null, 'other']) {
    const what = { model, upstream: null, tier: null, cache: null };
    assert.equal(costIf(prices, cutOff, what), null);
    assert.deepEqual(costRangeIf(prices, cutOff, what, 0.2), [null, null]);
  }
});
