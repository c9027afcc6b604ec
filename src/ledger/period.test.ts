import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUDGET_PERIODS, type BudgetPeriod } from './budget.ts';
import { periodAt } from './period.ts';

function bounds(period: BudgetPeriod, at: string, timeZone: string): readonly [string, string] {
  const { startMs, endMs } = periodAt(period, Date.parse(at), timeZone);
  const text = (ms: number): string =>
    Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(timeZone)
      .toString({ timeZoneName: 'never' });
  return [text(startMs), text(endMs)];
}

const HOUR_MS = 3_600_000;

test('a day that springs forward has 23 hours and a day that falls back has 25', () => {
  assert.deepEqual(bounds('daily', '2026-03-29T12:00:00Z', 'Europe/Berlin'), [
    '2026-03-29T00:00:00+01:00',
    '2026-03-30T00:00:00+02:00',
  ]);
  const back = periodAt('daily', Date.parse('2026-10-25T12:00:00Z'), 'Europe/Berlin');
  assert.equal(back.endMs - back.startMs, 25 * HOUR_MS);
});

test('a day begins at one in the morning where the clock skips midnight', () => {
  assert.deepEqual(bounds('daily', '2026-04-24T12:00:00Z', 'Africa/Cairo'), [
    '2026-04-24T01:00:00+03:00',
    '2026-04-25T00:00:00+03:00',
  ]);
});

test('the hour that is repeated in autumn is a period of its own', () => {
  const first = bounds('hourly', '2026-10-25T00:30:00Z', 'Europe/Berlin');
  const second = bounds('hourly', '2026-10-25T01:30:00Z', 'Europe/Berlin');
  assert.deepEqual(first, ['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00']);
  assert.deepEqual(second, ['2026-10-25T02:00:00+01:00', '2026-10-25T03:00:00+01:00']);
});

test('hours follow the local clock in zones that are off by half an hour, also when half an hour is put back', () => {
  assert.deepEqual(bounds('hourly', '2026-11-23T10:40:00Z', 'Asia/Kolkata'), [
    '2026-11-23T16:00:00+05:30',
    '2026-11-23T17:00:00+05:30',
  ]);
  assert.deepEqual(bounds('hourly', '2026-04-04T15:10:00Z', 'Australia/Lord_Howe'), [
    '2026-04-05T01:30:00+10:30',
    '2026-04-05T02:00:00+10:30',
  ]);
});

test('a week begins on Monday and a month on its first day', () => {
  assert.deepEqual(bounds('weekly', '2026-11-22T23:30:00Z', 'Europe/Berlin'), [
    '2026-11-23T00:00:00+01:00',
    '2026-11-30T00:00:00+01:00',
  ]);
  assert.deepEqual(bounds('weekly', '2026-11-22T22:30:00Z', 'Europe/Berlin')[0], '2026-11-16T00:00:00+01:00');
  assert.deepEqual(bounds('monthly', '2028-02-29T12:00:00Z', 'America/New_York'), [
    '2028-02-01T00:00:00-05:00',
    '2028-03-01T00:00:00-05:00',
  ]);
});

test('a total budget has one period without an end', () => {
  assert.deepEqual(periodAt('total', Date.now(), 'UTC'), { startMs: 0, endMs: Number.POSITIVE_INFINITY });
});

test('periods contain their moment and follow each other without gap or overlap, in any zone', () => {
  const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  fc.assert(
    fc.property(
      fc.constantFrom(...BUDGET_PERIODS.filter((period) => period !== 'total')),
      fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2036, 0) }),
      fc.constantFrom(...zones),
      (period, atMs, zone) => {
        const here = periodAt(period, atMs, zone);
        assert.ok(here.startMs <= atMs && atMs < here.endMs);
        assert.deepEqual(periodAt(period, here.startMs, zone), here);
        assert.deepEqual(periodAt(period, here.endMs - 1, zone), here);
        assert.equal(periodAt(period, here.endMs, zone).startMs, here.endMs);
        assert.equal(periodAt(period, here.startMs - 1, zone).endMs, here.startMs);
      },
    ),
    { numRuns: 2000 },
  );
});

test('hours around every change of every zone follow each other without gap or overlap', () => {
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const change = Temporal.Instant.from('2026-01-01T00:00Z')
      .toZonedDateTimeISO(zone)
      .getTimeZoneTransition('next');
    if (change === null) continue;
    let { startMs, endMs } = periodAt('hourly', change.epochMilliseconds - 3 * HOUR_MS, zone);
    while (endMs < change.epochMilliseconds + 3 * HOUR_MS) {
      const next = periodAt('hourly', endMs, zone);
      assert.equal(next.startMs, endMs, zone);
      assert.ok(next.endMs > endMs && startMs < endMs, zone);
      ({ startMs, endMs } = next);
    }
  }
});
