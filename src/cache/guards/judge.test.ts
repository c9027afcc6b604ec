import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './judge.ts';

const DISTANCE_MAX = 0.05;

test('a prompt answers itself in another case and width', () => {
  assert.deepEqual(judge('What is DNS?', 'what is ＤＮＳ', 0.99, DISTANCE_MAX), { accepted: true });
});

test('a similarity below the threshold is refused, and so is none', () => {
  for (const similarity of [0.94, -1, Number.NaN]) {
    const verdict = judge('What is DNS?', 'What is DNS?', similarity, DISTANCE_MAX);
    assert.equal(verdict.accepted === false && verdict.guard, 'distance');
  }
});

test('other numbers are refused at any similarity', () => {
  const verdict = judge('Convert 10 USD to EUR', 'Convert 100 USD to EUR', 1, DISTANCE_MAX);
  assert.equal(verdict.accepted === false && verdict.guard, 'numbers');
});
