// The moments at which an A/B test is looked at: a fixed grid that grows with the test's age, so that sums can be kept for
// just these.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Between two moments. Up to a day each is a multiple of the one before; those behind are multiples of a day. */
const STEPS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
];
const LONGEST_MS = 30 * DAY_MS;
const POINTS_MAX = 24;

/** Oldest first, the last one now. */
export function momentsOf(fromMs: number, nowMs: number): readonly number[] {
  const stepMs = stepOf(nowMs - fromMs);
  const first = (Math.floor(fromMs / stepMs) + 1) * stepMs;
  const count = Math.max(0, Math.ceil((nowMs - first) / stepMs));
  return [...Array.from({ length: count }, (_, index) => first + index * stepMs), nowMs];
}

/**
 * The first moment behind a time at which anybody can look, of a test that began at `fromMs`: whoever looks later looks
 * at multiples of as much or more.
 */
export function momentBehind(fromMs: number, atMs: number): number {
  const stepMs = Math.min(stepOf(Math.max(0, atMs - fromMs)), DAY_MS);
  return (Math.floor(atMs / stepMs) + 1) * stepMs;
}

function stepOf(ageMs: number): number {
  return (
    STEPS_MS.find((step) => ageMs / step <= POINTS_MAX) ??
    LONGEST_MS * Math.max(1, Math.ceil(ageMs / POINTS_MAX / LONGEST_MS))
  );
}
