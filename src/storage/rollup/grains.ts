// The lengths of time that roll-ups sum up, and which of them make up a span.

import type { TimeRange } from '../../core/analytics.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;

/** Each is a multiple of the one before it. Stored by their length: never changed once released. */
export const GRAINS_MS: readonly number[] = [MINUTE_MS, QUARTER_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];
export const SIX_HOURS_MS = 6 * 60 * MINUTE_MS;
/** By key, what a month's chart shows is summed up as well: there are hundreds of keys. */
export const KEYED_GRAINS_MS: readonly number[] = [...GRAINS_MS, SIX_HOURS_MS].sort(
  (one, other) => one - other,
);
/** Sessions come and go within hours: finer sums would hold a request each. */
export const SESSION_GRAINS_MS: readonly number[] = GRAINS_MS.slice(2);
/**
 * By key, minutes are kept for so long. Where traffic is thin each holds a request or two, as the records do; where
 * it is thick they are what makes the last hour quick.
 */
export const KEYED_MINUTES_KEPT_MS = 48 * 60 * MINUTE_MS;

export interface Segment extends TimeRange {
  readonly grainMs: number;
}

export interface Span {
  /** Whole grains, the largest that fit. They do not overlap. */
  readonly segments: readonly Segment[];
  /** What is left at both ends, shorter than the smallest grain. */
  readonly edges: readonly TimeRange[];
}

/**
 * A span as whole grains and what is left of it. No grain is longer than `bucketMs`, and none lies across a bucket:
 * null where the smallest does.
 */
export function spanOf(range: TimeRange, grainsMs: readonly number[], bucketMs: number | null): Span | null {
  const usable = grainsMs.filter((grainMs) => bucketMs === null || bucketMs % grainMs === 0);
  if (usable.length === 0) return null;
  const segments: Segment[] = [];
  const edges = usable.toReversed().reduce<readonly TimeRange[]>(
    (rest, grainMs) =>
      rest.flatMap(({ fromMs, toMs }) => {
        const first = Math.ceil(fromMs / grainMs) * grainMs;
        const last = Math.floor(toMs / grainMs) * grainMs;
        if (first >= last) return [{ fromMs, toMs }];
        segments.push({ grainMs, fromMs: first, toMs: last });
        return [
          { fromMs, toMs: first },
          { fromMs: last, toMs },
        ];
      }),
    [range],
  );
  return { segments, edges: edges.filter(isSome) };
}

/**
 * Where there are no records any more, what is left at the ends is told by the sums that begin there: a span and the
 * one behind it still add up. `finest` says which grain is the finest when.
 */
export function withoutRecords({ segments, edges }: Span, finest: readonly Segment[]): Span {
  const goneUntilMs = Math.max(0, ...finest.map(({ toMs }) => toMs));
  const told = edges.flatMap((edge) =>
    finest.map(({ grainMs, fromMs, toMs }) => ({
      grainMs,
      fromMs: Math.ceil(Math.max(edge.fromMs, fromMs) / grainMs) * grainMs,
      toMs: Math.min(edge.toMs, toMs),
    })),
  );
  const left = edges.map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, goneUntilMs), toMs }));
  return {
    segments: [...segments, ...told.filter(isSome)],
    edges: left.filter(isSome),
  };
}

const isSome = ({ fromMs, toMs }: TimeRange): boolean => fromMs < toMs;

/** The finest grains up to a moment, where minutes are only kept from another one on. */
export function finestGrains(
  grainsMs: readonly number[],
  minutesFromMs: number,
  toMs: number,
): readonly Segment[] {
  const [finest = 0, next = finest] = grainsMs;
  const turnMs = Math.min(wholeMinutesFrom(minutesFromMs), toMs);
  return [
    { grainMs: next, fromMs: 0, toMs: turnMs },
    { grainMs: finest, fromMs: turnMs, toMs },
  ].filter(isSome);
}

/** At an end of the next longer grain, so that none lies across. */
const wholeMinutesFrom = (keptFromMs: number): number => Math.ceil(keptFromMs / QUARTER_MS) * QUARTER_MS;

/** Where minutes are only kept from a moment on, older ones are left to the edges. */
export function withoutMinutesBefore({ segments, edges }: Span, keptFromMs: number): Span {
  const cutMs = wholeMinutesFrom(keptFromMs);
  const isKept = ({ grainMs, fromMs }: Segment): boolean => grainMs !== MINUTE_MS || fromMs >= cutMs;
  const lost = segments.filter((segment) => !isKept(segment));
  return {
    segments: [
      ...segments.filter(isKept),
      ...lost.flatMap((segment) => (segment.toMs > cutMs ? [{ ...segment, fromMs: cutMs }] : [])),
    ],
    edges: [...edges, ...lost.map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, cutMs) }))],
  };
}

/** Where six hours are only summed up from a moment on, older ones are told by their hours. */
export function withoutSixHoursBefore({ segments, edges }: Span, fromMs: number): Span {
  return {
    edges,
    segments: segments.flatMap((segment) => {
      const cutMs = Math.min(Math.max(segment.fromMs, fromMs), segment.toMs);
      if (segment.grainMs !== SIX_HOURS_MS || cutMs === segment.fromMs) return [segment];
      const hours = { grainMs: 60 * MINUTE_MS, fromMs: segment.fromMs, toMs: cutMs };
      return [hours, { ...segment, fromMs: cutMs }].filter(isSome);
    }),
  };
}
