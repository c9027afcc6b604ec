// Where a budget's period begins and ends on the clock of a time zone. Periods of a kind follow each other
// without gap or overlap, also where the zone's clock is put forward or back.

import type { BudgetPeriod } from './budget.ts';

/** Half-open, in epoch milliseconds; a `total` period has no end. */
export interface PeriodBounds {
  readonly startMs: number;
  /** Infinity for `total`. */
  readonly endMs: number;
}

const HOUR_MS = 3_600_000;
const ALL_TIME: PeriodBounds = { startMs: 0, endMs: Number.POSITIVE_INFINITY };

/** The period of that kind which contains `atMs`. */
export function periodAt(period: BudgetPeriod, atMs: number, timeZone: string): PeriodBounds {
  if (period === 'total') return ALL_TIME;
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone);
  if (period === 'hourly') return hourAt(at);
  const date = at.toPlainDate();
  if (period === 'daily') return between(date, date.add({ days: 1 }), timeZone);
  if (period === 'weekly') {
    const monday = date.subtract({ days: date.dayOfWeek - 1 });
    return between(monday, monday.add({ days: 7 }), timeZone);
  }
  const first = date.with({ day: 1 });
  return between(first, first.add({ months: 1 }), timeZone);
}

/** A day begins at its first instant, which is not midnight where the clock skips midnight. */
function between(from: Temporal.PlainDate, to: Temporal.PlainDate, timeZone: string): PeriodBounds {
  return {
    startMs: from.toZonedDateTime(timeZone).epochMilliseconds,
    endMs: to.toZonedDateTime(timeZone).epochMilliseconds,
  };
}

/**
 * Full hours of the local clock. A repeated hour is a period of its own. Where a zone moves by half an hour
 * (Lord Howe), the change itself is a boundary too, so the hours beside it are shorter.
 */
function hourAt(at: Temporal.ZonedDateTime): PeriodBounds {
  const offsetMs = at.offsetNanoseconds / 1e6;
  const startMs = Math.floor((at.epochMilliseconds + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
  const startedAt = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds;
  const endsAt = at.getTimeZoneTransition('next')?.epochMilliseconds;
  return {
    startMs: Math.max(startMs, startedAt ?? startMs),
    endMs: Math.min(startMs + HOUR_MS, endsAt ?? startMs + HOUR_MS),
  };
}
