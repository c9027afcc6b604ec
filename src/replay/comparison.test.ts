import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComparedPrompt, compare, type Side } from './comparison.ts';

function side(latencyMs: number, more: Partial<Side> = {}): Side {
  const said = { text: '', toolCalls: [], isRefusal: false, error: null };
  return { ...said, costNanoUsd: 10, latencyMs, inputTokens: 1, outputTokens: 2, ...more };
}

const pair = (recorded: Side, replayed: Side): ComparedPrompt => ({
  ...{ promptId: 'p', question: '', target: 'm', recorded, replayed },
  ...{ agreement: null, similarity: null, judgement: null },
});

test('totals are of all answers, the median of those that came, and what has no price is in no sum', () => {
  const failed = side(9_000, { error: 'overloaded', costNanoUsd: null });
  const prompts = [pair(side(10), side(100)), pair(side(30), failed), pair(side(20), side(200))];
  const { overall } = compare('m', prompts, null);
  assert.deepEqual([overall.recorded.medianLatencyMs, overall.replayed.medianLatencyMs], [20, 150]);
  const { costNanoUsd, unpriced, errors, outputTokens } = overall.replayed;
  assert.deepEqual([costNanoUsd, unpriced, errors, outputTokens], [20, 1, 1, 6]);
  assert.deepEqual([overall.judged, overall.similarity], [null, null]);
  assert.equal(compare('m', [], null).overall.recorded.medianLatencyMs, 0);
});
