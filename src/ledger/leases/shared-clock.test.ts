import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedClock } from './shared-clock.ts';

test('the database’s time counts from the middle of the question, and small differences do not move it', () => {
  const own = { atMs: 100, now: () => 7, monotonicMs: () => own.atMs };
  const clock = new SharedClock(own);
  assert.equal(clock.now(), 7, 'the own one until the database has spoken');
  own.atMs = 300;
  clock.hear(10_000, 100);
  assert.equal(clock.now(), 10_100);
  own.atMs = 1_300;
  assert.equal(clock.now(), 11_100);
  // It took 40 ms, within which the two looks may differ.
  clock.hear(11_100 + 20, 1_260);
  assert.equal(clock.now(), 11_100);
  own.atMs = 2_300;
  clock.hear(99_000, 2_300);
  assert.equal(clock.now(), 99_000);
});
