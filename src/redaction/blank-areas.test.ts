import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankAreas, blanked, isInside } from './blank-areas.ts';

test('long runs of base64 are bytes, but for their beginning; shorter ones are words', () => {
  const run = 'QUJD'.repeat(100);
  const text = `before ${run} between ${'x'.repeat(255)} ${run}== after`;
  const areas = blankAreas(text);
  assert.deepEqual(
    areas.map(({ start, end }) => text.slice(start, end)),
    [run, `${run}==`],
  );
  const [first] = areas;
  assert.ok(first);
  const places = [first.start, first.start + 16, first.start + 17, first.end - 1, first.end];
  assert.deepEqual(
    places.map((at) => isInside(areas, at)),
    [false, false, true, true, false],
  );
  const left = blanked(text, areas);
  assert.equal(left.length, text.length);
  assert.equal(left.replaceAll(/ +/g, ' '), `before between ${'x'.repeat(255)} after`);
});
