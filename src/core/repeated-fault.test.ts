import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RepeatedFault } from './repeated-fault.ts';

function opened() {
  const told: string[] = [];
  let nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const fault = new RepeatedFault(
    (message) => told.push(message),
    { first: (reason) => `Rules: ${reason}. Those before hold.`, over: 'Rules are followed again.' },
    { now: () => nowMs, monotonicMs: () => nowMs },
  );
  return {
    told,
    fault,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('a fault is told once, then how often and since when in pauses that double, and its end', () => {
  const { told, fault, pass } = opened();
  for (let second = 0; second <= 200; second += 1) {
    fault.met(new Error('connect ECONNREFUSED'));
    pass(1000);
  }
  fault.over();
  fault.over();
  assert.deepEqual(told, [
    'Rules: connect ECONNREFUSED. Those before hold.',
    'Rules: connect ECONNREFUSED. Those before hold. So 61 times since 2026-01-02T03:04:05.000Z.',
    'Rules: connect ECONNREFUSED. Those before hold. So 181 times since 2026-01-02T03:04:05.000Z.',
    'Rules are followed again. It failed 201 times since 2026-01-02T03:04:05.000Z.',
  ]);
});

test('another reason is told at once; the same with other figures, or one that alternates, is not', () => {
  const { told, fault } = opened();
  for (const reason of ['read ECONNRESET', 'no answer in 12 ms', 'read ECONNRESET', 'no answer in 13 ms.'])
    fault.met(reason);
  assert.deepEqual(told, [
    'Rules: read ECONNRESET. Those before hold.',
    'Rules: no answer in 12 ms. Those before hold.',
  ]);
  assert.deepEqual(fault.trouble, {
    sinceMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    times: 4,
    reason: 'no answer in 13 ms',
  });
});

test('after its end a fault is a new one, told at once and counted from there', () => {
  const { told, fault, pass } = opened();
  fault.met('away');
  fault.over();
  pass(5000);
  fault.met('away');
  fault.over();
  assert.equal(told[2], told[0]);
  assert.equal(told[3], 'Rules are followed again. It failed once since 2026-01-02T03:04:10.000Z.');
  assert.equal(fault.trouble, null);
});

test('a fault that words itself anew each time is told a bounded number of times', () => {
  const { told, fault } = opened();
  for (let index = 0; index < 1000; index += 1) fault.met(`odd ${String.fromCharCode(0x4e00 + index)}`);
  assert.equal(told.length, 20);
});
