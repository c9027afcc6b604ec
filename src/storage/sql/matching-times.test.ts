import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanOf } from '../rollup/grains.ts';
import { matchingTimes } from './matching-times.ts';
import { KEYED } from './rollup-places.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BASE_MS = 20_000 * DAY_MS;
/** Two hours, five days and one hour. */
const SPAN = spanOf(
  { fromMs: BASE_MS - 2 * HOUR_MS - 5, toMs: BASE_MS + 5 * DAY_MS + HOUR_MS },
  [HOUR_MS, DAY_MS],
  null,
);
assert.ok(SPAN !== null);

/** What is looked through where these hours have a match, in hours of the span: from, to, and by what. */
async function looked(...hours: readonly number[]) {
  assert.ok(SPAN !== null);
  const rows = hours.map((hour) => ({ at_ms: BASE_MS + hour * HOUR_MS }));
  const { segments, edges } = await matchingTimes(SPAN, { app: 'a' }, KEYED, {
    rows: async () => rows,
    like: 'LIKE',
    hasListIndex: true,
    hasKeyIndex: true,
    hasOrder: true,
  });
  assert.deepEqual(edges, SPAN.edges);
  return segments
    .map(({ grainMs, fromMs, toMs }) => [
      (fromMs - BASE_MS) / HOUR_MS,
      (toMs - BASE_MS) / HOUR_MS,
      grainMs === DAY_MS ? 'days' : 'hours',
    ])
    .sort(([one], [other]) => Number(one) - Number(other));
}

test('only hours and days with a match are looked through, those that follow on each other at once', async () => {
  assert.deepEqual(await looked(), []);
  assert.deepEqual(await looked(-1, 3, 4, 5, 120), [
    [-1, 0, 'hours'],
    [3, 6, 'hours'],
    [120, 121, 'hours'],
  ]);
  const twoDays = Array.from({ length: 48 }, (_, hour) => 24 + hour);
  assert.deepEqual(await looked(...twoDays), [[24, 72, 'days']]);
});

test('where matches are strewn widely all is looked through', async () => {
  // Twelve hours of each day, and none beside another.
  const strewn = Array.from({ length: 60 }, (_, index) => 2 * index);
  assert.equal((await looked(...strewn)).length, 60);
  assert.deepEqual(await looked(...strewn, 120), [
    [-2, 0, 'hours'],
    [0, 120, 'days'],
    [120, 121, 'hours'],
  ]);
});
