import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExperimentAnswer } from '../../../src/dashboard/contract.ts';
import { endWords, intervalOf, intervalWords, reachOf, toneOf } from './compared-figures.ts';

test('a rate is told in points, every other figure as a share of A’s', () => {
  const figure = { ratio: { low: 0.29, high: 0.38 }, difference: { low: -0.063, high: 0.012 } };
  const comparisons = { cost: figure, failures: figure } as unknown as ExperimentAnswer['comparisons'];
  const [cost, failures] = [intervalOf(comparisons, 'cost'), intervalOf(comparisons, 'failures')];
  assert.ok(cost !== null && failures !== null);
  assert.equal(intervalWords(cost, 'cost'), 'B −71 % to −62 %');
  assert.equal(intervalWords(failures, 'failures'), 'between −6.3 and +1.2 points');
  assert.equal(intervalWords({ low: -0.14, high: 0.18 }, 'tokens'), 'between −14 % and +18 %');
  assert.equal(endWords(-0.014, 'failures'), '−1.4 points');
});

test('less is good of a cost, and bad of a rating; an interval with nothing in it is neither', () => {
  const [less, more] = [
    { low: -0.2, high: -0.1 },
    { low: 0.1, high: 0.2 },
  ];
  assert.deepEqual([toneOf(less, 'less'), toneOf(less, 'more')], ['good', 'bad']);
  assert.deepEqual([toneOf(more, 'less'), toneOf(more, 'more')], ['bad', 'good']);
  assert.deepEqual([toneOf({ low: -0.1, high: 0 }, 'less'), toneOf({ low: 0, high: 0.1 }, 'more')], ['', '']);
});

test('one scale holds all intervals, and none so far out that it flattens the others', () => {
  assert.equal(
    reachOf(
      [
        { low: -0.71, high: -0.62 },
        { low: -0.1, high: 0.2 },
      ],
      0.05,
    ),
    0.71,
  );
  assert.equal(reachOf([{ low: -0.01, high: 0.01 }], 0.05), 0.05);
  assert.equal(reachOf([{ low: -0.1, high: 40 }], 0.05), 1.5);
});
