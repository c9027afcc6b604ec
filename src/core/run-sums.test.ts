import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadPriceBook } from '../pricing/price-book.ts';
import { RunSums } from './run-sums.ts';
import { NO_USAGE, totalUsage, type UsageRun } from './usage.ts';

const run = (inputTokens: number, model = 'gpt-5.5', more: Partial<UsageRun> = {}): UsageRun => ({
  kind: 'message',
  model,
  usage: { ...NO_USAGE, inputTokens, outputTokens: 10 },
  serviceTier: null,
  speed: null,
  inferenceGeo: null,
  ...more,
});

function summed(runs: readonly UsageRun[]): readonly UsageRun[] {
  const sums = new RunSums();
  for (const each of runs) sums.add(each);
  return sums.runs;
}

test('runs of one kind and about one length are one, others stay apart', () => {
  const short = summed(Array.from({ length: 1000 }, () => run(7000)));
  assert.deepEqual(
    [short.length, short[0]?.usage.inputTokens, short[0]?.longestInputTokens],
    [1, 7_000_000, 7000],
  );
  assert.equal(
    summed([run(100), run(100_000), run(100, 'gpt-4o'), run(100, 'gpt-5.5', { isSum: true })]).length,
    4,
  );
  assert.deepEqual(summed([run(5)]), [run(5)]);
});

test('what they cost together is what they cost one by one', () => {
  const book = loadPriceBook('');
  const cost = (runs: readonly UsageRun[]) =>
    book.cost({ runs, model: null, upstream: 'https://api.openai.com', atMs: Date.UTC(2026, 10, 26) });
  const lengths = fc.oneof(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.constantFrom(199_999, 200_000, 200_001, 271_999, 272_000, 272_001),
  );
  const models = fc.constantFrom('gpt-5.5', 'gpt-4o-mini', 'gemini-2.5-pro', 'claude-sonnet-4-5');
  fc.assert(
    fc.property(fc.array(fc.tuple(lengths, models), { minLength: 1, maxLength: 60 }), (asked) => {
      const runs = asked.map(([length, model]) => run(length, model));
      const together = summed(runs);
      assert.deepEqual(totalUsage(together), totalUsage(runs));
      assert.deepEqual(cost(together), cost(runs));
    }),
    { numRuns: 60 },
  );
});
