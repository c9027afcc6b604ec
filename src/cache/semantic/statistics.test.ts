import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evidence, upperBound } from './statistics.ts';

test('without checks nothing is known', () => {
  assert.equal(upperBound(0, 0), 1);
  assert.equal(evidence(0, 0, 0.01), 1);
});

test('the upper bound is the one of Clopper and Pearson', () => {
  // Published values of the one-sided 95 % bound.
  assert.ok(Math.abs(upperBound(300, 0) - 0.009936) < 1e-5);
  assert.ok(Math.abs(upperBound(10, 0) - 0.258866) < 1e-5);
  assert.ok(Math.abs(upperBound(10, 1) - 0.394163) < 1e-5);
  assert.ok(Math.abs(upperBound(100, 3) - 0.075712) < 1e-4);
  assert.equal(upperBound(5, 5), 1);
});

test('the bound falls with each check that agrees, and rises with each that does not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (checks, share) => {
        const wrong = Math.floor(share * (checks - 1));
        const bound = upperBound(checks, wrong);
        assert.ok(bound > wrong / checks && bound <= 1);
        assert.ok(upperBound(checks + 1, wrong) < bound + 1e-12);
        assert.ok(upperBound(checks, wrong + 1) > bound - 1e-12);
      },
    ),
    { numRuns: 200 },
  );
});

test('evidence rises with checks that differ and falls with those that agree', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 50 }), (agreed, wrong) => {
      const now = evidence(agreed + wrong, wrong, 0.01);
      assert.ok(evidence(agreed + wrong + 1, wrong, 0.01) < now);
      assert.ok(evidence(agreed + wrong + 1, wrong + 1, 0.01) > now);
    }),
    { numRuns: 200 },
  );
});

test('the mean evidence after any number of checks is at most 1 while the rate is what is allowed', () => {
  // Exact sum over all outcomes: the property that Ville's inequality needs.
  for (const checks of [1, 5, 20, 60]) {
    for (const [rate, most] of [
      [0.02, 1 + 1e-9],
      [0.01, 1 - 1e-3],
    ] as const) {
      let mean = 0;
      let chance = (1 - rate) ** checks;
      for (let wrong = 0; wrong <= checks; wrong += 1) {
        mean += chance * evidence(checks, wrong, 0.02);
        chance *= ((checks - wrong) / (wrong + 1)) * (rate / (1 - rate));
      }
      assert.ok(mean <= most, `${checks} checks at ${rate}: ${mean}`);
    }
  }
});
