import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableLines } from './table.ts';

const COLUMNS = [
  { title: 'MODEL' },
  { title: 'FAILED', alignRight: true, goes: 1 },
  { title: 'FROM CACHE', alignRight: true, goes: 0 },
  { title: 'COST', alignRight: true },
];
const ROWS = [['claude-sonnet-4-5-20250929', '7', '82 %', '$64.11']];

test('columns that may go do so before a name becomes unreadable, the lowest first', () => {
  assert.match(tableLines(COLUMNS, ROWS, 60).join(' '), /MODEL +FAILED +FROM CACHE +COST/);
  const narrow = tableLines(COLUMNS, ROWS, 40).join(' ');
  assert.match(narrow, /MODEL +FAILED +COST claude-sonnet-4-5-20\S* +7 +\$64\.11/);
  assert.match(tableLines(COLUMNS, ROWS, 30).join(' '), /^MODEL +COST claude-sonnet-4-5-2\S* +\$64\.11$/);
  for (const width of [60, 40, 30])
    assert.ok(tableLines(COLUMNS, ROWS, width).every((line) => line.length <= width));
});
