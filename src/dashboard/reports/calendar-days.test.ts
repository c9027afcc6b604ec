import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateAhead, daysBefore, daysUntil, knownDays } from './calendar-days.ts';

const NOON = Date.UTC(2026, 9, 26, 12);

test('days follow each other on the clock of their zone, also where it is put back', () => {
  const days = daysBefore(NOON, 3, 'Europe/Berlin');
  assert.equal(days.at(-1)?.toMs, Date.UTC(2026, 9, 25, 23));
  const hours = days.map(({ fromMs, toMs }) => (toMs - fromMs) / 3_600_000);
  assert.deepEqual(hours, [24, 24, 25]);
  for (const [index, day] of days.slice(1).entries()) assert.equal(day.fromMs, days[index]?.toMs);
  assert.equal(dateAhead(Date.UTC(2026, 9, 25, 23, 30), 0, 'Europe/Berlin'), '2026-10-26');
  assert.equal(dateAhead(NOON, 6, 'UTC'), '2026-11-01');
});

test('the last day of a month is one day until its end, and an endless period is cut', () => {
  assert.equal(daysUntil(Date.UTC(2026, 9, 31, 12), Date.UTC(2026, 10, 1), 92, 'UTC'), 1);
  assert.equal(daysUntil(NOON, Date.UTC(2026, 10, 1), 92, 'UTC'), 6);
  assert.equal(daysUntil(NOON, Number.POSITIVE_INFINITY, 92, 'UTC'), 92);
});

test('a quiet Sunday cost nothing; of a Wednesday without a request nothing is known', () => {
  const weeks = Array.from({ length: 28 }, (_, index) => {
    const isSunday = index % 7 === 6;
    return { cost: isSunday ? 0 : 5, requests: isSunday ? 0 : 3 };
  });
  weeks[16] = { cost: 0, requests: 0 };
  const known = knownDays(weeks, 1);
  assert.equal(known[0], null);
  assert.equal(known[16], null);
  assert.deepEqual([known[6], known[13], known[15]], [0, 0, 5]);
  assert.equal(known.filter((day) => day === null).length, 2);
});
