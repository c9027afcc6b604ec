import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '../../core/record.ts';
import { recordInFlight } from '../../core/record-in-flight.ts';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, startOf } from '../../storage/conformance/model.ts';
import { happenedElsewhere, happeningsOf } from './happenings.ts';

test('lines become rows, and are read only once these are asked for', (t) => {
  const [one, two] = [startOf(1), startOf(2)];
  const lines = [startLine(startText(one)), startLine(startText(two)), endLine(startText(one), endOf())];
  const parse = t.mock.method(JSON, 'parse');
  const happenings = happeningsOf(`${lines.join('\n')}\n`);
  assert.deepEqual(
    happenings.map(({ id }) => id),
    [two.id, one.id],
  );
  assert.equal(parse.mock.callCount(), 0);
  const rows = happenings.map(({ row }) => row ?? '');
  assert.deepEqual(
    happenings.map(({ row }) => row),
    rows,
  );
  assert.equal(parse.mock.callCount(), 2, 'a row was made twice');
  assert.deepEqual(
    rows.map((row) => JSON.parse(row)),
    [recordInFlight(two), { ...one, ...endOf() }],
  );
});

test('what is no line of the journal is nobody’s, and half of one has no row', () => {
  const line = endLine(startText(startOf(1)), endOf());
  const happenings = happeningsOf(`what is this\n\n${line.slice(0, -20)}\n`);
  assert.deepEqual(
    happenings.map(({ id, row }) => [id, row]),
    [[startOf(1).id, null]],
  );
});

test('records of others are passed on as they came, with the sums of those that have ended', () => {
  const records: readonly RequestRecord[] = [recordInFlight(startOf(1)), { ...startOf(2), ...endOf() }];
  const { happenings, ended } = happenedElsewhere(records.map((each) => JSON.stringify(each)).join('\n'));
  assert.deepEqual(
    happenings.map(({ row }) => JSON.parse(row ?? '')),
    records,
  );
  assert.equal(ended.requests, 1);
  assert.equal(ended.costNanoUsd, endOf().costNanoUsd);
});
