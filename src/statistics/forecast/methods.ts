// Ways to foresee a day's cost from the days before it. Plain ones: smoothing with trends was worse in back-tests.

/** The mean of nothing is nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Oldest first; null is a day of which nothing is known. */
export type Days = readonly (number | null)[];

export interface Method {
  readonly name: string;
  /** Days of history without which it says nothing. */
  readonly needs: number;
  /** The day `ahead` days behind the last one, 1 the next; null where its days are missing. */
  readonly day: (days: Days, ahead: number) => number | null;
}

const WEEK = 7;

const known = (days: Days): readonly number[] => days.filter((day) => day !== null);

/** Of the days a whole number of weeks before the wanted one, newest first. */
function sameWeekday(days: Days, ahead: number, weeks: number): readonly number[] {
  const wanted = days.length - 1 + ahead;
  const back = Math.ceil(ahead / WEEK);
  return known(Array.from({ length: weeks }, (_, week) => days[wanted - WEEK * (back + week)] ?? null));
}

const meanOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values));

export const METHODS: readonly Method[] = [
  { name: 'mean of the last 7 days', needs: WEEK, day: (days) => meanOrNull(known(days.slice(-WEEK))) },
  {
    name: 'same day of last week',
    needs: WEEK,
    day: (days, ahead) => meanOrNull(sameWeekday(days, ahead, 1)),
  },
  {
    name: 'same weekday, last 4 weeks',
    needs: 2 * WEEK,
    day: (days, ahead) => meanOrNull(sameWeekday(days, ahead, 4)),
  },
];

/** For fewer days than a week. */
export const PLAIN_MEAN: Method = {
  name: 'mean of the days seen',
  needs: 1,
  day: (days) => meanOrNull(known(days)),
};
