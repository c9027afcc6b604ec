// How the page writes figures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ago,
  changeFrom,
  counted,
  countTicks,
  dayLabel,
  dollars,
  duration,
  moment,
  percent,
  signedPercent,
  usd,
  usdBrief,
  usdOf,
  usdSum,
  usdTicks,
} from '../../web/src/format.ts';

test('a money axis has as many decimals as its step needs', () => {
  assert.deepEqual(usdTicks([0, 2e9, 4e9]), ['$0', '$2', '$4']);
  assert.deepEqual(usdTicks([0, 5e8, 1e9]), ['$0', '$0.50', '$1.00']);
  assert.deepEqual(usdTicks([0, 1000, 2000]), ['$0', '$0.000001', '$0.000002']);
});

test('an axis on which nothing was spent does not say so at each line', () => {
  assert.deepEqual(usdTicks([0, 0.2, 0.4]), ['$0', '', '']);
  assert.deepEqual(usdTicks([0]), ['$0']);
});

test('an axis of large figures is short and does not round its own steps away', () => {
  assert.deepEqual(usdTicks([0, 5e13, 1e14]), ['$0', '$50K', '$100K']);
  assert.deepEqual(usdTicks([0, 2.5e15, 5e15]), ['$0', '$2.5M', '$5M']);
  assert.deepEqual(usdTicks([0, 4e12, 8e12]), ['$0', '$4,000', '$8,000']);
  assert.deepEqual(countTicks([10_000, 12_500]), ['10K', '12.5K']);
  assert.deepEqual(countTicks([0, 0.5, 1]), ['0', '', '1']);
});

test('what goes on beside a limit has as many digits as other sums, unless the limit itself is smaller', () => {
  assert.deepEqual(
    ['98.254', '125.8960004', '0.281036', '1.00009', '0'].map((exact) => usdOf(exact, '96')),
    ['$98.25', '$125.90', '$0.2810', '$1.00', '$0'],
  );
  assert.equal(usdOf('0.0000123', '0.0001'), '$0.000012');
});

test('a duration never has sixty seconds or a thousand milliseconds', () => {
  assert.equal(duration(999.6), '1.0 s');
  assert.equal(duration(59_960), '1 min');
  assert.equal(duration(86_400_000), '24 h');
  assert.equal(duration(119_600), '2 min');
  assert.equal(duration(2 * 3_600_000 - 20_000), '2 h');
  assert.equal(duration(125_000), '2 min 5 s');
});

test('what is a moment short of an hour or a day away is one away', () => {
  const words = (seconds: number): string => ago(0, seconds * 1000);
  assert.deepEqual([59, 60, 3569, 3599, 84_599, 86_399].map(words), [
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '23 h ago',
    '1 d ago',
  ]);
  assert.equal(words(-86_399), 'in 1 d');
});

test('a whole minute has no seconds', () => {
  assert.match(moment(Date.UTC(2026, 10, 27, 3, 5)), /^27 Nov 2026, \d\d:05 /);
  assert.match(moment(Date.UTC(2026, 10, 27, 3, 5, 7)), /^27 Nov 2026, \d\d:05:07 /);
  assert.equal(dayLabel('2026-11-28'), '28 Nov');
});

test('dollars that a budget is set to read as money', () => {
  assert.equal(dollars('202548.123728'), '$202,548.12');
  assert.equal(dollars('8999999'), '$8,999,999');
  assert.equal(dollars('0.5'), '$0.50');
  assert.equal(dollars('0.000175'), '$0.000175');
  assert.equal(dollars('6.571278'), '$6.5713');
});

test('a share of thousands of percent is read as other figures are', () => {
  assert.deepEqual(
    [signedPercent(49), signedPercent(-12.5), percent(1234.5)],
    ['+4,900 %', '−1,250 %', '123,450 %'],
  );
  assert.deepEqual([0, 0.0001, 0.025, 0.1, 9.99].map(percent), ['0 %', '<0.1 %', '2.5 %', '10 %', '999 %']);
});

test('one is not many', () => {
  assert.equal(counted(1, 'request'), '1 request');
  assert.equal(counted(12_345, 'request'), '12,345 requests');
});

test('money is read at every size: none, unknown, too small to write, and very large', () => {
  assert.deepEqual(
    [0, null, 1, 99_999, 123_456_789, 999_940_000, 999_960_000, 12_345_678_900_000_000].map(usd),
    ['$0', 'unknown', '<$0.0001', '<$0.0001', '$0.1235', '$0.9999', '$1.00', '$12,345,678.90'],
  );
});

test('a sum of what is known says what it lacks, and is not called nothing', () => {
  assert.deepEqual(
    [usdSum(1_200_000_000, 3), usdSum(1_200_000_000, 0), usdSum(0, 3), usdSum(0, 0)],
    ['$1.20 and 3 unpriced', '$1.20', 'unknown', '$0'],
  );
});

test('what is less than nothing has a minus sign, not a hyphen', () => {
  assert.deepEqual([-5e9, -25_000_000, -1].map(usd), ['−$5.00', '−$0.0250', '−<$0.0001']);
  assert.equal(dollars('-6.571278'), '−$6.5713');
  assert.deepEqual([0.12, -0.031, 0.0004, -0.0004].map(signedPercent), ['+12 %', '−3.1 %', '0 %', '0 %']);
});

test('a change is none where one side is unknown, or there was nothing to compare with', () => {
  assert.deepEqual([changeFrom(100, 8), changeFrom(100, 150)], ['−92 %', '+50 %']);
  assert.equal(changeFrom(10_000, 10_001), 'the same');
  assert.deepEqual([changeFrom(null, 5), changeFrom(5, null), changeFrom(0, 5)], [null, null, null]);
});

test('a large sum is brief where there is little room', () => {
  assert.deepEqual(
    [null, 0, 9_999_990_000_000, 12_345_678_900_000, 999_999_400_000_000, 999_999_600_000_000].map(usdBrief),
    ['unknown', '$0', '$9,999.99', '$12,346', '$999,999', '$1M'],
  );
  assert.deepEqual([1_070_251_230_000_000, 123_456_789_000_000_000, -12_345_678_900_000].map(usdBrief), [
    '$1.07M',
    '$123M',
    '−$12,346',
  ]);
});
