import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentFigures } from './recent-figures.ts';

test('all but one in a hundred of the last two hundred are expected, once there are twenty', () => {
  const figures = new RecentFigures();
  for (let count = 1; count < 20; count += 1) figures.add('k', 5);
  assert.equal(figures.expected('k'), null);
  figures.add('k', 5);
  assert.equal(figures.expected('k'), 5);
  for (let count = 0; count < 180; count += 1) figures.add('k', 5);
  for (const large of [900, 800, 700]) figures.add('k', large);
  assert.equal(figures.expected('k'), 700);
  for (let count = 0; count < 200; count += 1) figures.add('k', 3);
  assert.equal(figures.expected('k'), 3, 'older ones are forgotten');
});

test('kinds beyond the bound make the oldest go', () => {
  const figures = new RecentFigures();
  for (let kind = 0; kind <= 2_000; kind += 1)
    for (let count = 0; count < 20; count += 1) figures.add(`kind ${kind}`, kind);
  assert.equal(figures.expected('kind 0'), null);
  assert.deepEqual([figures.expected('kind 1'), figures.expected('kind 2000')], [1, 2_000]);
});
