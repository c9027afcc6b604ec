// Sums by days of a time zone's calendar, as forecasts want them: which day a moment lies in, and what is known of it.

import { periodAt } from '../../ledger/period.ts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The `count` whole days before today, oldest first. */
export function daysBefore(nowMs: number, count: number, timeZone: string): readonly Span[] {
  const days: Span[] = [];
  let endMs = periodAt('daily', nowMs, timeZone).startMs;
  for (let index = 0; index < count; index += 1) {
    const { startMs } = periodAt('daily', endMs - 1, timeZone);
    days.unshift({ fromMs: startMs, toMs: endMs });
    endMs = startMs;
  }
  return days;
}

/** How many days, today among them, until `endMs`; at most `most`. */
export function daysUntil(nowMs: number, endMs: number, most: number, timeZone: string): number {
  let count = 0;
  let atMs = nowMs;
  while (atMs < endMs && count < most) {
    count += 1;
    atMs = periodAt('daily', atMs, timeZone).endMs;
  }
  return count;
}

/** The day `ahead` days after today, as `2026-11-25`. */
export function dateAhead(nowMs: number, ahead: number, timeZone: string): string {
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs)).toZonedDateTimeISO(timeZone);
  return today.toPlainDate().add({ days: ahead }).toString();
}

const WEEK = 7;

/**
 * What is known of each day: nothing of those before the first record and of the first one's own, which is not whole.
 * A day without a request is a day without cost where its weekday has been without one before or after; where that
 * weekday is busy in every other week, the proxy was not asked, or not there: nothing is known.
 */
export function knownDays(
  days: readonly { readonly cost: number; readonly requests: number }[],
  firstKnown: number,
): readonly (number | null)[] {
  return days.map(({ cost, requests }, index) => {
    if (index < firstKnown) return null;
    if (requests > 0) return cost;
    const others = days.filter(
      (_, other) => other >= firstKnown && other !== index && (other - index) % WEEK === 0,
    );
    const isUsual = others.length === 0 || others.some((other) => other.requests === 0);
    return isUsual ? 0 : null;
  });
}
