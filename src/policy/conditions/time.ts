// The time of day, with weekdays and a zone. A window across midnight belongs to the day on which it begins.

import type { ConditionKind } from '../condition.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const FORM = /^(?:([a-z,-]+)\s+)?(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})(?:\s+(\S+))?$/i;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

interface LocalTime {
  /** 1 is Monday. */
  readonly dayOfWeek: number;
  readonly minuteOfDay: number;
}

export const time: ConditionKind = {
  form: 'a window such as 22:00-06:00, with weekdays before it and a zone behind it where wanted (mon-fri 09:00-17:00 Europe/Berlin)',
  parse(value) {
    const match = FORM.exec(value.trim());
    if (match === null) return undefined;
    const days = match[1] === undefined ? new Set([1, 2, 3, 4, 5, 6, 7]) : parseDays(match[1]);
    const from = minutes(match[2], match[3]);
    const to = minutes(match[4], match[5]);
    const zone = parseZone(match[6]);
    if (days === undefined || from === undefined || to === undefined || zone === undefined || from === to)
      return undefined;
    const localTime = clockOf(zone);
    return ({ atMs }) => {
      const { dayOfWeek, minuteOfDay } = localTime(atMs);
      if (from < to) return days.has(dayOfWeek) && minuteOfDay >= from && minuteOfDay < to;
      if (minuteOfDay >= from) return days.has(dayOfWeek);
      return minuteOfDay < to && days.has(dayOfWeek === 1 ? 7 : dayOfWeek - 1);
    };
  },
  seen({ atMs }, _tag, value) {
    const zone = parseZone(FORM.exec(value.trim())?.[6]) ?? 'UTC';
    const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(zone);
    return `${DAYS[local.dayOfWeek - 1]} ${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${zone}`;
  },
};

/** Looked up once a minute: within one, the answer is the same. */
function clockOf(zone: string): (atMs: number) => LocalTime {
  let minute = Number.NaN;
  let known: LocalTime = { dayOfWeek: 1, minuteOfDay: 0 };
  return (atMs) => {
    const now = Math.floor(atMs / MINUTE_MS);
    if (now !== minute) {
      const local = Temporal.Instant.fromEpochMilliseconds(now * MINUTE_MS).toZonedDateTimeISO(zone);
      known = { dayOfWeek: local.dayOfWeek, minuteOfDay: local.hour * 60 + local.minute };
      minute = now;
    }
    return known;
  };
}

function minutes(hour: string | undefined, minute: string | undefined): number | undefined {
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= DAY_MINUTES ? total : undefined;
}

/** `mon-fri`, `sat,sun`, `fri-mon`. */
function parseDays(text: string): ReadonlySet<number> | undefined {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const ends = part.split('-').map((name) => DAYS.indexOf(name as (typeof DAYS)[number]) + 1);
    const [first = 0, last = first] = ends;
    if (ends.length > 2 || first === 0 || last === 0) return undefined;
    for (let day = first; ; day = day === 7 ? 1 : day + 1) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}

function parseZone(text: string | undefined): string | undefined {
  if (text === undefined) return Temporal.Now.timeZoneId();
  try {
    return Temporal.Now.zonedDateTimeISO(text).timeZoneId;
  } catch {
    // A zone that the platform does not know is a value that is not of the form.
    return undefined;
  }
}
