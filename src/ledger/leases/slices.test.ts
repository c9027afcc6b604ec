import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slices } from './slices.ts';

test('whoever waited in vain is forgotten, and an answer ends the wait of the others', async () => {
  const slices = new Slices(false);
  await Promise.all([slices.moreWithin(1), slices.moreWithin(1)]);
  assert.equal(slices.waiting, 0);
  const waits = slices.moreWithin(60_000);
  assert.equal(slices.waiting, 1);
  slices.arrived();
  await waits;
  assert.equal(slices.waiting, 0);
});
