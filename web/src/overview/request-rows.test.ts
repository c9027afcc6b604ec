import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeCursor } from '../../../src/core/request-cursor.ts';
import type { RecentAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import { endOf, startOf } from '../../../src/storage/conformance/model.ts';
import { firstPage, ROWS_MAX, withNews, withPage } from './request-rows.ts';

const idOf = (index: number): string => `r${String(index).padStart(6, '0')}`;
const record = (index: number): RequestRecord => ({ ...startOf(index), ...endOf(), id: idOf(index) });
/** As the server reads it. */
const cursorBehind = (index: number): string => writeCursor({ value: 0, ...record(index) }, 'time');
const records = (from: number, to: number): RequestRecord[] =>
  Array.from({ length: from - to + 1 }, (_, place) => record(from - place));

const page = (from: number, to: number): RecentAnswer => ({
  records: records(from, to),
  nextCursor: cursorBehind(to),
  searchedBackToMs: null,
  rowsFromMs: 0,
});

test('rows that live ones push out are paged to again, without a gap', () => {
  const grown = withNews(firstPage(page(200, 101), []), records(ROWS_MAX + 300, 201), true);
  assert.equal(grown.records.length, ROWS_MAX);
  assert.equal(grown.cursor, cursorBehind(301));
  const further = withPage(grown, page(300, 201), grown.cursor);
  assert.deepEqual(
    further.records.map(({ id }) => id),
    records(ROWS_MAX + 300, 201).map(({ id }) => id),
  );
});

test('a page behind rows that were pushed out meanwhile is left out', () => {
  const first = firstPage(page(200, 101), []);
  const grown = withNews(first, records(ROWS_MAX + 300, 201), true);
  assert.equal(withPage(grown, page(100, 1), first.cursor ?? ''), grown);
});

test('rows that were scrolled to stay while new ones come, and a page of them is not lost', () => {
  let rows = firstPage(page(2 * ROWS_MAX, ROWS_MAX + 1), []);
  rows = withPage(rows, page(ROWS_MAX, ROWS_MAX - 99), rows.cursor ?? '');
  assert.equal(withNews(rows, [record(2 * ROWS_MAX + 1)], true).records.length, ROWS_MAX + 100);
});

test('a row that has ended is never replaced by an older state of itself, and a paused table takes no new ones', () => {
  const flying: RequestRecord = { ...record(2), outcome: 'in_flight' };
  const rows = firstPage({ ...page(2, 1), records: [flying, record(1)] }, []);
  const ended = withNews(rows, [record(2), record(3)], false);
  assert.deepEqual(
    ended.records.map(({ id, outcome }) => [id, outcome]),
    [
      [idOf(2), record(2).outcome],
      [idOf(1), record(1).outcome],
    ],
  );
  assert.deepEqual(withNews(ended, [flying], true).records, ended.records);
});
