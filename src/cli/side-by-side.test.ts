import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sideBySide } from './side-by-side.ts';

test('what is on one side only is marked, the rest stands beside itself', () => {
  assert.deepEqual(sideBySide('same\nold', 'same\nnew\nmore', 40), [
    '  same            |   same',
    '- old             | + new',
    '                  | + more',
  ]);
});

test('long lines are broken at spaces, and control characters are not passed on', () => {
  const lines = sideBySide('one two three four five six seven', '\u001b[2J', 40);
  for (const line of lines) assert.ok(line.length <= 40, line);
  assert.equal(lines.join('').includes('\u001b'), false);
});
