import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyUse } from './key-use.ts';
import { RateLimit } from './rate-limit.ts';

test('whoever waits as long as told gets in, and a millisecond earlier nobody does', () => {
  const asks = fc.array(fc.record({ afterMs: fc.nat(20_000), amount: fc.integer({ min: 1, max: 50 }) }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), asks, (perMinute, requests) => {
      const rate = new RateLimit(perMinute);
      let nowMs = 1_000_000;
      for (const { afterMs, amount } of requests) {
        nowMs += afterMs;
        const waitMs = rate.waitMs(amount, nowMs);
        if (waitMs > 2) assert.ok(rate.waitMs(amount, nowMs + waitMs - 1) > 0);
        nowMs += waitMs;
        assert.equal(rate.waitMs(amount, nowMs + 1e-6), 0);
        rate.take(amount, nowMs);
      }
    }),
    { numRuns: 100 },
  );
});

test('over any time no more is taken than a minute at once and the rate for that time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.nat(4000), { maxLength: 300 }),
      (limit, pauses) => {
        const rate = new RateLimit(limit);
        let [nowMs, taken] = [5000, 0];
        const beganMs = nowMs;
        for (const pause of pauses) {
          nowMs += pause;
          if (rate.waitMs(1, nowMs) > 0) continue;
          rate.take(1, nowMs);
          taken += 1;
          assert.ok(taken <= limit + ((nowMs - beganMs) * limit) / 60_000 + 1e-6);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('what a request did not use is given back, and what it used beyond is waited for', () => {
  const use = new KeyUse({ rpm: null, tpm: 600, concurrency: 1 });
  const first = use.enter(600, 0);
  assert.ok('release' in first);
  const second = use.enter(1, 0);
  assert.equal('what' in second && second.what, 'concurrency');
  first.release(100, 0);
  first.release(0, 0);
  assert.equal(use.running, 0);
  const third = use.enter(500, 0);
  assert.ok('release' in third, '500 are left');
  third.release(1100, 0);
  const fourth = use.enter(600, 0);
  // 1,200 of 600 a minute are taken: two minutes are paid off after two, and all of the next after that.
  assert.equal('what' in fourth && fourth.waitMs, 120_000);
});
