import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROWS_MAX, RowAllowance } from './row-allowance.ts';

/** Rows of messages a quarter of a second apart, from `fromMs` on, where more happens than they can hold. */
function taken(allowance: RowAllowance, fromMs: number, messages: number, pages = 1): readonly number[] {
  return Array.from({ length: messages }, (_, index) => {
    const rows = allowance.left(fromMs + index * 250, pages);
    allowance.take(rows);
    return rows;
  });
}

test('a burst is told whole, a flood by a readable number of rows a second', () => {
  const allowance = new RowAllowance();
  assert.equal(allowance.isSpent, false);
  const rows = taken(allowance, 0, 40);
  assert.equal(allowance.isSpent, true);
  assert.deepEqual(rows.slice(0, 4), [ROWS_MAX, ROWS_MAX, ROWS_MAX, ROWS_MAX]);
  assert.deepEqual(new Set(rows.slice(12)), new Set([10]));
});

test('after some quiet a burst is told whole again', () => {
  const allowance = new RowAllowance();
  taken(allowance, 0, 40);
  assert.deepEqual(taken(allowance, 60_000, 4), [ROWS_MAX, ROWS_MAX, ROWS_MAX, ROWS_MAX]);
});

test('the more pages are told, the sooner a burst counts as a flood', () => {
  const sums = [1, 5, 50, 500].map((pages) => {
    const allowance = new RowAllowance();
    return taken(allowance, 0, 4, pages).reduce((sum, rows) => sum + rows);
  });
  assert.deepEqual(sums, [400, 400, 60 + 3 * 10, 40 + 3 * 10]);
});

test('the newest row is told however many came before it', () => {
  const allowance = new RowAllowance();
  for (let message = 0; message < 1000; message += 1) {
    assert.ok(allowance.left(0, 1) >= 1);
    allowance.take(allowance.left(0, 1));
  }
});
