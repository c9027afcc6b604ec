import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON } from '../../test/price-questions.ts';
import type { RequestRecord } from '../core/record.ts';
import { NO_USAGE, type TokenUsage } from '../core/usage.ts';
import { endOf, startOf } from '../storage/conformance/model.ts';
import { classCosts } from './class-costs.ts';
import { loadPriceBook } from './price-book.ts';
import { questionOf } from './what-if.ts';

const book = loadPriceBook('');
const MILLION = 1_000_000;

/** As it would have been recorded. */
function recordOf(modelUsed: string, used: Partial<TokenUsage>, with_: Partial<RequestRecord> = {}) {
  const usage = { ...NO_USAGE, ...used };
  const start = startOf(1, { startedAtMs: NOON, upstream: '' });
  const record: RequestRecord = { ...start, ...endOf({ modelUsed, usage, upstream: '' }), ...with_ };
  return { ...record, costNanoUsd: book.cost(questionOf(record)).costNanoUsd, ...with_ };
}

test('each class has its part, and the parts add up to the cost', () => {
  const used = {
    inputTokens: MILLION,
    cacheReadTokens: MILLION,
    cacheWrite5mTokens: MILLION,
    cacheWrite1hTokens: MILLION,
    outputTokens: MILLION,
    reasoningTokens: 400_000,
    webSearches: 100,
  };
  assert.deepEqual(classCosts(book, recordOf('claude-opus-4-6', used)), {
    inputTokens: 5e9,
    cacheReadTokens: 0.5e9,
    cacheWrite5mTokens: 6.25e9,
    cacheWrite1hTokens: 10e9,
    outputTokens: 25e9,
    webSearches: 1e9,
  });
});

test('a price that depends on the length stays what it was for each part', () => {
  const record = recordOf('gpt-5.5', { inputTokens: 900_000, cacheReadTokens: 50_000, outputTokens: 1000 });
  const costs = classCosts(book, record);
  const sum = Object.values(costs ?? {}).reduce((all, part) => all + part, 0);
  assert.ok(costs !== null && Math.abs(sum - Number(record.costNanoUsd)) <= 6);
  assert.ok(costs.inputTokens > 0 && costs.cacheReadTokens > 0 && costs.outputTokens > 0);
});

test('parts that are not known are not made up', () => {
  const used = { inputTokens: 1000, outputTokens: 1000 };
  const known = recordOf('gpt-4o', used);
  assert.notEqual(classCosts(book, known), null);
  for (const [why, other] of Object.entries({
    'the upstream stated it': { priceSource: 'stated' },
    'the price was another': { costNanoUsd: Number(known.costNanoUsd) + 1000 },
    'it is unknown': { costNanoUsd: null },
    'it was free': { costNanoUsd: 0 },
    'it runs': { outcome: 'in_flight' },
  } as Record<string, Partial<RequestRecord>>))
    assert.equal(classCosts(book, { ...known, ...other }), null, why);
  assert.equal(classCosts(book, recordOf('nobody-knows-1', used)), null);
});
