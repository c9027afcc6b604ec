import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ItemFacts } from '../archive/ports.ts';
import { type ComparedPrompt, compare, recordedSide, type Side } from './comparison.ts';
import { comparisonReport } from './comparison-report.ts';

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
  assert.equal(compare('m', [], null).overall.recorded.medianLatencyMs, null);
});

test('an answer from the cache is no measure: its cost, tokens and time are unknown, and change nothing', () => {
  const facts = { outcome: 'cached', costNanoUsd: 0, latencyMs: 1, inputTokens: 0, outputTokens: 0 };
  const answer = { choices: [{ message: { role: 'assistant', content: 'Paris' } }] };
  const cached = recordedSide(facts as ItemFacts, answer);
  assert.equal(cached.text, 'Paris');
  const { costNanoUsd, latencyMs, inputTokens, outputTokens, error } = cached;
  assert.deepEqual(
    [costNanoUsd, latencyMs, inputTokens, outputTokens, error],
    [null, null, null, null, null],
  );
  const comparison = compare(
    'm',
    [pair(side(10), side(20, { costNanoUsd: 5 })), pair(cached, side(40))],
    null,
  );
  const { recorded, change } = comparison.overall;
  assert.deepEqual([recorded.unpriced, recorded.medianLatencyMs, recorded.outputTokens], [1, 10, null]);
  assert.deepEqual(
    [change.cost, change.latency],
    [
      { ratio: 0.5, of: 1 },
      { ratio: 2, of: 1 },
    ],
  );
  const report = comparisonReport(comparison, 'text');
  assert.match(report, /cost .* \+ 1 unknown .*\(-50 %, of 1 that can be compared\)/);
  assert.match(report, /tokens out +unknown +4/);
});

test('a target that failed is not cheaper for it', () => {
  const failed = side(9_000, { error: 'overloaded', costNanoUsd: 0, outputTokens: 0 });
  const { change } = compare('m', [pair(side(10), side(10)), pair(side(10), failed)], null).overall;
  assert.deepEqual(
    [change.cost, change.outputTokens],
    [
      { ratio: 1, of: 1 },
      { ratio: 1, of: 1 },
    ],
  );
});
