import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from './counted.ts';

test('one of a thing is told in the singular, and none or several in the plural', () => {
  assert.equal(counted(1, 'line'), '1 line');
  assert.equal(counted(0, 'line'), '0 lines');
  assert.equal(counted(2, 'line waits', 'lines wait'), '2 lines wait');
  assert.equal(counted(1200, 'request', 'requests', '1,200'), '1,200 requests');
});
