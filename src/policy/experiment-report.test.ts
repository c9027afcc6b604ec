import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf, wilson } from './experiment-report.ts';

test("Wilson's interval has the published figures, also for nothing out of ten", () => {
  const some = wilson(5, 10);
  assert.ok(Math.abs((some?.low ?? 0) - 0.2366) < 0.0005 && Math.abs((some?.high ?? 0) - 0.7634) < 0.0005);
  const none = wilson(0, 10);
  assert.equal(none?.low, 0);
  assert.ok(Math.abs((none?.high ?? 0) - 0.2775) < 0.0005);
  assert.equal(wilson(0, 0), null);
});

test('a difference is real where its interval leaves out 0', () => {
  const a = { mean: 10, variance: 4, count: 101 };
  assert.equal(differenceOf(a, { mean: 12, variance: 4, count: 101 })?.isSignificant, true);
  assert.equal(differenceOf(a, { mean: 10.1, variance: 4, count: 101 })?.isSignificant, false);
  assert.equal(differenceOf(a, { mean: 12, variance: 0, count: 1 }), null);
});
